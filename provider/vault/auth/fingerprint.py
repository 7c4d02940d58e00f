"""Fingerprints of credentials: another credential has another one, and none can be guessed from one. Pure."""

import hmac
from collections.abc import Mapping

from provider.base import secret


def of(key: secret.Secret, credentials: Mapping[str, secret.Secret]) -> str:
    """HMAC-SHA256 over the names and values of `credentials`, hexadecimal.

    It stands in session keys, which -state-dir stores. A plain hash there would let a guessed password be checked, so
    `key` must never be stored: see `registry.AuthMethods`.
    """
    digest = hmac.new(key.reveal(), digestmod="sha256")
    for name in sorted(credentials):
        for part in (name.encode(), credentials[name].reveal()):
            # With its length first, since "a" and "bc" are not "ab" and "c".
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
