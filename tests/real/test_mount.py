"""Mounts against a real Vault: the provider's inside on real sockets, Vault as it is, the API server a double."""

import asyncio
import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from provider import app, model, settings
from provider.dev import driver
from provider.dev.kube import server as kube_server
from provider.wire import server
from tests.real.servers import programs
from tests.real.servers import vault as vault_server

pytestmark = pytest.mark.real

PASSWORD = "- {objectName: pw, secretPath: secret/data/db, secretKey: password}"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vault_server.Vault]:
    """A real Vault in dev mode."""
    try:
        binary = programs.need(programs.VAULT)
    except programs.NotAvailable as error:
        pytest.skip(str(error))
    with vault_server.running(binary, tmp_path_factory.mktemp("vault")) as running:
        yield running


class Parts:
    """The provider beside a real Vault."""

    def __init__(self, directory: Path, vault: vault_server.Vault, kube: kube_server.DevKube) -> None:
        self.directory = directory
        self.vault = vault
        self.kube = kube
        self.driver = driver.DevDriver(directory)

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        """A request with the root token."""

        def send() -> Any:
            request = urllib.request.Request(  # noqa: S310 -- the address is our own server's
                f"{self.vault.address}/v1/{path}",
                method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={"X-Vault-Token": self.vault.root_token},
            )
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")

        return await asyncio.to_thread(send)

    async def role(self, policy: str, **options: Any) -> None:
        """The role api-service with one policy."""
        await self.admin("PUT", "sys/policies/acl/api-service", {"policy": policy})
        bound = {
            "bound_service_account_names": ["api-service"],
            "bound_service_account_namespaces": ["production"],
            "token_policies": ["api-service"],
            "audience": "vault",
        }
        await self.admin("POST", "auth/kubernetes/role/api-service", {**bound, "token_ttl": "1h", **options})

    async def mount(self, pod: model.Pod, objects: str) -> driver.Mounted:
        """Mount for a pod that brings its token."""
        tokens = {"vault": self.kube.issue_token(pod, ["vault"])}
        parameters = {"roleName": "api-service", "objects": objects}
        return await self.driver.mount("vault", parameters, pod, self.target(pod), tokens, provider_class="spc")

    def target(self, pod: model.Pod) -> Path:
        """Where the pod's volume is."""
        return self.directory / pod.uid

    async def logins(self, pod: model.Pod) -> int:
        """How many live tokens Vault has issued to the pod's service account."""
        keys = (await self.admin("LIST", "auth/token/accessors"))["data"]["keys"]
        found = 0
        for accessor in keys:
            with contextlib.suppress(urllib.error.HTTPError):
                entry = (await self.admin("POST", "auth/token/lookup-accessor", {"accessor": accessor}))["data"]
                metadata = entry["meta"] or {}
                found += metadata.get("service_account_name") == pod.service_account
        return found

    async def revoke_all(self) -> None:
        """Every token of the kubernetes mount dies."""
        await self.admin("PUT", "sys/leases/revoke-prefix/auth/kubernetes/login")


@pytest.fixture
async def parts(vault: vault_server.Vault, tmp_path: Path) -> AsyncIterator[Parts]:
    kube = kube_server.DevKube()
    await kube.start()
    kube.create_namespace("vault-csi")
    (tmp_path / "kubeconfig").write_text(kube.kubeconfig(namespace="vault-csi"))
    made = Parts(tmp_path, vault, kube)
    with contextlib.suppress(urllib.error.HTTPError):
        await made.admin("DELETE", "sys/auth/kubernetes")
    await made.admin("POST", "sys/auth/kubernetes", {"type": "kubernetes"})
    await made.admin(
        "POST",
        "auth/kubernetes/config",
        {"kubernetes_host": kube.address, "disable_local_ca_jwt": True, "token_reviewer_jwt": "reviewer"},
    )
    chosen = settings.Settings(
        access=settings.Access(vault=settings.Vault(address=vault.address)),
        kubernetes=settings.Kubernetes(kubeconfig=str(tmp_path / "kubeconfig")),
    )
    async with app.mounting(chosen) as mounter:
        path = tmp_path / "vault.sock"
        listener = server.Listener(server.Endpoint(path, server.dialect_of(path)), mounter)
        await listener.start()
        yield made
        await listener.stop(1.0)
    await made.driver.close()
    await kube.stop()


