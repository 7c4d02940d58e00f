"""Recognises a call that is the same as the last one for its volume, before anything of it is understood.

Most calls are republishes in which nothing is due. Parsing their SPC again would cost more than all the rest, so their
attributes are compared as they are: everything but the pod's tokens, which change by themselves.
"""

import hashlib
import json
from dataclasses import dataclass

from provider.service import ports
from provider.spec import attributes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which volume a call is for, and a keyed digest of all that was asked."""

    pod_uid: str
    target_path: str
    digest: bytes


def of(call: ports.Call, key: bytes) -> Fingerprint | None:
    """The fingerprint of a call; None where it is not well-formed, or does not say which pod it is for.

    Args:
        call: the driver's call.
        key: of this process, so that the digest of a nodePublishSecretRef cannot be guessed from.
    """
    try:
        sent, secrets = json.loads(call.attributes), json.loads(call.secrets or "null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or not isinstance(secrets, dict | None):
        return None
    sent.pop(attributes.TOKENS, None)
    if secrets:
        secrets.pop(attributes.TOKENS, None)
    pod_uid = sent.get(attributes.POD_UID)
    if not isinstance(pod_uid, str) or not pod_uid:
        return None
    asked = json.dumps([call.dialect.name, call.target_path, call.permission, sent, secrets or {}], sort_keys=True)
    digest = hashlib.blake2b(asked.encode("utf-8", "surrogatepass"), key=key, digest_size=32).digest()
    return Fingerprint(pod_uid, call.target_path, digest)
