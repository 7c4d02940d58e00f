"""Splits PEM text into blocks, and reads when X.509 and OpenSSH certificates begin and end. Pure.

X.509 is read by `x509`, which is imported with the first certificate: its library costs 8 MiB, and nothing else here
needs it. OpenSSH certificates are read here, since that library does not know those of security keys and DSA. No
signature is checked, and no date is compared with today's. Damage ends the reading early, and nothing else.
"""

import base64
import binascii
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_DASHES: Final = "-----"
_WIDTH: Final = 64

_SSH_SUFFIX: Final = "-cert-v01@openssh.com"
_SSH_KEY_PARTS: Final = {
    "ssh-rsa": 2,
    "ssh-dss": 4,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "ssh-ed25519": 1,
    "sk-ecdsa-sha2-nistp256": 3,
    "sk-ssh-ed25519": 2,
}
"""How many strings the public key is, between the nonce and the serial number (OpenSSH's PROTOCOL.certkeys)."""
_SSH_FOREVER: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its label ("RSA PRIVATE KEY"), its text with the armour and a line feed at its end, its bytes.

    `der` is None where the body is not base64 or has headers, as that of an encrypted key.
    """

    label: str
    text: str = field(repr=False)
    der: bytes | None = field(repr=False)

    @property
    def is_key(self) -> bool:
        """Whether it is a private key, of any kind."""
        return self.label.endswith("PRIVATE KEY")

    @property
    def is_certificate(self) -> bool:
        """Whether it is a certificate; a request for one or a revocation list is not."""
        return self.label.endswith("CERTIFICATE")


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text in order; skip the text around them, and blocks whose labels do not match."""
    position = 0
    while (start := text.find(_BEGIN, position)) >= 0:
        end = text.find(_END, start)
        last = text.find(_DASHES, end + len(_END))
        if end < 0 or last < 0:
            return
        position = last + len(_DASHES)
        label, dashes, body = text[start + len(_BEGIN) : end].partition(_DASHES)
        if dashes and label == text[end + len(_END) : last]:
            yield _block(label, body)


def _block(label: str, body: str) -> Block:
    lines = [line.strip() for line in body.strip().splitlines()]
    der = _decoded("".join(lines))
    if der is not None:
        encoded = base64.b64encode(der).decode()
        lines = [encoded[at : at + _WIDTH] for at in range(0, len(encoded), _WIDTH)]
    armoured = [f"{_BEGIN}{label}{_DASHES}", *lines, f"{_END}{label}{_DASHES}", ""]
    return Block(label, "\n".join(armoured), der)


def _decoded(encoded: str) -> bytes | None:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def is_authority(der: bytes) -> bool | None:
    """Whether a certificate says that it belongs to a CA; None for what is not a certificate."""
    from provider.base import x509  # noqa: PLC0415 -- see the module's docstring

    return x509.is_authority(der)


def not_before(der: bytes) -> float | None:
    """When a certificate begins, in seconds since the epoch; None for what is not a certificate, or does not say."""
    from provider.base import x509  # noqa: PLC0415

    return x509.not_before(der)


def not_after(der: bytes) -> float | None:
    """When a certificate ends, in seconds since the epoch; None for what is not a certificate."""
    from provider.base import x509  # noqa: PLC0415

    return x509.not_after(der)


def openssh_valid_after(signed_key: str) -> float | None:
    """When an OpenSSH certificate begins, in seconds since the epoch.

    Args:
        signed_key: as for `openssh_valid_before`.

    Returns:
        The beginning, 0 for a certificate without one, None for what is not a certificate.
    """
    validity = _openssh_validity(signed_key)
    return None if validity is None else float(validity[0])


def openssh_valid_before(signed_key: str) -> float | None:
    """When an OpenSSH certificate ends, in seconds since the epoch.

    Args:
        signed_key: one line as in an id_*-cert.pub file: the kind of key, the certificate in base64, a comment.

    Returns:
        The end, inf for a certificate without one, None for what is not a certificate.
    """
    validity = _openssh_validity(signed_key)
    if validity is None:
        return None
    return math.inf if validity[1] == _SSH_FOREVER else float(validity[1])


def _openssh_validity(signed_key: str) -> tuple[int, int] | None:
    kind, _, rest = signed_key.strip().partition(" ")
    parts = _SSH_KEY_PARTS.get(kind.removesuffix(_SSH_SUFFIX)) if kind.endswith(_SSH_SUFFIX) else None
    blob = _decoded(rest.strip().partition(" ")[0])
    if parts is None or blob is None:
        return None
    try:
        blob_kind, position = _ssh_string(blob, 0)
        for _ in range(1 + parts):
            _, position = _ssh_string(blob, position)
        position += struct.calcsize(">QI")  # serial number, user or host
        for _ in ("key id", "principals"):
            _, position = _ssh_string(blob, position)
        begin, end = struct.unpack_from(">QQ", blob, position)
    except struct.error:
        return None
    return (begin, end) if blob_kind == kind.encode() else None


def _ssh_string(blob: bytes, position: int) -> tuple[bytes, int]:
    """Read a string and where it ends: for one that is cut off, past the blob's end, where unpacking fails."""
    (length,) = struct.unpack_from(">I", blob, position)
    start = position + 4
    return blob[start : start + length], start + length
