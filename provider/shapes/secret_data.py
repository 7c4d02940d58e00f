"""From a reply to the bytes of one object, as the Go provider cuts them. Pure."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from provider import errors, model
from provider.base import secret
from provider.golang import gojson

_FIXED: Final = ("request_id", "lease_id", "lease_duration", "renewable")
_OPTIONAL: Final = ("auth", "wrap_info", "mount_type")
_AUTH: Final = (
    "client_token",
    "accessor",
    "policies",
    "token_policies",
    "identity_policies",
    "metadata",
    "orphan",
    "entity_id",
    "lease_duration",
    "renewable",
    "mfa_requirement",
)
_WRAP: Final = ("token", "accessor", "ttl", "creation_time", "creation_path", "wrapped_accessor")
_ZERO: Final[dict[str, Any]] = {
    "request_id": "",
    "lease_id": "",
    "lease_duration": 0,
    "renewable": False,
    "client_token": "",
    "accessor": "",
    "orphan": False,
    "entity_id": "",
    "token": "",
    "ttl": 0,
    "creation_time": "0001-01-01T00:00:00Z",
    "creation_path": "",
    "wrapped_accessor": "",
}
_NAMED_KEYS: Final = 20
"""Names of existing keys that an error lists at most."""


def one_key(reply: model.Reply, wanted: model.Object) -> secret.Secret:
    """The value of `wanted.key`, decoded as the object says.

    A KV version 2 reply is looked through: where `data.data` is a map, the key is looked for in it, else in `data`.
    A string is taken raw, anything else as compact JSON.

    Raises:
        errors.KeyNotFound: there is no such key; names those there are.
        errors.Undecodable: the value is not in the encoding named.
    """
    fields = _fields(reply)
    if wanted.key not in fields:
        names = ", ".join(sorted(map(str, fields))[:_NAMED_KEYS]) or "no keys"
        raise errors.KeyNotFound(f'{wanted.path} has no key "{wanted.key}"', hint=f"it has: {names}", path=wanted.path)
    value = fields[wanted.key]
    is_text = isinstance(value, str) and not isinstance(value, gojson.Number)
    text = value if is_text else gojson.dumps(value)
    if wanted.encoding != "utf-8" and not is_text:
        raise errors.Undecodable(
            f'key "{wanted.key}" of {wanted.path} is no string and so no {wanted.encoding}',
            hint="drop `encoding` to get it as JSON",
            path=wanted.path,
        )
    return secret.Secret(_decode(text, wanted))


def whole(reply: model.Reply, envelope: Mapping[str, Any]) -> secret.Secret:
    """The whole response as one JSON document in the Go client's field order.

    Args:
        reply: gives the data.
        envelope: gives everything else: the reply's own, or the one frozen while the data is unchanged.
    """
    members = [gojson.member(name, envelope.get(name, _ZERO[name])) for name in _FIXED]
    members.append(gojson.member("data", reply.data))
    members.append(gojson.member("warnings", envelope.get("warnings")))
    present = [name for name in _OPTIONAL if envelope.get(name)]
    members.extend(f'"{name}":{_ordered(name, envelope[name])}' for name in present)
    return secret.Secret("{" + ",".join(members) + "}")


def stable_part(reply: model.Reply) -> bytes:
    """What has to change for a whole response to count as changed: what was given, not the request that fetched it."""
    return gojson.dumps([reply.data, reply.envelope.get("auth"), reply.envelope.get("wrap_info")]).encode()


def _fields(reply: model.Reply) -> Mapping[str, Any]:
    data = reply.data or {}
    inner = data.get("data")
    return inner if isinstance(inner, dict) else data


def _ordered(name: str, value: object) -> str:
    """`auth` and `wrap_info` in the Go client's field order and with its zero values; the rest as it is."""
    order = {"auth": _AUTH, "wrap_info": _WRAP}.get(name)
    if order is None or not isinstance(value, dict):
        return gojson.dumps(value)
    return "{" + ",".join(gojson.member(key, value.get(key, _ZERO.get(key))) for key in order) + "}"


def _decode(text: str, wanted: model.Object) -> bytes:
    raw = text.encode()
    try:
        if wanted.encoding == "base64":
            return base64.b64decode(raw.replace(b"\n", b"").replace(b"\r", b""), validate=True)
        if wanted.encoding == "hex":
            return binascii.unhexlify(raw)
    except ValueError as error:
        raise errors.Undecodable(
            f'key "{wanted.key}" of {wanted.path} is not {wanted.encoding}',
            hint=f"store it as standard {wanted.encoding}, or drop `encoding`",
            path=wanted.path,
        ) from error
    return raw