async def test_the_production_walk(parts: Parts) -> None:
    """Policy, role, secret, mount, rotation, read again."""
    await parts.role('path "secret/data/db" { capabilities = ["read"] }')
    await parts.admin("POST", "secret/data/db", {"data": {"password": "p1", "port": 5432}})
    pod = parts.kube.create_pod("production", "api-0", "api-service")
    objects = f"{PASSWORD}\n- {{objectName: all.json, secretPath: secret/data/db, filePermission: 0600}}"
    first = await parts.mount(pod, objects)
    assert (parts.target(pod) / "pw").read_text() == "p1"
    assert first.modes["all.json"] == 0o600
    assert not (await parts.mount(pod, objects)).written
    await parts.admin("POST", "secret/data/db", {"data": {"password": "p2", "port": 5432}})
    second = await parts.mount(pod, objects)
    assert (parts.target(pod) / "pw").read_text() == "p2"
    assert first.versions["pw"] != second.versions["pw"]
    assert await parts.logins(pod) == 1


async def test_a_revoked_token_costs_one_login_and_a_denied_path_none(parts: Parts) -> None:
    """Vault's own words tell them apart."""
    await parts.role('path "secret/data/db" { capabilities = ["read"] }', token_no_default_policy=True)
    await parts.admin("POST", "secret/data/db", {"data": {"password": "p1"}})
    pod = parts.kube.create_pod("production", "api-1", "api-service")
    await parts.mount(pod, PASSWORD)
    await parts.revoke_all()
    await parts.mount(pod, PASSWORD)
    assert await parts.logins(pod) == 1
    for _ in range(3):
        with pytest.raises(driver.PublishFailed) as caught:
            await parts.mount(pod, "- {objectName: x, secretPath: secret/data/denied}")
    assert caught.value.code is grpc.StatusCode.PERMISSION_DENIED
    assert 'path "secret/data/denied" { capabilities = ["read"] }' in caught.value.details
    assert await parts.logins(pod) == 1


async def test_tokens_with_few_uses_serve_a_mount_of_many_objects(parts: Parts) -> None:
    """token_num_uses below the number of objects."""
    await parts.role('path "secret/data/*" { capabilities = ["read"] }', token_num_uses=3)
    for number in range(8):
        await parts.admin("POST", f"secret/data/s{number}", {"data": {"k": f"v{number}"}})
    pod = parts.kube.create_pod("production", "api-2", "api-service")
    await parts.mount(
        pod,
        "".join(f"- {{objectName: f{n}, secretPath: secret/data/s{n}, secretKey: k}}\n" for n in range(8)),
    )
    assert [(parts.target(pod) / f"f{n}").read_text() for n in range(8)] == [f"v{n}" for n in range(8)]


async def test_what_its_owner_reads_when_it_fails(parts: Parts) -> None:
    """A deleted version with its time, a path without data/, a wrong service account."""
    await parts.role('path "secret/*" { capabilities = ["read"] }')
    await parts.admin("POST", "secret/data/gone", {"data": {"k": "v"}})
    await parts.admin("DELETE", "secret/data/gone")
    pod = parts.kube.create_pod("production", "api-3", "api-service")
    with pytest.raises(driver.PublishFailed) as caught:
        await parts.mount(
            pod, "- {objectName: a, secretPath: secret/data/gone}\n- {objectName: b, secretPath: secret/gone}"
        )
    assert caught.value.code is grpc.StatusCode.NOT_FOUND
    assert "version 1 of secret/data/gone was deleted at 20" in caught.value.details
    assert "write secretPath: secret/data/gone" in caught.value.details
    with pytest.raises(driver.PublishFailed) as caught:
        await parts.mount(parts.kube.create_pod("production", "x", "intruder"), PASSWORD)
    assert caught.value.code is grpc.StatusCode.UNAUTHENTICATED
    assert "add intruder to bound_service_account_names" in caught.value.details
