"""Forgets the volumes of pods that are gone, and where their SPC says so, revokes their Vault tokens.

Whoever watches pods calls `pod_gone`; where nobody can, `sweep` goes by time. Pods are identified by UID, not by name.
A token shared by the pods of a service account is revoked with the last of them only. What fails is tried a few times
and reported once: the token ends with its TTL in any case.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from typing import Final

from provider import errors, model
from provider.base import backoff, clock, tasks
from provider.observe import events, observers
from provider.service.volumes import response_cache, volume_state, volume_store
from provider.vault import client, cluster_pool, leases, renewal_results, sessions

_log: Final = logging.getLogger("provider.revocation")

GRACE: Final = 10.0
"""Seconds between a pod's end and that of its token. The API server may call a pod gone while the kubelet, cut off from
it, still ends its containers: they close their connections with the credentials they have. A shared identity may have
a new pod by then."""

SILENT: Final = 1800.0
"""Seconds without a call after which a volume counts as gone, where pods cannot be watched. A kubelet calls again every
60 to 90 s; one that is upgraded or in trouble comes back within minutes, and its pods have run on meanwhile."""

_CALLING: Final = 300.0
"""Seconds within which some mounted volume of the node must have been called again, or silence says nothing: with
rotation off, or while the driver is down, no volume ever is."""

_SWEEP: Final = 60.0
_TRIES: Final = 5
_AT_ONCE: Final = 8
_PATIENCE: Final = 10.0
_LAST_PATIENCE: Final = 2.0
"""Seconds for all that is under way when the provider ends."""


def without_calls(volumes: Iterable[volume_state.Volume], now: float) -> list[volume_state.Volume]:
    """The volumes that nobody has called for at `now` (monotonic seconds), though others were called for."""
    every = list(volumes)
    if not any(volume.last_republish > 0.0 and now - volume.last_republish <= _CALLING for volume in every):
        return []
    return [volume for volume in every if now - volume.last_call > SILENT and not volume.lock.locked()]


class Revocation:
    """Forgets volumes whose pods are gone, and revokes their tokens.

    Args:
        volumes: what is mounted.
        clusters: connections to Vault.
        session_pool: Vault tokens.
        time: the clock.
        observer: learns what was revoked.
        grace: see `GRACE`.
    """

    def __init__(
        self,
        volumes: volume_store.VolumeStore,
        clusters: cluster_pool.Clusters,
        session_pool: sessions.Sessions,
        time: clock.Clock,
        observer: observers.Observer,
        *,
        grace: float = GRACE,
    ) -> None:
        self._volumes = volumes
        self._clusters = clusters
        self._sessions = session_pool
        self._time = time
        self._observer = observer
        self._grace = grace
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._closing = asyncio.Event()
        self._tasks = tasks.Tasks(_log, time)

    def start(self, is_watched: Callable[[], bool]) -> None:
        """Sweep every minute in which `is_watched` denies that this node's pods are watched; inside a running loop."""

        def sweep() -> None:
            if not is_watched():
                self.sweep(self._time.monotonic())

        self._tasks.every("sweep volumes without calls", _SWEEP, sweep, wait_first=True)

    def pod_gone(self, uid: str) -> None:
        """The pod is gone. Returns at once; a pod without volumes is no error."""
        self._forget([volume for volume in self._volumes if volume.pod.uid == uid])

    def sweep(self, now: float) -> None:
        """Take the volumes that nobody has called for in a long time as gone, at `now` (monotonic seconds)."""
        self._forget(without_calls(self._volumes, now))

    async def settled(self) -> None:
        """Return when nothing is under way."""
        await self._tasks.join()

    async def close(self) -> None:
        """Revoke at once what waits for its grace, within a short time, and end."""
        self._closing.set()
        await self._tasks.close(_LAST_PATIENCE)

    def _forget(self, volumes: list[volume_state.Volume]) -> None:
        leaving: dict[sessions.Identity, list[volume_state.Volume]] = {}
        for volume in volumes:
            self._volumes.drop(volume)
            self._observer.observe(events.VolumeForgotten(who=volume.origin))
            if volume.identity is not None:
                leaving.setdefault(volume.identity, []).append(volume)
        for identity, left in leaving.items():
            if any(volume.lifecycle.revoke for volume in left):
                self._tasks.start("revoke what a pod held", self._revoke(identity, left))

    async def _revoke(self, identity: sessions.Identity, volumes: list[volume_state.Volume]) -> None:
        await self._rest(self._grace)
        if any(volume.identity == identity for volume in self._volumes):
            return
        dependent: dict[sessions.Session, list[tuple[model.Read, response_cache.CachedResponse]]] = {}
        for responses in {id(volume.responses): volume.responses for volume in volumes}.values():
            for read, cached in responses:
                dependent.setdefault(cached.session, []).append((read, cached))
        for each in (each for volume in volumes for each in volume.superseded if each.identity == identity):
            dependent.setdefault(each.cached.session, []).append((each.read, each.cached))
        current = self._sessions.find(identity)
        if current is not None:
            dependent.setdefault(current, [])
        for session, leased in dependent.items():
            if self._time.monotonic() < session.ends:
                await self._end(identity, session, leased, volumes[0])

    async def _end(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        leased: list[tuple[model.Read, response_cache.CachedResponse]],
        volume: volume_state.Volume,
    ) -> None:
        """Revoke one token; a batch token cannot be, so its leases are, one by one."""
        # Forgotten first: nobody shall be given it while it is being revoked.
        self._sessions.forget(identity, session)
        orders = [(identity.login.namespace, "")]
        if session.is_batch:
            orders = [
                (read.namespace, cached.lease.id) for read, cached in leased if cached.lease.kind is leases.Kind.LEASE
            ]
        role = identity.login.role
        for namespace, lease in orders:
            why = await self._try(identity, session, volume, namespace, lease)
            if why:
                path = "sys/leases/revoke" if lease else "auth/token/revoke-self"
                default = "" if lease else ", as Vault's default policy does"
                self._observer.observe(
                    events.RevocationFailed(
                        who=volume.origin,
                        role=role,
                        what="a lease of a batch token" if lease else "a vault token",
                        why=why,
                        hint=f"give role {role} `update` on {path}{default}",
                    )
                )
                return
        if orders:
            self._observer.observe(events.Revoked(who=volume.origin, role=role, batch=session.is_batch))

    async def _try(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        volume: volume_state.Volume,
        namespace: str,
        lease: str,
    ) -> str:
        """Why it could not be done, after all tries; "" where it was, or where there was nothing left to revoke."""
        why = ""
        for failures in range(1, _TRIES + 1):
            async with self._places:
                refused = await self._order(identity, session, volume, namespace, lease)
            if refused is None or refused.cause in (renewal_results.Cause.DEAD, renewal_results.Cause.OVER):
                return ""
            why = refused.message
            if refused.cause in (renewal_results.Cause.DENIED, renewal_results.Cause.UNCLEAR) or failures == _TRIES:
                break
            await self._rest(backoff.BACKGROUND.pause(failures, random.random()))  # noqa: S311 -- jitter
        return why

    async def _order(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        volume: volume_state.Volume,
        namespace: str,
        lease: str,
    ) -> renewal_results.Refused | None:
        try:
            vault = client.Client(
                await self._clusters.get(identity.target),
                deadline=self._time.monotonic() + _PATIENCE,
                reporter=observers.Reporter(self._observer, volume.origin),
                namespace=namespace,
                token=session.token,
                index=session.index,
            )
            answer = await (vault.revoke_lease(lease) if lease else vault.revoke_self())
            result = renewal_results.of_revocation(answer)
        except errors.VaultError as error:
            result = renewal_results.of_failure(error)
        return result if isinstance(result, renewal_results.Refused) else None

    async def _rest(self, seconds: float) -> None:
        """Wait, unless the provider ends meanwhile."""
        sleeping = asyncio.ensure_future(self._time.sleep(seconds))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({sleeping, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            closing.cancel()
