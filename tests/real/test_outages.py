"""The API server or Vault away: who needs it, and who must not notice."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from provider.dev import driver
from tests.real import bed, nodes
from tests.real.servers import postgres

pytestmark = pytest.mark.real


@pytest.fixture
def jwt_auth(parts: bed.Bed) -> Iterator[str]:
    """The path of a jwt auth method that knows the API server's keys, and so needs no review."""
    path = "jwt-outage"
    parts.vault.request("POST", f"sys/auth/{path}", {"type": "jwt"})
    keys = {"jwt_validation_pubkeys": parts.server.public_key.read_text()}
    parts.vault.request("POST", f"auth/{path}/config", keys)
    role = {"role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub", "token_policies": ["outage"]}
    parts.vault.request("POST", f"auth/{path}/role/outage", role)
    yield path
    parts.vault.request("DELETE", f"sys/auth/{path}")


@pytest.mark.parametrize(
    ("how", "code"),
    [("killed", grpc.StatusCode.UNAUTHENTICATED), ("paused", grpc.StatusCode.DEADLINE_EXCEEDED)],
)
async def test_mounts_that_bring_a_token_do_without_the_api_server(
    parts: bed.Bed, tmp_path: Path, jwt_auth: str, how: str, code: grpc.StatusCode
) -> None:
    """Republished pods and jwt logins of new ones go on at once, with the versions they had; others wait for it."""
    parts.role("outage", {"secret/data/outage": ["read"]})
    parts.vault.request("POST", "secret/data/outage", {"data": {"k": "v1"}})
    parameters = {"roleName": "outage", "objects": "- {objectName: k, secretPath: secret/data/outage, secretKey: k}"}
    by_jwt = {**parameters, "vaultAuthMountPath": jwt_auth}
    caller = driver.DevDriver(parts.provider.sockets)
    pods = [parts.cluster.pod("production", f"outage-{how}-{n}", "outage") for n in range(3)]
    tokens = [parts.cluster.kubelet_tokens(pod, bed.AUDIENCES) for pod in pods]

    async def mount(number: int, sent: dict[str, str], seconds: float = 20.0) -> driver.Mounted:
        return await caller.mount(
            "vault",
            sent,
            pods[number],
            tmp_path / str(number),
            tokens[number],
            timeout=seconds,
            provider_class="outage",
        )

    before = await mount(0, parameters)
    process = parts.server.process
    process.kill() if how == "killed" else process.pause()
    try:
        started = time.monotonic()
        parts.vault.request("POST", "secret/data/outage", {"data": {"k": "v2"}})
        again = await mount(0, parameters)
        new = await mount(1, by_jwt)
        # Both take a few milliseconds; waiting for the API server would be a matter of seconds.
        assert time.monotonic() - started < 2.0
        assert (tmp_path / "0" / "k").read_text() == "v2"
        assert again.versions["k"] == new.versions["k"] != before.versions["k"]
        with pytest.raises(driver.PublishFailed) as caught:
            await mount(2, parameters, seconds=3.0)
        assert caught.value.code is code
    finally:
        process.resume() if how == "paused" else parts.server.process.start()
    for _ in range(20):
        try:
            assert (await mount(2, parameters)).versions == new.versions
            break
        except driver.PublishFailed:
            await asyncio.sleep(0.5)
    else:
        pytest.fail("the new pod was never mounted")
    await caller.close()


async def test_vault_sealed_and_unsealed(parts: bed.Bed, tmp_path: Path) -> None:
    """A mount that meets a sealed Vault waits for it, and succeeds once it is unsealed."""
    parts.role("sealed", {"secret/data/sealed": ["read"]})
    parts.vault.request("POST", "secret/data/sealed", {"data": {"k": "v"}})
    parameters = {"roleName": "sealed", "objects": "- {objectName: k, secretPath: secret/data/sealed}"}
    parts.cluster.provider_class("production", "sealed", parameters)
    pod = parts.cluster.pod("production", "sealed-0", "sealed", classes=["sealed"])
    node = nodes.DoubleNode(parts, tmp_path)
    parts.vault.seal()
    try:
        waiting = asyncio.create_task(node.publish(pod, "sealed"))
        await asyncio.sleep(2.0)
        assert not waiting.done()
    finally:
        parts.vault.unseal()
    unsealed = time.monotonic()
    assert (await waiting).versions["k"]
    assert time.monotonic() - unsealed < 10.0
    await node.close()


async def test_vault_stopped_for_a_minute_amid_polls(
    parts: bed.Bed, tmp_path: Path, database: postgres.Running
) -> None:
    """Running pods keep files and versions at every call, their login too; what changed follows after its return."""
    parts.role("minute-away", {"secret/data/minute-away": ["read"], "database/creds/app": ["read"]})
    parts.vault.request("POST", "secret/data/minute-away", {"data": {"k": "v1"}})
    objects = (
        "- {objectName: k, secretPath: secret/data/minute-away, secretKey: k}\n"
        "- {objectName: username, secretPath: database/creds/app, secretKey: username}\n"
    )
    parts.cluster.provider_class("production", "minute-away", {"roleName": "minute-away", "objects": objects})
    pod = parts.cluster.pod("production", "minute-away-0", "minute-away", classes=["minute-away"])
    node = nodes.DoubleNode(parts, tmp_path)
    before = await node.publish(pod, "minute-away")
    held = {name: before.text(name) for name in ("k", "username")}
    stopped = time.monotonic()
    parts.vault.stop()
    try:
        slowest, calls = 0.0, 0
        while time.monotonic() - stopped < 60.0:
            started = time.monotonic()
            during = await node.republish(pod, "minute-away")
            slowest, calls = max(slowest, time.monotonic() - started), calls + 1
            assert (during.versions, {name: during.text(name) for name in held}) == (before.versions, held)
            await asyncio.sleep(1.0)
    finally:
        parts.vault.start()
        parts.vault.unseal()
        parts.vault.wait_for(200)
    assert calls >= 5
    assert slowest < 20.0
    parts.vault.request("POST", "secret/data/minute-away", {"data": {"k": "v2"}})
    deadline = time.monotonic() + 120
    after = before
    while after.text("k") != "v2" and time.monotonic() < deadline:
        await asyncio.sleep(1.0)
        after = await node.republish(pod, "minute-away")
    assert (after.text("k"), after.text("username")) == ("v2", held["username"])
    await node.close()
