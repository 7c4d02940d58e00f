import base64
import datetime
import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from provider.base import pem
from tests.doubles import certificates, cost

BODY = "MIIC" * 40
WRAPPED = "\n".join(BODY[at : at + 64] for at in range(0, len(BODY), 64))


def armoured(body: str, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Authority:
    return certificates.Authority(tmp_path_factory.mktemp("authority"))


END = datetime.datetime(2030, 12, 24, 20, 16, 29, tzinfo=datetime.UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate().public_key()


def certificate(end: datetime.datetime) -> bytes:
    """A certificate that ends then, as DER."""
    nobody = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody" * 10)])
    builder = x509.CertificateBuilder().subject_name(nobody).issuer_name(nobody).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(end - datetime.timedelta(days=1)).not_valid_after(end)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def ssh_certificate(
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
    valid_before: int,
    valid_after: int = 0,
) -> str:
    """A certificate for a key, as `ssh/sign` answers it."""
    builder = serialization.SSHCertificateBuilder().public_key(key).serial(7).key_id(b"pod")
    builder = builder.type(serialization.SSHCertificateType.USER).valid_principals([b"app", b"other"])
    builder = builder.valid_after(valid_after).valid_before(valid_before).add_extension(b"permit-pty", b"")
    return builder.sign(KEY).public_bytes().decode()


def der(file: Path) -> bytes:
    (block,) = pem.blocks(file.read_text())
    assert block.der is not None
    return block.der


@pytest.mark.parametrize(
    "text",
    [
        armoured(WRAPPED),
        armoured(WRAPPED).rstrip("\n"),
        armoured(WRAPPED).replace("\n", "\r\n"),
        f"Certificate:\n  junk\n{armoured(WRAPPED)}more",
        armoured(BODY),
        armoured(f"\n  {WRAPPED}  \n"),
    ],
)
def test_a_block_is_written_as_go_writes_it(text: str) -> None:
    """Lines of 64 characters that end in a line feed, whatever stood there."""
    (block,) = pem.blocks(text)
    assert (block.label, block.text, block.der) == ("CERTIFICATE", armoured(WRAPPED), base64.b64decode(BODY))


@pytest.mark.parametrize("body", ["MIICA", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMIIC", "é"])
def test_a_body_that_is_not_base64_is_kept(body: str) -> None:
    """It may be an encrypted key; only its bytes are not known."""
    (block,) = pem.blocks(armoured(body, "RSA PRIVATE KEY"))
    assert (block.text, block.der) == (armoured(body, "RSA PRIVATE KEY"), None)


def test_blocks_come_in_their_order() -> None:
    """Keys of any kind are keys; a request and a revocation list are no certificates."""
    labels = ["EC PRIVATE KEY", "CERTIFICATE", "PRIVATE KEY", "X509 CRL", "CERTIFICATE REQUEST", "TRUSTED CERTIFICATE"]
    found = list(pem.blocks("".join(armoured("MIIC", label) for label in labels)))
    assert [block.label for block in found] == labels
    assert [block.is_key for block in found] == [True, False, True, False, False, False]
    assert [block.is_certificate for block in found] == [False, True, False, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN ",
        "-----BEGIN A-----",
        "-----BEGIN A-----\n-----END A",
        "-----BEGIN A-----\n-----END B-----",
        "-----BEGIN A\n-----END A-----",
        "-----END A-----",
    ],
)
def test_what_is_not_whole_is_not_a_block(text: str) -> None:
    """Cut off, ended otherwise than begun, or without its dashes."""
    assert list(pem.blocks(text)) == []


@pytest.mark.parametrize("text", ["-----BEGIN A-----\n", "-----BEGIN A-----\n-----END B-----\n"])
def test_very_many_beginnings_take_time_in_proportion(text: str) -> None:
    """A text is gone through once."""
    assert list(pem.blocks(text * 50_000)) == []
    assert cost.is_in_proportion(lambda many: list(pem.blocks(many)), lambda size: text * size, size=50_000)


def test_no_block_shows_what_is_in_it() -> None:
    """A key is not in the repr."""
    (block,) = pem.blocks(armoured("MIIC", "PRIVATE KEY"))
    assert "MIIC" not in repr(block)


def test_an_authority_is_told_from_a_leaf(authority: certificates.Authority) -> None:
    """By its basic constraints."""
    assert pem.is_authority(der(authority.file)) is True
    assert pem.is_authority(der(authority.issue("leaf.example")[0])) is False


def test_a_key_is_not_a_certificate(authority: certificates.Authority) -> None:
    """It is DER, and says nothing."""
    assert pem.is_authority(der(authority.issue("key.example")[1])) is None


@pytest.mark.parametrize(
    "junk", [b"", b"0", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x85", b"\x1f\x00", b"\x30\x00"]
)
def test_junk_is_not_a_certificate(junk: bytes) -> None:
    """Whatever the lengths say."""
    assert pem.is_authority(junk) is None
    assert pem.not_after(junk) is None
    assert pem.not_before(junk) is None


def test_no_damage_raises(authority: certificates.Authority) -> None:
    """Every cut and every changed byte gives an answer."""
    whole = der(authority.file)
    cut = [whole[:size] for size in range(len(whole))]
    changed = (
        whole[:at] + bytes([value]) + whole[at + 1 :]
        for at, value in itertools.product(range(len(whole)), (0, 0x80, 0xFF))
    )
    assert {pem.is_authority(each) for each in cut} == {None}
    assert {pem.not_after(each) for each in cut} == {None}
    for each in changed:
        assert pem.is_authority(each) in (True, False, None)
        assert isinstance(pem.not_after(each), float | None)
        assert isinstance(pem.not_before(each), float | None)


@pytest.mark.parametrize(
    "end",
    [
        datetime.datetime(2026, 11, 24, 20, 16, 29, tzinfo=datetime.UTC),
        datetime.datetime(1950, 1, 2, tzinfo=datetime.UTC),
        datetime.datetime(1999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC),
        datetime.datetime(2049, 12, 31, 23, 59, 59, tzinfo=datetime.UTC),
        datetime.datetime(2050, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC),
    ],
)
def test_a_certificate_says_when_it_ends(end: datetime.datetime) -> None:
    """To the second, in either form of a date; and when it began, a day before here."""
    assert pem.not_after(certificate(end)) == end.timestamp()
    assert pem.not_before(certificate(end)) == end.timestamp() - 86_400


def test_a_certificate_of_the_first_version_ends_too() -> None:
    """It has no field for its version."""
    whole = certificate(END)
    version = bytes.fromhex("a003020102")
    assert whole.count(version) == 1
    outer, inner = int.from_bytes(whole[2:4], "big") - 5, int.from_bytes(whole[6:8], "big") - 5
    body = whole[8:].replace(version, b"")
    older = b"\x30\x82" + outer.to_bytes(2, "big") + b"\x30\x82" + inner.to_bytes(2, "big") + body
    assert x509.load_der_x509_certificate(older).version is x509.Version.v1
    assert pem.not_after(older) == END.timestamp()


def test_a_beginning_that_is_not_valid_spoils_no_end() -> None:
    """It is only looked at where Vault's clock is not shown."""
    whole = certificate(END)
    changed = whole.replace(b"301223201629Z", b"301323201629Z")
    assert (pem.not_before(changed), pem.not_after(changed)) == (None, END.timestamp())


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b"301224201629Z", b"301324201629Z"),
        (b"301224201629Z", b"301224201660Z"),
        (b"301224201629Z", b"3012242016290"),
        (b"301224201629Z", b"30122420162 Z"),
        (b"\x17\r301224201629Z", b"\x0c\r301224201629Z"),
    ],
)
def test_a_date_that_is_not_valid_is_not_an_end(written: bytes, instead: bytes) -> None:
    """A thirteenth month, a sixty-first second, no zone, no digit, no time."""
    whole = certificate(END)
    assert whole.count(written) == 1
    assert pem.not_after(whole.replace(written, instead)) is None


def ca(value: str) -> bytes:
    """A certificate with these basic constraints, as DER in hexadecimal."""
    raw = x509.UnrecognizedExtension(x509.OID_BASIC_CONSTRAINTS, bytes.fromhex(value))
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(1)
    builder = builder.public_key(KEY.public_key()).not_valid_before(END - datetime.timedelta(days=1))
    builder = builder.not_valid_after(END).add_extension(raw, critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("3000", False),
        ("30030101ff", True),
        ("30060101ff020100", True),
        ("3003010100", False),
        ("3003020105", False),
        ("3003010101", None),
        ("0101ff", None),
        ("", None),
    ],
)
def test_basic_constraints_say_what_is_an_authority(value: str, said: bool | None) -> None:
    """Also where CA:FALSE is written, which DER leaves out. What Go does not read says nothing, and still ends."""
    assert pem.is_authority(ca(value)) is said
    assert pem.not_after(ca(value)) == END.timestamp()


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b"\x0c\x3cnobody", b"\x13\x3cno*ody"),
        (b"\x0c\x3cnobody", b"\x13\x3cno\xffody"),
        (b"\x02\x01\x01\x30", b"\x02\x01\xff\x30"),
        (b"\x02\x01\x01\x30", b"\x02\x01\x00\x30"),
        (b"\x03\x55\x04\x03", b"\x03\x55\x04\x80"),
    ],
)
def test_fields_that_do_not_matter_are_not_judged(written: bytes, instead: bytes) -> None:
    """Names with characters that PrintableString does not have, a serial number below one, a damaged type."""
    whole = certificate(END)
    assert written in whole
    changed = whole.replace(written, instead)
    assert (pem.is_authority(changed), pem.not_after(changed)) == (False, END.timestamp())


