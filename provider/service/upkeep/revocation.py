"""What is left to do for a pod that is gone: its records go, and where its SPC wants it, its Vault token is revoked.

Whoever watches pods calls `gone`; where nobody can, `sweep` goes by time. A pod replaced under its name is another pod:
all goes by UID. A token shared by the pods of a service account is revoked with the last of them only. What fails is
tried a few times and told once: the token ends by itself in any case, with its TTL.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from typing import Final

from provider import errors, model
from provider.base import backoff, clock
from provider.observe import watch as watching
from provider.service.volumes import response_cache, volume_store
from provider.vault import client, cluster_pool, leases, origin, renewal_results, sessions

_log = logging.getLogger("provider.departures")

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


def silent(volumes: Iterable[volume_store.Volume], now: float) -> list[volume_store.Volume]:
    """The volumes that nobody has called for at `now` (monotonic seconds), though others were."""
    every = list(volumes)
    if not any(volume.again > 0.0 and now - volume.again <= _CALLING for volume in every):
        return []
    return [volume for volume in every if now - volume.seen > SILENT and not volume.lock.locked()]


class Revocation:
    """Pods that are gone.

    Args:
        record: what is mounted.
        clusters: connections to Vault.
        kept: Vault tokens.
        time: the clock.
        grace: see `GRACE`.
    """

    def __init__(
        self,
        record: volume_store.VolumeStore,
        clusters: cluster_pool.Clusters,
        kept: sessions.Sessions,
        time: clock.Clock,
        *,
        grace: float = GRACE,
    ) -> None:
        self._record = record
        self._clusters = clusters
        self._sessions = kept
        self._time = time
        self._grace = grace
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._closing = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.Task[None] | None = None
        self._watch = watching.LogWatch(_log, time, {"mount": "revocation"})

    def start(self, watched: Callable[[], bool]) -> None:
        """Sweep every minute in which `watched` says that nobody watches this node's pods; inside a running loop."""
        self._sweeping = asyncio.ensure_future(self._sweep(watched))

    async def _sweep(self, watched: Callable[[], bool]) -> None:
        while True:
            await self._time.sleep(_SWEEP)
            if not watched():
                self.sweep(self._time.monotonic())

    def gone(self, uid: str) -> None:
        """The pod is gone. Returns at once; a pod that nobody knows of is no error."""
        self._part([volume for volume in self._record if volume.pod.uid == uid])

    def sweep(self, now: float) -> None:
        """Take the volumes that nobody has called for in a long time as gone, at `now` (monotonic seconds)."""
        self._part(silent(self._record, now))

    async def settled(self) -> None:
        """Returns when nothing is under way."""
        await asyncio.gather(*self._leaving)

    async def close(self) -> None:
        """Revoke at once what waits for its grace, within a short time, and end."""
        self._closing.set()
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=_LAST_PATIENCE)
        leaving = [*self._leaving, *([self._sweeping] if self._sweeping else [])]
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)

    def _part(self, volumes: list[volume_store.Volume]) -> None:
        parting: dict[sessions.Identity, list[volume_store.Volume]] = {}
        for volume in volumes:
            self._record.drop(volume)
            self._watch.step("a volume is gone", pod=volume.pod, spc=volume.provider_class or "-")
            if volume.identity is not None:
                parting.setdefault(volume.identity, []).append(volume)
        for identity, left in parting.items():
            if any(volume.life.revoke for volume in left):
                task = asyncio.ensure_future(self._revoke(identity, left))
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    async def _revoke(self, identity: sessions.Identity, volumes: list[volume_store.Volume]) -> None:
        await self._rest(self._grace)
        if any(volume.identity == identity for volume in self._record):
            return
        hanging: dict[sessions.Session, list[tuple[model.Read, response_cache.CachedResponse]]] = {}
        for held in {id(volume.held): volume.held for volume in volumes}.values():
            for read, kept in held:
                hanging.setdefault(kept.session, []).append((read, kept))
        for each in (each for volume in volumes for each in volume.left if each.identity == identity):
            hanging.setdefault(each.kept.session, []).append((each.read, each.kept))
        current = self._sessions.kept(identity)
        if current is not None:
            hanging.setdefault(current, [])
        for session, answers in hanging.items():
            if self._time.monotonic() < session.ends:
                await self._end(identity, session, answers, volumes[0])

    async def _end(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        answers: list[tuple[model.Read, response_cache.CachedResponse]],
        volume: volume_store.Volume,
    ) -> None:
        """Revoke one token; a batch token cannot be, so its leases are, one by one."""
        # Forgotten first: nobody shall be given it while it is being revoked.
        self._sessions.forget(identity, session)
        orders = [(identity.login.namespace, "")]
        if session.is_batch:
            orders = [(read.namespace, kept.lease.id) for read, kept in answers if kept.lease.kind is leases.Kind.LEASE]
        facts = {"pod": volume.pod, "spc": volume.provider_class or "-", "role": identity.login.role}
        for namespace, lease in orders:
            message = await self._try(identity, session, volume, namespace, lease)
            if message:
                what = "a lease of a batch token was not revoked" if lease else "a vault token was not revoked"
                hint = f"give role {identity.login.role} `update` on {'sys/leases' if lease else 'auth/token'}/revoke"
                hint += "" if lease else "-self, as Vault's default policy does"
                _log.warning(f"{what}; it ends with its TTL", extra={"facts": {**facts, "why": message, "hint": hint}})
                return
        if orders:
            _log.info("revoked", extra={"facts": {**facts, "batch": session.is_batch}})

    async def _try(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        volume: volume_store.Volume,
        namespace: str,
        lease: str,
    ) -> str:
        """Why it could not be done, after all tries; "" where it was, or where there was nothing left to revoke."""
        message = ""
        for failures in range(1, _TRIES + 1):
            async with self._places:
                refused = await self._order(identity, session, volume, namespace, lease)
            if refused is None or refused.cause in (renewal_results.Cause.DEAD, renewal_results.Cause.OVER):
                return ""
            message = refused.message
            if refused.cause in (renewal_results.Cause.DENIED, renewal_results.Cause.UNCLEAR) or failures == _TRIES:
                break
            await self._rest(backoff.BACKGROUND.pause(failures, random.random()))  # noqa: S311 -- jitter
        return message

    async def _order(
        self,
        identity: sessions.Identity,
        session: sessions.Session,
        volume: volume_store.Volume,
        namespace: str,
        lease: str,
    ) -> renewal_results.Refused | None:
        try:
            vault = client.Client(
                await self._clusters.get(identity.target),
                deadline=self._time.monotonic() + _PATIENCE,
                watch=self._watch,
                namespace=namespace,
                token=session.token,
                index=session.index,
                origin=origin.Origin(volume.pod, volume.provider_class),
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
