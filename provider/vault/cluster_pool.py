"""Keeps one `Cluster` per target, shared by every mount that names it, and replaces it when its TLS files change."""

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import Final

from provider import errors, model
from provider.base import cache, clock, tasks
from provider.vault import failover, resolver, retry, tls, transport

CHECK_EVERY: Final = 2.0
"""Seconds between two checks of a target's TLS files."""

IDLE: Final = 600.0
"""Seconds after which the connections to a target that no mount names any more are closed."""

LINGER: Final = 120.0
"""Seconds that replaced connections stay open for the mounts that still use them: longer than any mount."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    cluster: failover.Cluster
    fingerprint: tuple[tuple[int, int, int], ...]
    checked: float
    used: float


class Clusters:
    """All clusters of this process. `close` ends every connection."""

    def __init__(self, policy: retry.Policy, time: clock.Clock, *, check_every: float = CHECK_EVERY) -> None:
        self._policy = policy
        self._time = time
        self._check_every = check_every
        self._entries: dict[model.Target, _Entry] = {}
        self._opening: cache.SingleFlight[model.Target, failover.Cluster] = cache.SingleFlight()
        self._tasks = tasks.Tasks(_log, time)
        self._resolver = resolver.Resolver()

    @property
    def opened(self) -> int:
        """Connections made so far by the targets in use."""
        return sum(entry.cluster.opened for entry in self._entries.values())

    async def get(self, target: model.Target) -> failover.Cluster:
        """Return the cluster for `target`.

        Raises:
            errors.TargetError: its TLS files are missing or wrong, and there was never a good set.
        """
        now = self._time.monotonic()
        entry = self._entries.get(target)
        if entry is not None:
            entry.used = now
            if not _has_files(target.tls) or now - entry.checked < self._check_every:
                return entry.cluster
        return await self._opening.run(target, lambda: self._open(target))

    async def _open(self, target: model.Target) -> failover.Cluster:
        fingerprint = await asyncio.to_thread(tls.fingerprint, target.tls) if _has_files(target.tls) else ()
        now = self._time.monotonic()
        entry = self._entries.get(target)
        if entry is not None and entry.fingerprint == fingerprint:
            entry.checked = now
            return entry.cluster
        try:
            context = await self._context(target)
        except errors.TargetError as error:
            if entry is None:
                raise
            # Half-written files: the last good set stays in use, and the next check tries again.
            _log.warning("TLS files changed but cannot be used; keeping the old ones", extra={"facts": {"why": error}})
            entry.checked = now
            return entry.cluster
        if entry is not None:
            self._close_later(entry.cluster, LINGER)
        made = failover.Cluster(target, transport.Transport(target, context, self._resolver), self._policy, self._time)
        self._entries[target] = _Entry(made, fingerprint, now, now)
        self._close_idle(now)
        return made

    async def _context(self, target: model.Target) -> ssl.SSLContext | None:
        if not any(address.startswith("https://") for address in target.addresses):
            return None
        return await asyncio.to_thread(tls.context, target.tls)

    def _close_idle(self, now: float) -> None:
        for target, entry in list(self._entries.items()):
            if now - entry.used > IDLE:
                del self._entries[target]
                self._close_later(entry.cluster, 0.0)

    def _close_later(self, cluster: failover.Cluster, seconds: float) -> None:
        async def close() -> None:
            try:
                await self._time.sleep(seconds)
            finally:
                await cluster.close()

        self._tasks.start("close the connections to a target", close())

    async def close(self) -> None:
        """Close every connection."""
        await self._tasks.close()
        for entry in self._entries.values():
            await entry.cluster.close()
        self._entries.clear()
        self._resolver.shut()


def _has_files(settings: model.Tls) -> bool:
    return bool(settings.ca_cert_path or settings.ca_directory or settings.client_cert_path or settings.client_key_path)
