"""Forgets the volumes of pods that are gone, and gives up their claims on Vault tokens.

Pods are identified by UID, not by name. That a pod is gone is a level, not an edge: besides the watch, which calls
`pod_gone` at once, all that is held is compared with the pods of the node every minute, and after a first mount. One
that is not among them is confirmed by a request of its own. Where pods cannot be watched, `sweep` goes by time. What
becomes of the tokens of such pods is `revocation`'s.
"""

import logging
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from provider import model
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

_EVERY: Final = 60.0
"""Seconds between two comparisons, or sweeps."""


class Pods(Protocol):
    """What is known of the pods of this node."""

    @property
    def uids(self) -> Collection[str] | None:
        """The UIDs of the pods that are there, None while nobody watches."""

    async def exists(self, pod: model.Pod) -> bool | None:
        """Whether this very pod is there and not finished, by a request; None where that could not be found out."""


def without_calls(volumes: Iterable[volume_state.Volume], now: float) -> list[volume_state.Volume]:
    """The volumes that nobody has called for at `now` (monotonic seconds), though others were called for."""
    every = list(volumes)
    if not any(volume.last_republish > 0.0 and now - volume.last_republish <= _CALLING for volume in every):
        return []
    return [volume for volume in every if now - volume.last_call > SILENT and not volume.lock.locked()]


class PodCleanup(observers.Silent):
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
        self._pods: Pods | None = None
        self._tasks = tasks.Tasks(_log, time)

    def start(self, pods: Pods | None) -> None:
        """Compare with `pods` every minute, or sweep where nobody watches them; inside a running loop."""
        self._pods = pods
        self._tasks.every("look for volumes whose pods are gone", _EVERY, self.round, wait_first=True)

    async def round(self) -> None:
        """One comparison, or one sweep."""
        present = self._pods.uids if self._pods is not None else None
        if self._pods is None or present is None:
            self.sweep(self._time.monotonic())
            return
        held = {**self._ledger.pods, **{volume.pod.uid: volume.pod for volume in self._volumes}}
        for uid, pod in held.items():
            if uid and uid not in present:
                await self._confirm(self._pods, pod)

    async def _confirm(self, pods: Pods, pod: model.Pod) -> None:
        if await pods.exists(pod) is False:
            self.pod_gone(pod.uid)

    def observe(self, event: events.Event) -> None:
        """See `observers.Observer`: a mount may have come behind the end of its pod."""
        present = self._pods.uids if self._pods is not None else None
        uid = event.who.pod.uid
        if isinstance(event, events.Mounted) and self._pods and present is not None and uid and uid not in present:
            self._tasks.start("look whether a pod is there", self._confirm(self._pods, event.who.pod))

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
