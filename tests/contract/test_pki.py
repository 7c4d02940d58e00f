"""The PKI engine: certificates that hold together, and names that are refused."""

import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract import api

_ROLE = {
    "allowed_domains": ["example.com"],
    "allow_subdomains": True,
    "max_ttl": "72h",
    "key_type": "ec",
    "key_bits": 256,
}


@pytest.fixture
async def pki(vault: api.Api) -> str:
    """A mount with a root and a role `web`."""
    path = await vault.mount("pki")
    root = {"common_name": "Test Root", "ttl": "48h", "key_type": "ec"}
    await vault.done("POST", f"{path}/root/generate/internal", root)
    await vault.done("POST", f"{path}/roles/web", _ROLE)
    return path


async def test_a_certificate_with_its_key_and_its_issuer(vault: api.Api, pki: str) -> None:
    """Certificate, key and issuer of one answer belong together."""
    body = {"common_name": "a.example.com", "alt_names": "b.example.com,c.example.com", "ttl": "1h"}
    answer = await vault.ask("PUT", f"{pki}/issue/web", body)
    data = answer.data
    certificate = x509.load_pem_x509_certificate(data["certificate"].encode())
    issuer = x509.load_pem_x509_certificate(data["issuing_ca"].encode())
    key = serialization.load_pem_private_key(data["private_key"].encode(), None)
    certificate.verify_directly_issued_by(issuer)
    assert key.public_key() == certificate.public_key()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert sorted(names.get_values_for_type(x509.DNSName)) == ["a.example.com", "b.example.com", "c.example.com"]
    assert int(data["expiration"]) == int(certificate.not_valid_after_utc.timestamp())
    assert abs(int(data["expiration"]) - time.time() - 3600) < 10
    assert int(data["serial_number"].replace(":", ""), 16) == certificate.serial_number
    assert data["ca_chain"] == [data["issuing_ca"]]
    assert data["private_key_type"] == "ec"


async def test_the_members_of_a_certificates_answer(vault: api.Api, pki: str) -> None:
    """The data have these members, the texts no newline at their end, and there is no lease."""
    answer = await vault.ask("POST", f"{pki}/issue/web", {"common_name": "a.example.com", "ttl": "1h"})
    assert list(answer.data) == (
        [
            "authority_key_id",
            "ca_chain",
            "certificate",
            "expiration",
            "issuing_ca",
            "private_key",
            "private_key_type",
            "serial_number",
        ]
    )
    assert not any(str(answer.data[name]).endswith("\n") for name in ("certificate", "issuing_ca", "private_key"))
    assert (answer.json["lease_id"], answer.json["lease_duration"], answer.json["renewable"]) == ("", "0", False)
    assert answer.warnings == []


async def test_every_issue_is_a_new_certificate(vault: api.Api, pki: str) -> None:
    """Two requests give two certificates."""
    body = {"common_name": "a.example.com", "ttl": "1h"}
    serials = {(await vault.ask("PUT", f"{pki}/issue/web", body)).data["serial_number"] for _ in range(2)}
    assert len(serials) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"common_name": "evil.org"}, "common name evil.org not allowed by this role"),
        ({"common_name": "example.com"}, "common name example.com not allowed by this role"),
        ({"common_name": "xexample.com"}, "common name xexample.com not allowed by this role"),
        ({"common_name": "no name"}, "common name no name not allowed by this role"),
        (
            {"common_name": "a.example.com", "alt_names": "evil.org"},
            "subject alternate name evil.org not allowed by this role",
        ),
        ({"common_name": "a.example.com", "ip_sans": "zzz"}, 'the value "zzz" is not a valid IP address'),
        (
            {"common_name": "a.example.com", "format": "zz"},
            'the "format" path parameter must be "pem", "der", or "pem_bundle"',
        ),
        (
            {},
            (
                'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to '
                'true, unless "require_cn" is set to false'
            ),
        ),
    ],
)
async def test_a_refused_certificate(vault: api.Api, pki: str, body: dict[str, Any], said: str) -> None:
    """A name the role does not allow is refused by name."""
    assert (await vault.ask("PUT", f"{pki}/issue/web", body)).refused == (400, [said])


