"""Leases over hours, on a clock that the test turns: mounts, renewals and departures with Vault's database engine."""

import contextlib
import json
import time as machine
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from provider import model
from provider.base import secret
from provider.dev.kube import server as kube_server
from provider.dev.vault import database
from provider.dev.vault import server as vault_server
from provider.kube import hmac_key
from provider.observe import observers
from provider.service import ports
from provider.service.mounting import mounts, refresh
from provider.service.upkeep import renewals, revocation
from provider.service.volumes import volume_store
from provider.shapes.templating import template_renderer
from provider.spec import attributes, parameters
from provider.vault import cluster_pool, retry, sessions
from provider.vault.auth import registry

LOGIN = "- {objectName: login.json, secretPath: database/creds/app}"
READS = 'path "database/creds/*" { capabilities = ["read"] }'
REPUBLISH = 75.0
"""Seconds between two calls of the kubelet."""


class Turned:
    """The machine's clock, turned on: sleeping takes no time."""

    def __init__(self) -> None:
        self.turned = 0.0

    def monotonic(self) -> float:
        return machine.monotonic() + self.turned

    def now(self) -> float:
        return machine.time() + self.turned

    def thread_time(self) -> float:
        return machine.thread_time()

    async def sleep(self, seconds: float) -> None:
        self.turned += max(0.0, seconds)


@dataclass
class Node:
    """Everything of a provider but its sockets, its Vault and its API server, on one clock."""

    time: Turned
    vault: vault_server.DevVault
    kube: kube_server.DevKube
    mounts: mounts.Mounts
    volumes: volume_store.VolumeStore
    renewals: renewals.Renewals
    revocation: revocation.Revocation

    async def role(self, *, default_ttl: str = "1h", max_ttl: str = "24h", policy: str = READS, **login: Any) -> None:
        """A role of the database, and one of the login."""
        statement = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}';"
        wanted = {"db_name": "main", "creation_statements": [statement], "default_ttl": default_ttl, "max_ttl": max_ttl}
        await self.vault.write("database/roles/app", wanted)
        await self.vault.write("sys/policies/acl/api", {"policy": policy})
        bound = {"bound_service_account_names": ["api"], "bound_service_account_namespaces": ["production"]}
        options = {"token_policies": ["api"], "token_ttl": "1h", "token_max_ttl": "720h", **login}
        await self.vault.write("auth/kubernetes/role/api", {**bound, **options})

    def pod(self, name: str = "api-0") -> model.Pod:
        return self.kube.create_pod("production", name, "api")

    async def publish(self, pod: model.Pod, objects: str = LOGIN, **options: str) -> dict[str, str]:
        """What the kubelet does: the login that is in the pod's file after it."""
        sent = attributes.compose({"roleName": "api", "objects": objects, **options}, pod, "spc")
        token = self.kube.issue_token(pod, ["vault"])
        call = ports.Call(
            json.dumps({**sent, attributes.TOKENS: json.dumps({"vault": {"token": token.reveal_text()}})}),
            "null",
            "/target",
            "420",
            parameters.VAULT,
        )
        mounted = await self.mounts.mount(call)
        data = json.loads(mounted.files[0].contents.reveal())["data"]
        return {str(name): str(value) for name, value in data.items()}

    async def wait(self, seconds: float, step: float = 5.0) -> None:
        """Time goes by, and renewals with it."""
        while seconds > 0:
            self.time.turned += min(step, seconds)
            seconds -= step
            await self.renewals.round()

    def opens(self, login: dict[str, str]) -> bool:
        """Whether it gets into the database now."""
        engine = self.vault.state.mounts["database/"].engine
        assert isinstance(engine, database.Database)
        return engine.accepts(login["username"], login["password"])

    def count(self, path: str) -> int:
        """Requests for a path that Vault answered while it was unsealed."""
        return sum(seen.path.startswith(f"/v1/{path}") and seen.status != 503 for seen in self.vault.requests)


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Node]:
    async with contextlib.AsyncExitStack() as stack:
        time = Turned()
        kube, vault = kube_server.DevKube(time=time), vault_server.DevVault(time=time)
        await kube.start()
        stack.push_async_callback(kube.stop)
        await vault.start()
        stack.push_async_callback(vault.stop)
        await vault.write("sys/auth/kubernetes", {"type": "kubernetes"})
        await vault.write("auth/kubernetes/config", {"kubernetes_host": kube.address})
        await vault.write("sys/mounts/database", {"type": "database"})
        connection = {"plugin_name": "postgresql-database-plugin", "connection_url": "postgresql://x", "username": "a"}
        await vault.write("database/config/main", {**connection, "password": "b", "allowed_roles": "*"})
        clusters = cluster_pool.Clusters(retry.Policy(), time)
        stack.push_async_callback(clusters.close)
        templating = template_renderer.TemplateRenderer(time)
        stack.push_async_callback(templating.close)
        volumes, session_pool = volume_store.VolumeStore(1 << 24), sessions.Sessions(100, time)
        key = hmac_key.HmacKey(None, namespace="", name="", time=time)
        observer = observers.Silent()
        auth_methods = registry.AuthMethods()
        refresher = refresh.Refresher(
            clusters=clusters,
            session_pool=session_pool,
            auth_methods=auth_methods,
            tokens=_no_tokens,
            key=key,
            volumes=volumes,
            templating=templating,
            observer=observer,
            time=time,
        )
        mounter = mounts.Mounts(
            defaults={parameters.VAULT.name: parameters.Defaults(address=vault.address)},
            auth_methods=auth_methods,
            refresher=refresher,
            key=key,
            volumes=volumes,
            observer=observer,
            time=time,
            patience=90.0,
            max_stale=None,
        )
        renewing = renewals.Renewals(volumes, clusters, session_pool, time, observer)
        stack.push_async_callback(renewing.close)
        revoking = revocation.Revocation(volumes, clusters, session_pool, time, observer)
        stack.push_async_callback(revoking.close)
        yield Node(time, vault, kube, mounter, volumes, renewing, revoking)


