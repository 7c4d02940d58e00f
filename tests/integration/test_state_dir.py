"""A provider that is stopped, killed or replaced: its successor knows what is mounted, and asks Vault for nothing."""

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from provider import app, errors, model, settings
from provider.base import clock
from provider.dev import bed as beds
from provider.dev import driver
from provider.wire import server
from tests.doubles import scripted
from tests.integration import harness

ISSUE = "secretPath: pki/issue/web, method: PUT, secretArgs: {common_name: a.test}"
LOGIN = f"""
- {{objectName: user, secretPath: database/creds/app, secretKey: username}}
- {{objectName: password, secretPath: database/creds/app, secretKey: password}}
- {{objectName: whole.json, secretPath: database/creds/app}}
- {{objectName: pw, secretPath: secret/data/db, secretKey: password}}
- {{objectName: cert.pem, {ISSUE}, secretKey: certificate}}
- {{objectName: key.pem, {ISSUE}, secretKey: private_key}}
- objectName: dsn
  template: '{{{{ with secret "database/creds/app" }}}}{{{{ .Data.username }}}}:{{{{ .Data.password }}}}{{{{ end }}}}'
"""
CREDENTIALS = "- {objectName: user, secretPath: database/creds/app, secretKey: username}"


async def engines(parts: harness.Harness | beds.Bed) -> None:
    """A database engine and a PKI engine that give to anybody."""
    await parts.vault.write("sys/mounts/database", {"type": "database"})
    await parts.vault.write("database/config/main", {"plugin_name": "p", "allowed_roles": "*"})
    await parts.vault.write("database/roles/app", {"db_name": "main", "default_ttl": "1h", "max_ttl": "2h"})
    await parts.vault.write("sys/mounts/pki", {"type": "pki"})
    await parts.vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
    await parts.vault.write("pki/roles/web", {"allow_any_name": True, "key_type": "ec"})
    await parts.vault.write("secret/data/db", {"data": {"password": "p1"}})


