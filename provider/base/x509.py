"""Reads whether an X.509 certificate belongs to a CA, when it begins, and when it ends.

No signature is checked, and no date is compared with today's. Fields are RFC 5280's; what is not needed stays raw. So
what Go reads is read here too, and Go wrote most certificates that Vault holds. `cryptography.x509` refuses some of
them for a field that does not matter here: a name with characters that PrintableString does not have, several values of
one in the order in which older versions of Go wrote them, a CA:FALSE that is spelled out.
"""

from typing import Annotated, Final

from cryptography.hazmat import asn1

_LARGEST: Final = 100 * 1024
"""Bytes of a certificate. OpenSSL takes no longer chain; the worst content of this size takes 20 ms."""

_BASIC_CONSTRAINTS: Final = bytes.fromhex("551d13")
_UTC_TIME: Final = b"\x17"


@asn1.sequence
class _Validity:
    not_before: asn1.TLV
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class _Extension:
    name: asn1.TLV
    critical: bool | None
    value: bytes


@asn1.sequence
class _BasicConstraints:
    ca: bool | None
    path_length: int | None


@asn1.sequence
class _Content:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial_number: asn1.TLV
    signature_algorithm: asn1.TLV
    issuer: asn1.TLV
    validity: _Validity
    subject: asn1.TLV
    public_key: asn1.TLV
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[_Extension] | None, asn1.Explicit(3)]


@asn1.sequence
class _Certificate:
    content: _Content
    signature_algorithm: asn1.TLV
    signature: asn1.TLV


def is_authority(der: bytes) -> bool | None:
    """Whether a certificate says that it belongs to a CA; None for what is not a certificate."""
    try:
        for extension in _read(der).extensions or ():
            if extension.name.data == _BASIC_CONSTRAINTS:
                return bool(asn1.decode_der(_BasicConstraints, extension.value).ca)
    except ValueError:
        return None
    return False


def not_before(der: bytes) -> float | None:
    """When a certificate begins, in seconds since the epoch; None for what is not a certificate, or does not say."""
    try:
        begin = _read(der).validity.not_before
        date: asn1.UTCTime | asn1.GeneralizedTime
        date = begin.parse(asn1.UTCTime if begin.tag_bytes == _UTC_TIME else asn1.GeneralizedTime)
        return date.as_datetime().timestamp()
    except ValueError:
        return None


def not_after(der: bytes) -> float | None:
    """When a certificate ends, in seconds since the epoch; None for what is not a certificate."""
    try:
        return _read(der).validity.not_after.as_datetime().timestamp()
    except ValueError:
        return None


def _read(der: bytes) -> _Content:
    if len(der) > _LARGEST:
        raise ValueError("longer than any certificate")
    return asn1.decode_der(_Certificate, der).content