def test_nothing_that_is_longer_than_a_chain_is_read() -> None:
    """From 100 KiB on, a certificate costs no time."""
    names = [x509.DNSName(f"{number:05}.example") for number in range(7_000)]
    nobody = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(nobody).issuer_name(nobody).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(END - datetime.timedelta(days=1)).not_valid_after(END)
    for count, end in ((6_000, END.timestamp()), (7_000, None)):
        made = builder.add_extension(x509.SubjectAlternativeName(names[:count]), critical=False)
        whole = made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        assert pem.not_after(whole) == end
        assert pem.is_authority(whole) is (None if end is None else False)


def test_depth_is_not_followed() -> None:
    """Ten thousand sequences in each other, with and without their lengths."""
    nested = b""
    for _ in range(10_000):
        nested = b"\x30\x83" + len(nested).to_bytes(3, "big") + nested
    for whole in (nested, b"\x30\x80" * 10_000):
        assert (pem.not_after(whole), pem.is_authority(whole)) == (None, None)


def test_without_a_certificate_no_library_is_loaded() -> None:
    """Most deployments never see one."""
    code = (
        "import sys; from provider.base import pem;"
        "[pem.openssh_valid_before(block.text) for block in pem.blocks(sys.argv[1]) if not block.is_certificate];"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, armoured("MIIC", "PRIVATE KEY")], check=False).returncode == 0


