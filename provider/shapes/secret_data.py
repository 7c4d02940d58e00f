"""Takes values out of a response, and makes the bytes of a file of them, as the Go provider does. Pure."""

import base64
import binascii
import string
from collections.abc import Mapping
from typing import Any, Final

from provider import errors, model
from provider.base import secret
from provider.golang import gojson

ENCODINGS: Final = ("utf-8", "base64", "hex")
"""What a value may be encoded in, to be decoded; the first is not."""

_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def encoding_name(text: str) -> str:
    """Return the name of an encoding in the one spelling that is used from here on."""
    return text.translate(_LOWER)


def of(reply: model.Reply) -> Mapping[str, Any]:
    """Return the keys and values of a secret: of `data.data` where that is a map (KV version 2), else of `data`."""
    data = reply.data or {}
    inner = data.get("data")
    return inner if isinstance(inner, dict) else data


def contents(key: str, value: object, wanted: model.Object) -> secret.Secret:
    """Return the contents of a file: a string as it is, anything else as compact JSON, decoded as the object says.

    Args:
        key: the value's name, for errors.
        value: what the response has under it.
        wanted: the object.

    Raises:
        errors.Undecodable: the value is not in the object's encoding.
    """
    is_text = isinstance(value, str) and not isinstance(value, gojson.Number)
    text = str(value) if is_text else gojson.dumps(value)
    if wanted.encoding != "utf-8" and not is_text:
        raise errors.Undecodable(
            f'key "{key}" of {wanted.path} is no string and so no {wanted.encoding}',
            hint="drop `encoding` to get it as JSON",
            path=wanted.path,
        )
    return secret.Secret(_decoded(text, key, wanted))


def _decoded(text: str, key: str, wanted: model.Object) -> bytes:
    raw = text.encode()
    try:
        if wanted.encoding == "base64":
            return base64.b64decode(raw.replace(b"\n", b"").replace(b"\r", b""), validate=True)
        if wanted.encoding == "hex":
            return binascii.unhexlify(raw)
    except ValueError as error:
        raise errors.Undecodable(
            f'key "{key}" of {wanted.path} is not {wanted.encoding}',
            hint=f"store it as standard {wanted.encoding}, or drop `encoding`",
            path=wanted.path,
        ) from error
    return raw
