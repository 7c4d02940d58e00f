"""Forgets the volumes of pods that are gone, and gives up their claims on Vault tokens.

Pods are identified by UID, not by name. Whoever watches pods calls `pod_gone`; where nobody can, `sweep` goes by time.
What the tokens of such pods come to is `revocation`'s.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

from provider.base import clock, tasks
from provider.observe import events, observers
from provider.service.volumes import token_ledger, volume_state, volume_store

_log: Final = logging.getLogger("provider.pods")

SILENT: Final = 1800.0
"""Seconds without a call after which a volume counts as gone, where pods cannot be watched. A kubelet calls again every
60 to 90 s; one that is upgraded or in trouble comes back within minutes, and its pods have run on meanwhile."""

_CALLING: Final = 300.0
"""Seconds within which some mounted volume of the node must have been called again, or silence says nothing: with
rotation off, or while the driver is down, no volume ever is."""

_SWEEP: Final = 60.0

_ASLEEP: Final = 2.5 * _SWEEP
"""Seconds between two sweeps after which the machine, or this process, counts as having slept: the silence of that time
says nothing, since nobody could call."""


def without_calls(volumes: Iterable[volume_state.Volume], now: float) -> list[volume_state.Volume]:
    """The volumes that nobody has called for at `now` (monotonic seconds), though others were called for."""
    every = list(volumes)
    if not any(volume.last_republish > 0.0 and now - volume.last_republish <= _CALLING for volume in every):
        return []
    return [volume for volume in every if now - volume.last_call > SILENT and not volume.lock.locked()]


class PodCleanup:
    """Cleans up after pods.

    Args:
        volumes: what is mounted.
        ledger: which volumes depend on which token.
        time: the clock.
        observer: learns which volumes are forgotten.
    """

    def __init__(
        self,
        volumes: volume_store.VolumeStore,
        ledger: token_ledger.Ledger,
        time: clock.Clock,
        observer: observers.Observer,
    ) -> None:
        self._volumes = volumes
        self._ledger = ledger
        self._time = time
        self._observer = observer
        self._tasks = tasks.Tasks(_log, time)

    def start(self, is_watched: Callable[[], bool]) -> None:
        """Sweep every minute in which `is_watched` denies that this node's pods are watched; inside a running loop."""
        swept = self._time.monotonic()

        def sweep() -> None:
            nonlocal swept
            now = self._time.monotonic()
            if now - swept > _ASLEEP:
                for volume in self._volumes:
                    volume.last_call = now
            swept = now
            if not is_watched():
                self.sweep(now)

        self._tasks.every("sweep volumes without calls", _SWEEP, sweep, wait_first=True)

    async def close(self) -> None:
        """End."""
        await self._tasks.close()

    def pod_gone(self, uid: str) -> None:
        """The pod is gone. Returns at once; a pod without volumes is no error."""
        self._forget(volume for volume in self._volumes if volume.pod.uid == uid)
        # Tokens too that a mount under way was given, or one that failed.
        self._ledger.release_pod(uid)

    def sweep(self, now: float) -> None:
        """Take the volumes that nobody has called for in a long time as gone, at `now` (monotonic seconds)."""
        silent = without_calls(self._volumes, now)
        self._forget(silent)
        for volume in silent:
            self._ledger.settle(volume.key, ())

    def _forget(self, volumes: Iterable[volume_state.Volume]) -> None:
        for volume in list(volumes):
            self._volumes.drop(volume)
            self._observer.observe(events.VolumeForgotten(who=volume.origin))