async def _no_tokens(pod: model.Pod, audience: str, patience: float) -> secret.Secret:
    raise AssertionError(f"{pod} brings its tokens")


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running() as started:
        yield started


async def test_credentials_live_on_without_any_republish(node: Node) -> None:
    """Where rotation is off, lease and token are renewed all the same, for a day."""
    await node.role()
    login = await node.publish(node.pod())
    await node.wait(22 * 3600.0, step=30.0)
    assert node.opens(login)
    assert (node.count("database/creds/app"), node.count("auth/kubernetes/login")) == (1, 1)
    assert 25 <= node.count("sys/leases/renew") <= 40
    assert 25 <= node.count("auth/token/renew-self") <= 40


async def test_one_credential_until_the_end_of_its_max_ttl(node: Node) -> None:
    """The pod can always log in, and is issued as few credentials as Vault allows."""
    await node.role(default_ttl="10m", max_ttl="1h")
    pod = node.pod()
    logins = []
    for _ in range(145):
        logins.append(await node.publish(pod))
        assert node.opens(logins[-1])
        await node.wait(REPUBLISH)
        assert node.opens(logins[-1])
    assert len({login["username"] for login in logins}) == 4
    assert node.count("database/creds/app") == 4


@pytest.mark.parametrize(
    ("login", "tokens"),
    [
        ({"token_max_ttl": "90m"}, 3),
        ({"token_type": "batch"}, 4),
        ({"token_ttl": "1h", "token_explicit_max_ttl": "1h"}, 4),
        ({"token_period": "20m", "token_max_ttl": "0"}, 1),
    ],
    ids=["maximum", "batch", "explicit maximum", "periodic"],
)
async def test_credentials_are_replaced_before_their_token_ends(node: Node, login: dict[str, Any], tokens: int) -> None:
    """The lease would live for a day, but dies with the token: the pod can log in all the time."""
    await node.role(default_ttl="24h", max_ttl="240h", **login)
    pod = node.pod()
    for _ in range(int(3.5 * 3600 / REPUBLISH)):
        held = await node.publish(pod)
        assert node.opens(held)
        await node.wait(REPUBLISH)
        assert node.opens(held)
    assert node.count("auth/kubernetes/login") == tokens
    assert node.count("database/creds/app") == tokens


