"""PEM text into its blocks, whether a certificate is an authority's, and when X.509 and OpenSSH certificates end. Pure.

Only that is read of a certificate; no signature is checked, and no date is compared with today's. Every step of a walk
moves forward within its bounds, so that junk ends it early and nothing else.
"""

import base64
import binascii
import datetime
import itertools
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_BEGIN: Final = "-----BEGIN "
_END: Final = "-----END "
_DASHES: Final = "-----"
_WIDTH: Final = 64

_BOOLEAN: Final = 0x01
_OCTETS: Final = 0x04
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_EXTENSIONS: Final = 0xA3
_BASIC_CONSTRAINTS: Final = bytes.fromhex("0603551d13")
_LEAST_FIELDS: Final = 6
"""serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo: what every certificate has."""
_VALIDITY: Final = 3
"""Its place among these."""
_TIME: Final = re.compile(rb"[0-9]{14}Z")

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
    """One block: its label ("RSA PRIVATE KEY"), its text with the armour and a line feed at its end, its bytes.

    `der` is None where the body is no base64 or comes with headers, as an encrypted key does.
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
        """Whether it is a certificate; a request for one and a revocation list are none."""
        return self.label.endswith("CERTIFICATE")


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text in order; what stands around them, and what ends otherwise than it began, is skipped."""
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
    """Whether a certificate says that it is a CA's; None for what is no certificate."""
    try:
        fields = list(_fields(der))
    except ValueError:
        return None
    if len(fields) < _LEAST_FIELDS:
        return None
    try:
        return any(_makes_authority(der, each) for each in fields if each.tag == _EXTENSIONS)
    except ValueError:
        return None


def not_after(der: bytes) -> float | None:
    """When a certificate ends, in seconds since the epoch; None for what is no certificate."""
    try:
        fields = list(itertools.islice(_fields(der), _LEAST_FIELDS + 1))
        if fields and fields[0].tag == _VERSION:
            del fields[0]
        if len(fields) < _LEAST_FIELDS or fields[_VALIDITY].tag != _SEQUENCE:
            return None
        _, end = _elements(der, fields[_VALIDITY])
        return _time(der, end)
    except ValueError:
        return None


def openssh_valid_before(signed_key: str) -> float | None:
    """When an OpenSSH certificate ends, in seconds since the epoch.

    Args:
        signed_key: one line as in an id_*-cert.pub file: the kind of key, the certificate in base64, a comment.

    Returns:
        The end, inf for a certificate without one, None for what is no certificate.
    """
    kind, _, rest = signed_key.strip().partition(" ")
    parts = _SSH_KEY_PARTS.get(kind.removesuffix(_SSH_SUFFIX)) if kind.endswith(_SSH_SUFFIX) else None
    blob = _decoded(rest.strip().partition(" ")[0])
    if parts is None or blob is None:
        return None
    try:
        said, position = _ssh_string(blob, 0)
        for _ in range(1 + parts):
            _, position = _ssh_string(blob, position)
        position += struct.calcsize(">QI")  # serial number, user or host
        for _ in ("key id", "principals"):
            _, position = _ssh_string(blob, position)
        _, end = struct.unpack_from(">QQ", blob, position)
    except struct.error:
        return None
    if said != kind.encode():
        return None
    return math.inf if end == _SSH_FOREVER else float(end)


def _ssh_string(blob: bytes, position: int) -> tuple[bytes, int]:
    """A string and where it ends: past the blob's end, where nothing more can be unpacked, if it is cut off."""
    (length,) = struct.unpack_from(">I", blob, position)
    start = position + 4
    return blob[start : start + length], start + length


@dataclass(frozen=True, slots=True)
class _Element:
    """A DER element: where it begins, and where its content begins and ends."""

    tag: int
    begin: int
    start: int
    stop: int


def _elements(der: bytes, within: _Element) -> Iterator[_Element]:
    """The elements that fill another's content.

    Raises:
        ValueError: they do not.
    """
    position = within.start
    while position < within.stop:
        element = _element(der, position, within.stop)
        position = element.stop
        yield element


def _first(der: bytes, within: _Element) -> _Element:
    return _element(der, within.start, within.stop)


def _element(der: bytes, begin: int, limit: int) -> _Element:
    if begin + 2 > limit:
        raise ValueError("cut off")
    tag, length, start = der[begin], der[begin + 1], begin + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several bytes is in no certificate")
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or start + count > limit:
            raise ValueError("no length")
        length = int.from_bytes(der[start : start + count], "big")
        start += count
    if start + length > limit:
        raise ValueError("longer than what it is in")
    return _Element(tag, begin, start, start + length)


def _fields(der: bytes) -> Iterator[_Element]:
    """What a certificate's signature is over, one by one.

    Raises:
        ValueError: it is no certificate.
    """
    (certificate,) = _elements(der, _Element(_SEQUENCE, 0, 0, len(der)))
    inside = _first(der, certificate)
    if certificate.tag != _SEQUENCE or inside.tag != _SEQUENCE:
        raise ValueError("no certificate")
    yield from _elements(der, inside)


def _time(der: bytes, element: _Element) -> float:
    """A time of a certificate: RFC 5280 leaves one form to each of the two kinds."""
    digits = der[element.start : element.stop]
    if element.tag == _UTC_TIME:
        digits = (b"19" if digits[:1] >= b"5" else b"20") + digits
    elif element.tag != _GENERALIZED_TIME:
        raise ValueError("no time")
    if not _TIME.fullmatch(digits):
        raise ValueError("a time of another form")
    return datetime.datetime.strptime(digits.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.UTC).timestamp()


def _makes_authority(der: bytes, extensions: _Element) -> bool:
    for extension in _elements(der, _first(der, extensions)):
        parts = list(_elements(der, extension))
        if len(parts) < 2 or der[parts[0].begin : parts[0].stop] != _BASIC_CONSTRAINTS:
            continue
        if parts[-1].tag != _OCTETS:
            raise ValueError("an extension without its value")
        constraints = _first(der, parts[-1])
        if constraints.tag != _SEQUENCE:
            raise ValueError("constraints of another shape")
        said = next(_elements(der, constraints), None)
        return said is not None and said.tag == _BOOLEAN and any(der[said.start : said.stop])
    return False
