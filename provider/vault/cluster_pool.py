"""One `Cluster` a target, shared by every mount that names it, and replaced when its TLS files change on disk."""

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import Final

from provider import errors, model
from provider.base import cache, clock
from provider.vault import failover, resolver, retry, tls, transport

LOOK_AGAIN: Final = 2.0
"""Seconds between two looks at the files of one target."""

IDLE: Final = 600.0
"""Seconds after which a target that nobody names any more is closed."""

LINGER: Final = 120.0
"""Seconds that replaced connections stay open for the mounts that still use them: longer than any mount."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pool:
    cluster: failover.Cluster
    fingerprint: tuple[tuple[int, int, int], ...]
    looked: float
    used: float


class Clusters:
    """All clusters of this process. `close` ends every connection."""

    def __init__(self, policy: retry.Policy, time: clock.Clock, *, look_again: float = LOOK_AGAIN) -> None:
        self._policy = policy
        self._time = time
        self._look_again = look_again
        self._pools: dict[model.Target, _Pool] = {}
        self._opening: cache.SingleFlight[model.Target, failover.Cluster] = cache.SingleFlight()
        self._leaving: set[asyncio.Task[None]] = set()
        self._resolver = resolver.Resolver()

    @property
    def opened(self) -> int:
        """Connections made so far by the targets in use."""
        return sum(pool.cluster.opened for pool in self._pools.values())

    async def get(self, target: model.Target) -> failover.Cluster:
        """The cluster for `target`.

        Raises:
            errors.TargetError: its TLS files are missing or wrong, and there was never a good set.
        """
        now = self._time.monotonic()
        pool = self._pools.get(target)
        if pool is not None:
            pool.used = now
            if not _has_files(target.tls) or now - pool.looked < self._look_again:
                return pool.cluster
        return await self._opening.run(target, lambda: self._open(target))

    async def _open(self, target: model.Target) -> failover.Cluster:
        mark = await asyncio.to_thread(tls.fingerprint, target.tls) if _has_files(target.tls) else ()
        now = self._time.monotonic()
        pool = self._pools.get(target)
        if pool is not None and pool.fingerprint == mark:
            pool.looked = now
            return pool.cluster
        try:
            context = await self._context(target)
        except errors.TargetError as error:
            if pool is None:
                raise
            # Half-written files: what worked so far goes on working, and the next look tries again.
            _log.warning("TLS files changed but cannot be used; keeping the old ones", extra={"facts": {"why": error}})
            pool.looked = now
            return pool.cluster
        if pool is not None:
            self._leave(pool.cluster, LINGER)
        made = failover.Cluster(target, transport.Transport(target, context, self._resolver), self._policy, self._time)
        self._pools[target] = _Pool(made, mark, now, now)
        self._close_idle(now)
        return made

    async def _context(self, target: model.Target) -> ssl.SSLContext | None:
        if not any(address.startswith("https://") for address in target.addresses):
            return None
        return await asyncio.to_thread(tls.context, target.tls)

    def _close_idle(self, now: float) -> None:
        for target, pool in list(self._pools.items()):
            if now - pool.used > IDLE:
                del self._pools[target]
                self._leave(pool.cluster, 0.0)

    def _leave(self, cluster: failover.Cluster, after: float) -> None:
        async def leave() -> None:
            try:
                await self._time.sleep(after)
            finally:
                await cluster.close()

        task = asyncio.ensure_future(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Close every connection."""
        leaving = list(self._leaving)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        for pool in self._pools.values():
            await pool.cluster.close()
        self._pools.clear()
        self._resolver.shut()


def _has_files(settings: model.Tls) -> bool:
    return bool(settings.ca_cert_path or settings.ca_directory or settings.client_cert_path or settings.client_key_path)