async def test_a_role_without_renewals_has_its_credentials_issued_anew(node: Node) -> None:
    """One refused try a token, and one new credential at two thirds of each TTL."""
    await node.role(default_ttl="15m", token_no_default_policy=True)
    pod = node.pod()
    for _ in range(int(3600 / REPUBLISH)):
        held = await node.publish(pod)
        assert node.opens(held)
        await node.wait(REPUBLISH)
        assert node.opens(held)
    logins = node.count("auth/kubernetes/login")
    assert logins <= 2
    assert node.count("sys/leases/renew") <= logins
    assert node.count("auth/token/renew-self") <= logins
    assert node.count("database/creds/app") in (5, 6, 7)


async def test_a_sealed_vault_loses_nothing_while_the_leases_live(node: Node) -> None:
    """Renewals fail, are tried less and less often, and go on when it is unsealed."""
    await node.role(default_ttl="1h")
    pod = node.pod()
    held = await node.publish(pod)
    await node.wait(2300.0)
    node.vault.status.sealed = True
    before = len(node.vault.requests)
    await node.wait(900.0, step=1.0)
    assert 10 <= len(node.vault.requests) - before <= 30
    assert await node.publish(pod) == held
    node.vault.status.sealed = False
    await node.wait(120.0, step=1.0)
    assert node.opens(held)
    await node.wait(3000.0)
    assert node.opens(held)
    assert await node.publish(pod) == held
    assert node.count("database/creds/app") == 1


async def test_a_token_that_somebody_revoked(node: Node) -> None:
    """Its credentials are dead: noticed at the next renewal, replaced at the call after it."""
    await node.role()
    pod = node.pod()
    held = await node.publish(pod)
    for entry in node.vault.state.tokens:
        if entry.path == "auth/kubernetes/login":
            node.vault.state.tokens.revoke(entry.id)
    assert not node.opens(held)
    await node.wait(2700.0)
    assert node.opens(await node.publish(pod))
    assert node.count("auth/token/renew-self") + node.count("sys/leases/renew") == 1


async def test_a_pod_that_is_gone(node: Node) -> None:
    """With revokeOnPodDelete its credentials end with it; those of others stay."""
    await node.role()
    first, second, third = (node.pod(f"api-{number}") for number in range(3))
    logins = [
        await node.publish(first, revokeOnPodDelete="true"),
        await node.publish(second, revokeOnPodDelete="true"),
        await node.publish(third),
    ]
    node.revocation.pod_gone(first.uid)
    node.revocation.pod_gone(third.uid)
    await node.revocation.settled()
    assert [node.opens(login) for login in logins] == [False, True, True]
    assert node.count("auth/token/revoke-self") == 1


async def test_pods_of_one_account_share_one_lease_until_the_last_is_gone(node: Node) -> None:
    """It is renewed once for all, and revoked with the last."""
    await node.role()
    pods = [node.pod(f"api-{number}") for number in range(5)]
    shared = {"leaseScope": "serviceAccount", "revokeOnPodDelete": "true"}
    [login] = {json.dumps(await node.publish(pod, **shared)) for pod in pods}
    await node.wait(2700.0)
    assert node.count("sys/leases/renew") == 1
    for pod in pods[:-1]:
        node.revocation.pod_gone(pod.uid)
    await node.revocation.settled()
    assert node.opens(json.loads(login))
    node.revocation.pod_gone(pods[-1].uid)
    await node.revocation.settled()
    assert not node.opens(json.loads(login))


async def test_a_volume_that_nobody_calls_for_any_more(node: Node) -> None:
    """Where pods cannot be watched it counts as gone after half an hour; with rotation off none ever does."""
    await node.role()
    gone, stays = node.pod("gone"), node.pod("stays")
    logins = [await node.publish(pod, revokeOnPodDelete="true") for pod in (gone, stays)]
    await node.wait(7200.0, step=30.0)
    node.revocation.sweep(node.time.monotonic())
    assert len(node.volumes) == 2
    await node.publish(stays, revokeOnPodDelete="true")
    node.revocation.sweep(node.time.monotonic())
    await node.revocation.settled()
    assert [node.opens(login) for login in logins] == [False, True]
