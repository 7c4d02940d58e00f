"""Keys and X.509 certificates for the PKI engine."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_CURVES: dict[int, ec.EllipticCurve] = {256: ec.SECP256R1(), 384: ec.SECP384R1(), 521: ec.SECP521R1()}
_BACKDATED = datetime.timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Authority:
    """A self-signed CA with its key."""

    certificate: x509.Certificate
    key: Key


def make_key(kind: str, bits: int) -> Key:
    """A new key; 0 bits is the usual size of its kind. Takes long for RSA.

    Raises:
        ValueError: no such kind or size.
    """
    if kind == "ec":
        if (bits or 256) not in _CURVES:
            raise ValueError(f"unsupported bit length for EC key: {bits}")
        return ec.generate_private_key(_CURVES[bits or 256])
    if kind == "rsa":
        if (bits or 2048) < 2048:
            raise ValueError(f"unsupported bit length for RSA key: {bits}")
        return rsa.generate_private_key(65537, bits or 2048)
    raise ValueError(f"unknown key type: {kind}")


def make_authority(common_name: str, kind: str, bits: int, now: float, ttl: int) -> Authority:
    """A CA that signs itself; `now` in seconds since the epoch, `ttl` in seconds."""
    key = make_key(kind, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = _started(name, name, key.public_key(), now, ttl)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    builder = builder.add_extension(_issuer_id(key.public_key()), critical=False)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def make_leaf(
    authority: Authority, key: Key, common_name: str, names: Sequence[str], *, now: float, ttl: int
) -> x509.Certificate:
    """A certificate for servers and clients. `names` are DNS names, mail addresses and IP addresses."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
    builder = _started(subject, authority.certificate.subject, key.public_key(), now, ttl)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    builder = builder.add_extension(_issuer_id(authority.key.public_key()), critical=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(name) for name in names]), critical=not common_name
        )
    return builder.sign(authority.key, hashes.SHA256())


def _started(
    subject: x509.Name, issuer: x509.Name, public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, now: float, ttl: int
) -> x509.CertificateBuilder:
    start = datetime.datetime.fromtimestamp(int(now), datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _BACKDATED)
        .not_valid_after(start + datetime.timedelta(seconds=ttl))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_encipherment=not authority,
        key_agreement=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        data_encipherment=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_id(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.RFC822Name(name) if "@" in name else x509.DNSName(name)


def pem(certificate: x509.Certificate) -> str:
    """As Vault gives it: no newline at the end."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode().rstrip("\n")


def key_pem(key: Key, *, pkcs8: bool) -> str:
    """The private key, in the format of its kind or in PKCS #8."""
    form = serialization.PrivateFormat.PKCS8 if pkcs8 else serialization.PrivateFormat.TraditionalOpenSSL
    encoded = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return encoded.decode().rstrip("\n")


def serial(certificate: x509.Certificate) -> str:
    """The serial number in pairs of hex digits, with colons."""
    number = certificate.serial_number
    return number.to_bytes((number.bit_length() + 7) // 8, "big").hex(":")


def authority_id(certificate: x509.Certificate) -> str:
    """The key id of whoever signed it, in pairs of hex digits, with colons."""
    identifier = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return (identifier or b"").hex(":")
