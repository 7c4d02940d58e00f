"""consul-template's hashes of strings, as lower-case hexadecimal digits."""

import hashlib
import hmac

from provider.golang import values
from provider.gotemplate import function, state

_State = state.State

TABLE = function.Table()


@TABLE.add("sha256Hex", "string")
def _sha256_hex(state: _State, text: str) -> str:
    return hashlib.sha256(_paid(state, text)).hexdigest()


@TABLE.add("md5sum", "string")
def _md5sum(state: _State, text: str) -> str:
    return hashlib.md5(_paid(state, text), usedforsecurity=False).hexdigest()


@TABLE.add("hmacSHA256Hex", "string", "string")
def _hmac_sha256_hex(state: _State, message: str, key: str) -> str:
    return hmac.digest(_paid(state, key), _paid(state, message), "sha256").hex()


def _paid(state: _State, text: str) -> bytes:
    state.budget.step(len(text) // 100)
    return values.to_bytes(text)
