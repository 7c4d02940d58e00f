"""A throw-away certificate authority for tests."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid


class Authority:
    """A CA whose files lie in `directory`."""

    def __init__(self, directory: Path, name: str = "Test CA") -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, name)])
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = directory / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    @property
    def pem(self) -> str:
        """The CA certificate."""
        return self.file.read_text()

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    def issue(self, name: str, *more: str, organization: str = "", file: str = "") -> tuple[Path, Path]:
        """Certificate and key files for DNS names or IP addresses; the first is the common name too.

        `organization` is a group, to an API server that takes the certificate for a user's. `file` names the files.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = [x509.NameAttribute(oid.NameOID.COMMON_NAME, name)]
        if organization:
            subject.append(x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, organization))
        certificate = (
            self._builder(x509.Name(subject), key.public_key())
            .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in (name, *more)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        where = self.directory / f"{file or name}.crt"
        keyfile = self.directory / f"{file or name}.key"
        where.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        keyfile.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return where, keyfile

    def server_context(self, name: str = "127.0.0.1", *, want_client: bool = False) -> ssl.SSLContext:
        """What a server of that name presents."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name))
        if want_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def public_key(certificate: Path) -> bytes:
    """The public key in a certificate file, as PEM."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return loaded.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
