"""Engines that make what they are asked for: certificates, database logins. Made once a mount."""

import subprocess

import pytest
from cryptography import x509

from tests.real import bed, nodes
from tests.real.servers import postgres

pytestmark = pytest.mark.real

CERTIFICATES = """
- {objectName: a.crt, secretPath: pki/issue/web, secretKey: certificate, method: PUT,
   secretArgs: {common_name: a.production.internal, ttl: 1h}}
- {objectName: a.key, secretPath: pki/issue/web, secretKey: private_key, method: PUT,
   secretArgs: {common_name: a.production.internal, ttl: 1h}}
- {objectName: b.crt, secretPath: pki/issue/web, secretKey: certificate, method: PUT,
   secretArgs: {common_name: b.production.internal, ttl: 1h}}
"""
LOGIN = """
- {objectName: username, secretPath: database/creds/app, secretKey: username}
- {objectName: password, secretPath: database/creds/app, secretKey: password}
"""


async def test_two_common_names_on_one_path_are_two_certificates(parts: bed.Bed, node: nodes.Node, pki: str) -> None:
    """One request for each set of arguments; certificate and key of one request belong together."""
    parts.role("web", {f"{pki}/issue/web": ["update"]})
    parts.cluster.provider_class("production", "web", {"roleName": "web", "objects": CERTIFICATES})
    pod = parts.cluster.pod("production", "web-0", "web", classes=["web"])
    before = len(parts.vault.audit())
    volume = await node.publish(pod, "web")
    first, second = (x509.load_pem_x509_certificate(volume.text(name).encode()) for name in ("a.crt", "b.crt"))
    assert _names(first) == ["a.production.internal"]
    assert _names(second) == ["b.production.internal"]
    assert "PRIVATE KEY" in volume.text("a.key")
    assert _reads(parts, before) == ["pki/issue/web", "pki/issue/web"]


async def test_a_database_login_is_made_once_a_mount_and_opens_the_database(
    parts: bed.Bed, node: nodes.Node, database: postgres.Running
) -> None:
    """Username and password are of one lease."""
    parts.role("app", {"database/creds/app": ["read"]})
    parts.cluster.provider_class("production", "app", {"roleName": "app", "objects": LOGIN})
    pod = parts.cluster.pod("production", "app-0", "app", classes=["app"])
    before = len(parts.vault.audit())
    volume = await node.publish(pod, "app")
    assert _who(database, volume) == volume.text("username")
    assert _reads(parts, before) == ["database/creds/app"]


async def test_all_engines_in_one_class(parts: bed.Bed, node: nodes.Node, pki: str, database: postgres.Running) -> None:
    """Key-value, certificate and login of one mount."""
    parts.role("all", {"secret/data/all": ["read"], f"{pki}/issue/web": ["update"], "database/creds/app": ["read"]})
    parts.vault.request("POST", "secret/data/all", {"data": {"mode": "fast"}})
    objects = f"{CERTIFICATES}{LOGIN}- {{objectName: mode, secretPath: secret/data/all, secretKey: mode}}\n"
    parts.cluster.provider_class("production", "all", {"roleName": "all", "objects": objects})
    pod = parts.cluster.pod("production", "all-0", "all", classes=["all"])
    volume = await node.publish(pod, "all")
    assert volume.text("mode") == "fast"
    assert _who(database, volume) == volume.text("username")
    assert _names(x509.load_pem_x509_certificate(volume.text("b.crt").encode())) == ["b.production.internal"]


def _names(certificate: x509.Certificate) -> list[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return found.value.get_values_for_type(x509.DNSName)


def _who(database: postgres.Running, volume: nodes.Volume) -> str:
    """Who a login to the database turns out to be."""
    done = subprocess.run(
        [
            "psql",
            "-h",
            database.host,
            "-p",
            str(database.port),
            "-U",
            volume.text("username"),
            "-d",
            "postgres",
            "-Atc",
            "select current_user",
        ],
        env={"PGPASSWORD": volume.text("password"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _reads(parts: bed.Bed, since: int) -> list[str]:
    lines = (line["request"]["path"] for line in parts.vault.audit()[since:] if line["type"] == "request")
    return [path for path in lines if not path.startswith("auth/")]