@contextlib.asynccontextmanager
async def daemon(parts: harness.Harness, state: Path | None) -> AsyncIterator[driver.DevDriver]:
    """Another daemon's inside beside the harness's own, on its servers; and a driver that calls it."""
    vault = settings.Vault(address=parts.vault.address)
    chosen = settings.Settings(
        access=settings.Access(vault=vault, openbao=vault),
        refresh=settings.Refresh(state_dir=state),
        kubernetes=settings.Kubernetes(kubeconfig=str(parts.directory / "kubeconfig")),
    )
    sockets = parts.directory / "own"
    await asyncio.to_thread(sockets.mkdir, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(app.assembled(chosen))
        listener = server.Listener(
            server.Endpoint(sockets / "vault.sock", server.dialect_of(Path("vault.sock"))),
            service.mounts,
            clock.SystemClock(),
        )
        await listener.start()
        stack.push_async_callback(listener.stop, settings.Shutdown(drain=1.0))
        double = driver.DevDriver(sockets)
        stack.push_async_callback(double.close)
        yield double


async def mount(
    parts: harness.Harness, double: driver.DevDriver, pod: model.Pod, objects: str = LOGIN, **parameters: str
) -> driver.Mounted:
    return await double.mount(
        "vault",
        {"roleName": "api-service", "objects": objects, **parameters},
        pod,
        parts.target(pod),
        parts.tokens(pod),
        provider_class="spc",
    )


async def test_a_restart_costs_vault_nothing(parts: harness.Harness, tmp_path: Path) -> None:
    """Database login, certificate, KV secret, template, whole response: the same files and versions, no request."""
    await engines(parts)
    pod = parts.pod()
    async with daemon(parts, tmp_path / "state") as double:
        first = await mount(parts, double, pod)
    before = {name: parts.text(pod, name) for name in first.files}
    asked = len(parts.vault.requests)
    async with daemon(parts, tmp_path / "state") as double:
        again = await mount(parts, double, pod)
        assert len(parts.vault.requests) == asked
        assert again.versions == first.versions
        assert not again.written
        assert {name: parts.text(pod, name) for name in again.files} == before
        # What is due then is read with the token that was there: nobody logs in anew.
        logins = parts.vault.count("POST", "/v1/auth/kubernetes/login")
        await mount(parts, double, pod, objects=f"{LOGIN}- {{objectName: new, secretPath: secret/data/db}}\n")
        assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == logins


async def test_nothing_in_the_directory_can_be_read(parts: harness.Harness, tmp_path: Path) -> None:
    """No content, no token of Vault's or the pod's, no name."""
    await engines(parts)
    pod = parts.pod()
    async with daemon(parts, tmp_path / "state") as double:
        mounted = await mount(parts, double, pod)
    files = list((tmp_path / "state").glob("*.sealed"))
    sealed = b"".join(path.name.encode() + path.read_bytes() for path in files)
    assert len(files) == 1
    words = [entry.id for entry in parts.vault.state.tokens]
    words += [entry.accessor for entry in parts.vault.state.tokens]
    words += [parts.text(pod, "user"), parts.text(pod, "password"), pod.uid, pod.name, "database", "password"]
    words += [line for name in mounted.files for line in parts.text(pod, name).splitlines()]
    assert len(words) > 20
    assert [word for word in words if len(word) > 4 and word.encode() in sealed] == []


async def test_volumes_that_share_an_identity_still_do(parts: harness.Harness, tmp_path: Path) -> None:
    """Three replicas before, one more after: one database login in all."""
    await engines(parts)
    pods = [parts.pod(f"api-{number}") for number in range(4)]
    async with daemon(parts, tmp_path / "state") as double:
        for pod in pods[:3]:
            await mount(parts, double, pod, leaseScope="serviceAccount")
    async with daemon(parts, tmp_path / "state") as double:
        for pod in pods:
            await mount(parts, double, pod, leaseScope="serviceAccount")
    assert parts.vault.count("GET", "/v1/database/creds/app") == 1
    assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 1


async def test_volumes_that_share_see_a_change_of_before(parts: harness.Harness, tmp_path: Path) -> None:
    """What one replica has read anew before the restart reaches the other after it."""
    await engines(parts)
    pods = [parts.pod(f"api-{number}") for number in range(2)]
    options = {"leaseScope": "serviceAccount", "refreshInterval": "1s"}
    async with daemon(parts, tmp_path / "state") as double:
        for pod in pods:
            await mount(parts, double, pod, **options)
        await parts.kv("db", password="p2")
        await asyncio.sleep(1.0)
        await mount(parts, double, pods[0], **options)
    async with daemon(parts, tmp_path / "state") as double:
        for pod in pods:
            await mount(parts, double, pod, **options)
    assert [parts.text(pod, "pw") for pod in pods] == ["p2", "p2"]


async def test_leases_are_renewed_further(parts: harness.Harness, tmp_path: Path) -> None:
    """By the token that they hang on, though no kubelet calls; the login goes on to be good."""
    await engines(parts)
    await parts.vault.write("database/roles/app", {"db_name": "main", "default_ttl": "6s", "max_ttl": "1h"})
    async with daemon(parts, tmp_path / "state") as double:
        await mount(parts, double, parts.pod(), objects=CREDENTIALS)
    async with daemon(parts, tmp_path / "state"), asyncio.timeout(6):
        while not parts.vault.count("PUT", "/v1/sys/leases/renew"):
            await asyncio.sleep(0.1)
    assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 1


async def test_without_a_directory_a_restart_issues_anew(parts: harness.Harness) -> None:
    """As it is by default."""
    await engines(parts)
    pod = parts.pod()
    users = set()
    for _ in range(2):
        async with daemon(parts, None) as double:
            await mount(parts, double, pod)
        users.add(parts.text(pod, "user"))
    assert len(users) == 2
    assert parts.vault.count("GET", "/v1/database/creds/app") == 2


async def test_a_changed_class_is_asked_for_anew(parts: harness.Harness, tmp_path: Path) -> None:
    """What was saved is for the SPC that it was asked by."""
    await engines(parts)
    pod = parts.pod()
    async with daemon(parts, tmp_path / "state") as double:
        await mount(parts, double, pod)
    async with daemon(parts, tmp_path / "state") as double:
        await mount(parts, double, pod, refreshToken="2")
    assert parts.vault.count("GET", "/v1/database/creds/app") == 2


async def test_another_pod_under_the_same_name_is_another(parts: harness.Harness, tmp_path: Path) -> None:
    """It gets nothing that was its predecessor's."""
    await engines(parts)
    pod = parts.pod()
    async with daemon(parts, tmp_path / "state") as double:
        await mount(parts, double, pod)
    async with daemon(parts, tmp_path / "state") as double:
        await mount(parts, double, dataclasses.replace(pod, uid="another"))
    assert parts.vault.count("GET", "/v1/database/creds/app") == 2


async def test_an_outage_after_a_restart_leaves_the_files(parts: harness.Harness, tmp_path: Path) -> None:
    """The last good files are known, though Vault gives nothing when something falls due."""
    await engines(parts)
    pod = parts.pod()
    async with daemon(parts, tmp_path / "state") as double:
        first = await mount(parts, double, pod, refreshInterval="0")

    async def refuse(request: web.BaseRequest) -> web.StreamResponse | None:
        return scripted.refusal(400, "out of order") if "/data/" in request.path else None

    parts.vault.faults = refuse
    async with daemon(parts, tmp_path / "state") as double:
        again = await mount(parts, double, pod, refreshInterval="0")
    assert again.versions == first.versions
    assert parts.vault.count("GET", "/v1/secret/data/db") == 2


async def test_a_directory_that_is_open_to_others_stops_the_start(parts: harness.Harness, tmp_path: Path) -> None:
    """With what to change."""
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(errors.SettingsError, match="0755"):
        async with daemon(parts, tmp_path / "open"):
            pass


async def kill(bed: beds.Bed) -> None:
    """SIGKILL, and nothing left of it."""
    os.kill(bed.provider.pid, signal.SIGKILL)
    await bed.provider.stop()


async def test_killed_amid_a_burst_no_mounted_pod_gets_another_login(tmp_path: Path) -> None:
    """20 pods mount, the process is killed without warning, another starts: whoever had a login has the same one."""
    state = tmp_path / "state"
    policy = 'path "database/creds/*" { capabilities = ["read"] }\n'
    async with beds.running(tmp_path, (f"-state-dir={state}",)) as bed:
        await engines(bed)
        await bed.allow("api-service", "production", policy)
        pods = [bed.kube.create_pod("production", f"api-{number}", "api-service") for number in range(20)]

        async def mount_one(pod: model.Pod, patience: float = 30.0) -> driver.Mounted:
            tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
            parameters = {"roleName": "api-service", "objects": CREDENTIALS}
            return await bed.driver.mount(
                "vault", parameters, pod, tmp_path / "pods" / pod.uid, tokens, timeout=patience
            )

        burst = {pod: asyncio.create_task(mount_one(pod, 3.0)) for pod in pods}
        while sum(task.done() for task in burst.values()) < 5:
            await asyncio.sleep(0.001)
        await kill(bed)
        await asyncio.wait(burst.values())
        mounted = {pod: task.result() for pod, task in burst.items() if task.exception() is None}
        users = {pod: (tmp_path / "pods" / pod.uid / "user").read_text() for pod in mounted}
        assert len(mounted) >= 5

        await bed.driver.close()
        await bed.provider.start(bed.environment, f"-state-dir={state}")
        asked = len(bed.vault.requests)
        for pod, before in mounted.items():
            again = await mount_one(pod)
            assert (again.versions, again.written) == (before.versions, False)
        assert len(bed.vault.requests) == asked
        for pod in pods:
            await mount_one(pod)
        assert {pod: (tmp_path / "pods" / pod.uid / "user").read_text() for pod in mounted} == users
        said = bed.provider.log.read_text()
        assert "ignored and removed" not in said
        assert "state restored" in said
        assert len(list(state.glob("*.sealed"))) == 20
