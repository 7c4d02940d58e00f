"""Object versions: opaque, stable while configuration and content are, and of no use to guess a content by. Pure."""

import base64
import hashlib
import hmac
from typing import Final

from provider import model
from provider.base import secret
from provider.golang import gojson

_NOTHING: Final = model.Read("", "")


def of_object(key: secret.Secret | None, wanted: model.Object, stable: bytes) -> str:
    """The version that the driver writes into the pod's status.

    URL-safe base64 of HMAC-SHA256 over the object's configuration and its content, so that two objects with the same
    content do not show it by the same version. Without a key there is none: "" (as the Go provider does).

    Args:
        key: the cluster's HMAC key.
        wanted: the object.
        stable: the bytes of its content that count.
    """
    if key is None:
        return ""
    read = wanted.read or _NOTHING
    configuration = gojson.dumps(
        [
            wanted.name,
            read.namespace,
            read.path,
            read.method,
            [list(pair) for pair in read.query],
            read.args,
            wanted.shape.version,
            wanted.mode,
            wanted.encoding,
        ]
    )
    digest = hmac.new(key.reveal(), configuration.encode() + b"\n" + stable, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()
