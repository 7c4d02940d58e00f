"""sprig's hashes. What makes keys, certificates, random or costly things is refused.

Besides what takes long to compute, that is all that gives something else at every poll, as `ago` does.
"""

import hashlib
import zlib
from typing import Final

from provider.golang import values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

TABLE.deny(
    (
        "ago",
        "bcrypt",
        "buildCustomCert",
        "decryptAES",
        "derivePassword",
        "encryptAES",
        "genCA",
        "genCAWithKey",
        "genPrivateKey",
        "genSelfSignedCert",
        "genSelfSignedCertWithKey",
        "genSignedCert",
        "genSignedCertWithKey",
        "htpasswd",
        "randInt",
        "shuffle",
    )
)


def _paid(rendering: state.State, text: str) -> bytes:
    raw = values.to_bytes(text)
    rendering.budget.allocate(len(raw))
    return raw


@TABLE.add("sha1sum", "string")
def _sha1sum(rendering: state.State, text: str) -> str:
    return hashlib.sha1(_paid(rendering, text), usedforsecurity=False).hexdigest()


@TABLE.add("sha256sum", "string")
def _sha256sum(rendering: state.State, text: str) -> str:
    return hashlib.sha256(_paid(rendering, text)).hexdigest()


@TABLE.add("sha512sum", "string")
def _sha512sum(rendering: state.State, text: str) -> str:
    return hashlib.sha512(_paid(rendering, text)).hexdigest()


@TABLE.add("adler32sum", "string")
def _adler32sum(rendering: state.State, text: str) -> str:
    return str(zlib.adler32(_paid(rendering, text)))
