"""consul-template's hashes of strings, as lower-case hexadecimal digits."""

import hashlib
import hmac

from provider.golang import values
from provider.gotemplate import function, state

TABLE = function.Table()


@TABLE.add("sha256Hex", "string")
def _sha256_hex(rendering: state.State, text: str) -> str:
    return hashlib.sha256(_paid(rendering, text)).hexdigest()


@TABLE.add("md5sum", "string")
def _md5sum(rendering: state.State, text: str) -> str:
    return hashlib.md5(_paid(rendering, text), usedforsecurity=False).hexdigest()


@TABLE.add("hmacSHA256Hex", "string", "string")
def _hmac_sha256_hex(rendering: state.State, message: str, key: str) -> str:
    return hmac.digest(_paid(rendering, key), _paid(rendering, message), "sha256").hex()


def _paid(rendering: state.State, text: str) -> bytes:
    rendering.budget.step(len(text) // 100)
    return values.to_bytes(text)