def test_a_key_has_no_end(authority: certificates.Authority) -> None:
    """It is DER, and no certificate."""
    assert pem.not_after(der(authority.issue("endless.example")[1])) is None


SSH_KEYS: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey]] = {
    "ssh-rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ecdsa-sha2-nistp256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-sha2-nistp384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ecdsa-sha2-nistp521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ssh-ed25519": ed25519.Ed25519PrivateKey.generate,
}


@pytest.mark.parametrize("kind", SSH_KEYS)
def test_an_openssh_certificate_says_when_it_ends(kind: str) -> None:
    """Whatever kind of key it is for."""
    signed = ssh_certificate(SSH_KEYS[kind]().public_key(), 1_800_000_000)
    assert signed.startswith(f"{kind}-cert-v01@openssh.com ")
    assert pem.openssh_valid_before(signed) == 1_800_000_000
    assert pem.openssh_valid_before(f"{signed} a comment\n") == 1_800_000_000


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("ssh-dss", 4),
        ("sk-ssh-ed25519", 2),
        ("sk-ecdsa-sha2-nistp256", 3),
    ],
)
def test_kinds_of_keys_that_no_library_here_makes_end_too(kind: str, parts: int) -> None:
    """Old ones, and those of security keys."""
    name = f"{kind}-cert-v01@openssh.com"
    strings = b"".join(len(each).to_bytes(4, "big") + each for each in (name.encode(), b"nonce", *[b"part"] * parts))
    blob = strings + bytes(8) + b"\0\0\0\1" + bytes(4) + bytes(4) + bytes(8) + (1_800_000_000).to_bytes(8, "big")
    assert pem.openssh_valid_before(f"{name} {base64.b64encode(blob).decode()}") == 1_800_000_000


def test_an_openssh_certificate_may_never_end() -> None:
    """The greatest number is not a date."""
    assert pem.openssh_valid_before(ssh_certificate(ED25519, 2**64 - 1)) == math.inf


@pytest.mark.parametrize("begin", [0, 1_700_000_000])
def test_an_openssh_certificate_says_when_it_begins(begin: int) -> None:
    """0 is for one that has always been valid."""
    signed = ssh_certificate(ED25519, 1_800_000_000, begin)
    assert (pem.openssh_valid_after(signed), pem.openssh_valid_before(signed)) == (begin, 1_800_000_000)
    assert pem.openssh_valid_after(signed.replace("ssh", "new", 1)) is None


def test_what_is_not_an_openssh_certificate_has_no_end() -> None:
    """A plain key, another kind than the text says, no base64, nothing."""
    signed = ssh_certificate(ED25519, 1_800_000_000)
    kind, blob = signed.split(" ")
    plain = ED25519.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    curve = ssh_certificate(KEY.public_key(), 1_800_000_000)
    other = curve.replace("nistp256", "nistp384", 1)
    assert pem.openssh_valid_before(curve) == 1_800_000_000
    for text in (plain, other, kind, f"{kind} ", f"{kind} é", f"new-{kind} {blob}", f"{blob}", f"{kind} AAAA", "", " "):
        assert pem.openssh_valid_before(text) is None


def test_no_damage_to_an_openssh_certificate_raises() -> None:
    """Every cut before its end and every changed byte gives an answer."""
    kind, encoded = ssh_certificate(ED25519, 1_800_000_000).split(" ")
    whole = base64.b64decode(encoded)
    end = whole.index((1_800_000_000).to_bytes(8, "big")) + 8
    for size in range(end):
        assert pem.openssh_valid_before(f"{kind} {base64.b64encode(whole[:size]).decode()}") is None
    for at, value in itertools.product(range(len(whole)), (0, 0x80, 0xFF)):
        changed = whole[:at] + bytes([value]) + whole[at + 1 :]
        assert isinstance(pem.openssh_valid_before(f"{kind} {base64.b64encode(changed).decode()}"), float | None)