@pytest.mark.parametrize(
    ("changes", "name", "status"),
    [
        ({"allow_bare_domains": True}, "example.com", 200),
        ({"allow_any_name": True}, "whatever.org", 200),
        ({"allow_any_name": True}, "no name", 400),
        ({"allow_any_name": True, "enforce_hostnames": False}, "no name", 200),
        ({}, "*.example.com", 200),
        ({"allow_wildcard_certificates": False}, "*.example.com", 400),
        ({}, "localhost", 200),
        ({"allow_localhost": False}, "localhost", 400),
        ({"allow_subdomains": False}, "a.example.com", 400),
        ({"allow_subdomains": False, "allow_glob_domains": True, "allowed_domains": ["w*.org"]}, "web.org", 200),
    ],
)
async def test_which_names_a_role_allows(
    vault: api.Api, pki: str, changes: dict[str, Any], name: str, status: int
) -> None:
    """A role allows the names its settings describe."""
    await vault.done("POST", f"{pki}/roles/changed", {**_ROLE, **changes})
    answer = await vault.ask("PUT", f"{pki}/issue/changed", {"common_name": name, "ttl": "1h"})
    assert answer.status == status


async def test_a_lifetime_that_is_cut(vault: api.Api, pki: str) -> None:
    """A longer life than the role's is cut, with a warning."""
    await vault.done("POST", f"{pki}/roles/short", {**_ROLE, "max_ttl": "1h"})
    answer = await vault.ask("PUT", f"{pki}/issue/short", {"common_name": "a.example.com", "ttl": "10h"})
    assert set(answer.warnings) == {'TTL "10h0m0s" is longer than permitted maxTTL "1h0m0s", so maxTTL is being used'}
    assert abs(int(answer.data["expiration"]) - time.time() - 3600) < 10


@pytest.mark.parametrize(
    ("form", "begins"), [("", "-----BEGIN EC PRIVATE KEY-----"), ("pkcs8", "-----BEGIN PRIVATE KEY-----")]
)
async def test_the_format_of_the_key(vault: api.Api, pki: str, form: str, begins: str) -> None:
    """The key comes in its own format, or in PKCS #8."""
    body = {"common_name": "a.example.com", "ttl": "1h", **({"private_key_format": form} if form else {})}
    assert (await vault.ask("PUT", f"{pki}/issue/web", body)).data["private_key"].startswith(begins)


async def test_a_bundle(vault: api.Api, pki: str) -> None:
    """pem_bundle has key, certificate and issuer in one text."""
    body = {"common_name": "a.example.com", "ttl": "1h", "format": "pem_bundle"}
    data = (await vault.ask("PUT", f"{pki}/issue/web", body)).data
    begins = [line for line in data["certificate"].splitlines() if line.startswith("-----BEGIN")]
    assert begins == ["-----BEGIN EC PRIVATE KEY-----", *["-----BEGIN CERTIFICATE-----"] * 2]


async def test_rsa_unless_the_role_says_otherwise(vault: api.Api, pki: str) -> None:
    """A role without a key type gives RSA keys of 2048 bits."""
    await vault.done("POST", f"{pki}/roles/plain", {"allow_any_name": True})
    data = (await vault.ask("PUT", f"{pki}/issue/plain", {"common_name": "a.org", "ttl": "1h"})).data
    key = serialization.load_pem_private_key(data["private_key"].encode(), None)
    assert not isinstance(key, ec.EllipticCurvePrivateKey)
    assert data["private_key_type"] == "rsa"


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("PUT", "issue/nope", (400, ["unknown role: nope"])),
        ("GET", "issue/web", (405, api.UNSUPPORTED)),
        ("GET", "roles/nope", (404, [])),
    ],
)
async def test_what_pki_does_not_have(
    vault: api.Api, pki: str, method: str, path: str, refused: tuple[int, list[str]]
) -> None:
    """An unknown role, and a read where a write is needed, are told apart."""
    body = {"common_name": "a.example.com"} if method == "PUT" else None
    assert (await vault.ask(method, f"{pki}/{path}", body)).refused == refused


async def test_without_a_root(vault: api.Api) -> None:
    """A mount without a CA issues nothing."""
    path = await vault.mount("pki")
    await vault.done("POST", f"{path}/roles/web", _ROLE)
    answer = await vault.ask("PUT", f"{path}/issue/web", {"common_name": "a.example.com"})
    assert answer.status == 500
    assert "no default issuer currently configured" in answer.json["errors"][0]


async def test_the_ca_is_public(vault: api.Api, pki: str) -> None:
    """The CA certificate is read without a token, as JSON and as PEM."""
    plain = await vault.ask("GET", f"{pki}/ca/pem", token="")
    assert plain.headers["Content-Type"] == "application/pem-certificate-chain"
    assert plain.text.startswith("-----BEGIN CERTIFICATE-----")
    shown = (await vault.ask("GET", f"{pki}/cert/ca", token="")).data
    assert shown["certificate"].strip() == plain.text.strip()
