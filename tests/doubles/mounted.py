"""Volumes that count as mounted, with a scripted Vault behind them, for what happens beside the mounts."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from provider import model
from provider.base import secret
from provider.observe import log_lines, observers
from provider.service.upkeep import pod_cleanup, renewals, revocation
from provider.service.volumes import response_cache, token_ledger, volume_state, volume_store
from provider.vault import cluster_pool, faults, leases, retry, sessions
from tests.doubles import clocks, scripted, volumes

DEAD = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
DENIED = "1 error occurred:\n\t* permission denied\n\n"

LOGIN = model.Login("api")


def read(name: str) -> model.Read:
    return model.Read("", f"database/creds/{name}")


@dataclass
class Vault:
    """Answers renewals and revocations: `answers` by the end of the path, else with what was asked for."""

    ttl: int = 100
    answers: dict[str, Callable[[], web.StreamResponse]] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        message = next((made for end, made in self.answers.items() if request.path.endswith(end)), None)
        if message is not None:
            return message()
        if request.path.endswith("leases/renew"):
            body = json.loads(await request.read())
            shown = {"lease_id": body["lease_id"], "lease_duration": body["increment"], "renewable": True}
            return scripted.reply(shown)
        if request.path.endswith("renew-self"):
            return scripted.reply({"auth": {"lease_duration": self.ttl, "renewable": True}})
        return web.Response(status=204)


@dataclass
class Mounted:
    """All that outlives a mount, on a clock that the test turns."""

    server: scripted.Scripted
    vault: Vault
    time: clocks.TestClock
    volumes: volume_store.VolumeStore
    clusters: cluster_pool.Clusters
    session_pool: sessions.Sessions
    renewals: renewals.Renewals
    ledger: token_ledger.Ledger
    revocation: revocation.Revocation
    cleanup: pod_cleanup.PodCleanup

    @property
    def target(self) -> model.Target:
        return model.Target((self.server.address,))

    def pod(self, uid: str) -> model.Pod:
        return model.Pod("production", f"pod-{uid}", uid, "api")

    def identity(self, pod: model.Pod) -> sessions.Identity:
        return sessions.Identity(self.target, LOGIN, pod)

    def session(self, ttl: float = 1000.0, *, renewable: bool = True, **options: Any) -> sessions.Session:
        """A token as a login gives it now."""
        now = self.time.moment
        ends = now + ttl
        options = {"accessor": f"accessor-{now}", "due": leases.token_due(ttl, now, 0.5), **options}
        return sessions.Session(
            secret.Secret(f"hvs.token-{id(options)}"),
            "",
            faults.Context(self.server.address, LOGIN, model.Pod()),
            born=now,
            expires=ends - min(ttl / 10, 30),
            ttl=ttl,
            ends=ends,
            renewable=renewable,
            **options,
        )

    def mount(
        self,
        uid: str,
        session: sessions.Session,
        *names: str,
        ttl: float = 100.0,
        lifecycle: model.Lifecycle = model.Lifecycle(),  # noqa: B008 -- frozen
        target_path: str = "/target",
        lease: dict[str, Any] | None = None,
    ) -> volume_state.Volume:
        """A volume with one lease a name."""
        pod = self.pod(uid)
        identity = self.identity(
            pod if lifecycle.scope == model.LeaseScope.POD else model.Pod("production", "", "", "api")
        )
        volume = self.volumes.open(pod, target_path)
        volume.last_call = self.time.moment
        self.volumes.assign_responses(volume, identity, lifecycle)
        for name in names:
            envelope = {"lease_id": f"database/creds/{name}/{uid}"}
            now = self.time.moment
            fields: dict[str, Any] = {
                "kind": leases.Kind.LEASE,
                "id": envelope["lease_id"],
                "renewable": True,
                "obtained": now,
                "due": now + ttl * leases.SHARE,
                "expires": now + ttl,
                "ttl": ttl,
                **(lease or {}),
            }
            reply = model.Reply({"username": "u"}, envelope)
            volume.responses.put(read(name), response_cache.CachedResponse(reply, leases.Lease(**fields), session))
        volume.content = volumes.content(reads=[read(name) for name in names])
        self.session_pool.restore(identity, session)
        self.ledger.use(identity, session, volume.key, token_ledger.Use(volume.origin, lifecycle.revoke))
        for each, cached in volume.responses:
            self.ledger.book(each, cached)
        return volume

    async def at(self, moment: float) -> list[str]:
        """Turn the clock, walk once, and give what was asked of Vault."""
        self.time.moment = moment
        before = len(self.server.requests)
        await self.renewals.round()
        return self.server.requests[before:]


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Mounted]:
    vault, time = Vault(), clocks.TestClock()
    async with scripted.serving(vault.handle) as server:
        store, ledger = volume_store.VolumeStore(1 << 24), token_ledger.Ledger(time)
        observer = observers.FanOut([log_lines.LogLines(time)])
        clusters = cluster_pool.Clusters(retry.Policy(), time)
        session_pool = sessions.Sessions(100, time)
        made = Mounted(
            server,
            vault,
            time,
            store,
            clusters,
            session_pool,
            renewals.Renewals(store, clusters, session_pool, time, observer),
            ledger,
            revocation.Revocation(ledger, clusters, session_pool, time, observer),
            pod_cleanup.PodCleanup(store, ledger, time, observer),
        )
        try:
            yield made
        finally:
            await made.renewals.close()
            await made.revocation.close()
            await made.cleanup.close()
            await clusters.close()
