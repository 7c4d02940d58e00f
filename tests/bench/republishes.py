"""Requests that republishes cost: of Vault and of the API server."""

import asyncio
import time
from typing import Final

from provider import model
from provider.dev import bed as beds

POLLS: Final = 6
_CONNECTION: Final = {
    "plugin_name": "postgresql-database-plugin",
    "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:5432/postgres",
    "username": "admin",
    "password": "secret",
    "allowed_roles": "*",
}
_POLICY: Final = """
path "secret/data/api-service/*" { capabilities = ["read"] }
path "pki/issue/web" { capabilities = ["update"] }
path "database/creds/app" { capabilities = ["read"] }
"""
_STATIC: Final = "".join(
    f"- {{objectName: f{number}, secretPath: secret/data/api-service/s{number}, secretKey: password}}\n"
    for number in range(20)
)
_CERTIFICATE: Final = (
    "- {objectName: crt, secretPath: pki/issue/web, method: PUT, secretArgs: {common_name: a.example.com}}\n"
)
_LOGIN: Final = "- {objectName: login, secretPath: database/creds/app}\n"


async def rows(bed: beds.Bed) -> list[list[str]]:
    """The table's rows. 20 secrets are there, s0 to s19."""
    await _engines(bed)
    pod = bed.kube.create_pod("production", "republished", "renewed")
    await _mount(bed, pod, _STATIC)
    asked, kube = bed.vault.count(), len(bed.kube.requests)
    started = time.perf_counter()
    await _mount(bed, pod, _STATIC)
    took = time.perf_counter() - started
    idle = [bed.vault.count() - asked, len(bed.kube.requests) - kube]
    await asyncio.sleep(beds.INTERVAL)
    asked = bed.vault.count("GET")
    await _mount(bed, pod, _STATIC)
    due = bed.vault.count("GET") - asked
    issued = bed.kube.create_pod("production", "issued", "renewed")
    for _ in range(POLLS):
        await _mount(bed, issued, _CERTIFICATE + _LOGIN)
        await asyncio.sleep(beds.INTERVAL / 2)
    certificates, logins = bed.vault.count("PUT", "/v1/pki/issue"), bed.vault.count("GET", "/v1/database/creds")
    return [
        [
            "a republish of 20 objects, nothing due: requests to Vault, to the API server",
            f"{idle[0]}, {idle[1]}",
            "0, 0",
        ],
        ["the same: time", f"{took * 1000:.1f} ms", ""],
        ["a republish of 20 static objects, due: requests to Vault", str(due), "20"],
        [f"new certificates in {POLLS} polls", str(certificates), "1"],
        [f"new database credentials in {POLLS} polls", str(logins), "1"],
    ]


async def _engines(bed: beds.Bed) -> None:
    await bed.allow("renewed", "production", _POLICY)
    await bed.vault.write("sys/mounts/pki", {"type": "pki"})
    await bed.vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
    await bed.vault.write("pki/roles/web", {"allow_any_name": True, "key_type": "ec"})
    await bed.vault.write("sys/mounts/database", {"type": "database"})
    await bed.vault.write("database/config/main", _CONNECTION)
    statement = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}';"
    role = {"db_name": "main", "creation_statements": [statement], "default_ttl": "1h", "max_ttl": "2h"}
    await bed.vault.write("database/roles/app", role)


async def _mount(bed: beds.Bed, pod: model.Pod, objects: str) -> None:
    tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
    target = bed.directory / "pods" / pod.uid
    await bed.driver.mount("vault", {"roleName": "renewed", "objects": objects}, pod, target, tokens)
