"""A node on a clock that the test turns: mounts, renewals and revocation with Vault's database engine."""

import contextlib
import json
import math
import time as machine
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from provider import model
from provider.base import clock, secret
from provider.dev.kube import server as kube_server
from provider.dev.vault import database
from provider.dev.vault import server as vault_server
from provider.kube import hmac_key
from provider.observe import observers
from provider.service import ports
from provider.service.mounting import mounts, refresh
from provider.service.upkeep import pod_cleanup, renewals, revocation
from provider.service.volumes import token_ledger, volume_store
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
    """Everything of a provider but its sockets, its Vault and its API server; `time` is that of the servers."""

    time: Turned
    vault: vault_server.DevVault
    kube: kube_server.DevKube
    mounts: mounts.Mounts
    volumes: volume_store.VolumeStore
    ledger: token_ledger.Ledger
    renewals: renewals.Renewals
    revocation: revocation.Revocation
    cleanup: pod_cleanup.PodCleanup

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

    async def revoke(self) -> None:
        """The grace of tokens that are left is over."""
        self.time.turned += revocation.GRACE
        await self.revocation.round()

    def alive(self) -> int:
        """Tokens of pods that live in Vault."""
        return sum(entry.path.startswith("auth/kubernetes") for entry in self.vault.state.tokens)

    def opens(self, login: dict[str, str]) -> bool:
        """Whether it gets into the database now."""
        engine = self.vault.state.mounts["database/"].engine
        assert isinstance(engine, database.Database)
        return engine.accepts(login["username"], login["password"])

    def count(self, path: str) -> int:
        """Requests for a path that Vault answered while it was unsealed."""
        return sum(seen.path.startswith(f"/v1/{path}") and seen.status != 503 for seen in self.vault.requests)


NOBODY = observers.Silent()


@contextlib.asynccontextmanager
async def running(
    observer: observers.Observer = NOBODY, *, own: clock.Clock | None = None, max_interval: float = math.inf
) -> AsyncIterator[Node]:
    """All of it, started.

    Args:
        observer: learns of everything.
        own: the node's clock, where that is another.
        max_interval: seconds between two renewals of a lease at most.
    """
    async with contextlib.AsyncExitStack() as stack:
        turned = Turned()
        time = own or turned
        kube, vault = kube_server.DevKube(time=turned), vault_server.DevVault(time=turned)
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
        ledger = token_ledger.Ledger(time)
        key = hmac_key.HmacKey(None, namespace="", name="", time=time)
        auth_methods = registry.AuthMethods()
        refresher = refresh.Refresher(
            clusters=clusters,
            session_pool=session_pool,
            auth_methods=auth_methods,
            tokens=_no_tokens,
            key=key,
            volumes=volumes,
            ledger=ledger,
            templating=templating,
            observer=observer,
            time=time,
            max_interval=max_interval,
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
        renewing = renewals.Renewals(volumes, clusters, session_pool, time, observer, max_interval=max_interval)
        stack.push_async_callback(renewing.close)
        revoking = revocation.Revocation(ledger, clusters, session_pool, time, observer)
        stack.push_async_callback(revoking.close)
        cleanup = pod_cleanup.PodCleanup(volumes, ledger, time, observer)
        yield Node(turned, vault, kube, mounter, volumes, ledger, renewing, revoking, cleanup)


async def _no_tokens(pod: model.Pod, audience: str, patience: float) -> secret.Secret:
    raise AssertionError(f"{pod} brings its tokens")
