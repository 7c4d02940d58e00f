"""All volumes of this node. A republish is answered from here while nothing is due, and falls back on it when it fails.

Everything is in memory, bounded in bytes; what `Persistence` keeps of it outlives the process.
"""

import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Protocol

from provider import model
from provider.observe import events, observers
from provider.service.volumes import response_cache, volume_state
from provider.vault import sessions


class Persistence(Protocol):
    """Keeps volumes where they outlive the process. Neither method ever fails."""

    def changed(self, volume: volume_state.Volume) -> None:
        """A volume has changed, or is gone. Returns at once."""

    async def flushed(self, volume: volume_state.Volume) -> None:
        """Return when a volume that changed is stored, or soon after where that cannot be done."""


class NoPersistence:
    """A `Persistence` where volumes end with the process."""

    def changed(self, volume: volume_state.Volume) -> None:
        """See `Persistence`."""

    async def flushed(self, volume: volume_state.Volume) -> None:
        """See `Persistence`."""


class VolumeStore:
    """All volumes of this process, at most `limit` bytes; the least recently used goes first.

    Args:
        limit: bytes.
        persistence: learns of every change; `changed` is for whoever changes what is inside a volume.
        observer: learns when the memory is too small.
    """

    def __init__(
        self,
        limit: int,
        persistence: Persistence | None = None,
        observer: observers.Observer | None = None,
    ) -> None:
        self._limit = limit
        self._persistence = persistence or NoPersistence()
        self._observer = observer or observers.Silent()
        self.changed = self._persistence.changed
        self.flushed = self._persistence.flushed
        self._volumes: OrderedDict[volume_state.Key, volume_state.Volume] = OrderedDict()
        self._sizes: dict[volume_state.Key, int] = {}
        self._total = 0
        self._is_short = False
        self._shared: weakref.WeakValueDictionary[tuple[sessions.Identity, str], response_cache.ResponseCache]
        self._shared = weakref.WeakValueDictionary()

    def __iter__(self) -> Iterator[volume_state.Volume]:
        return iter(list(self._volumes.values()))

    def __len__(self) -> int:
        return len(self._volumes)

    @staticmethod
    def key(pod: model.Pod, target_path: str) -> volume_state.Key:
        """The key of a volume."""
        return (pod.uid, target_path)

    def find(self, pod_uid: str, target_path: str) -> volume_state.Volume | None:
        """The volume, if there is one."""
        return self._volumes.get((pod_uid, target_path))

    def open(self, pod: model.Pod, target_path: str) -> volume_state.Volume:
        """The volume, a new one if need be, now the most recently used.

        A caller that does not say which pod it is for gets one that nobody else will ever find.
        """
        key = self.key(pod, target_path)
        if not pod.uid:
            return volume_state.Volume(key, pod)
        volume = self._volumes.get(key)
        if volume is None:
            volume = self._volumes[key] = volume_state.Volume(key, pod)
            self.recount(volume)
        self._volumes.move_to_end(key)
        return volume

    def holds(self, volume: volume_state.Volume) -> bool:
        """Whether the volume is in the store."""
        return self._volumes.get(volume.key) is volume

    def touch(self, volume: volume_state.Volume) -> None:
        """Make a volume the most recently used."""
        if self.holds(volume):
            self._volumes.move_to_end(volume.key)

    def assign_responses(
        self,
        volume: volume_state.Volume,
        identity: sessions.Identity,
        spec_digest: str,
        lifecycle: model.Lifecycle,
    ) -> None:
        """Give a volume the responses that its next mount may use: its own by this SPC, or those of its identity."""
        volume.identity, volume.lifecycle = identity, lifecycle
        if lifecycle.scope != model.LeaseScope.POD:
            key = (identity, lifecycle.refresh_token)
            shared = self._shared.get(key)
            if shared is None:
                shared = self._shared[key] = response_cache.ResponseCache()
            volume.responses = shared
        elif volume.responses_digest != spec_digest:
            volume.responses = response_cache.ResponseCache()
        volume.responses_digest = spec_digest
        self.changed(volume)

    def restore(self, volume: volume_state.Volume) -> bool:
        """Take in a volume of an earlier process, unless it has been mounted since; whether it was taken."""
        found = self._volumes.get(volume.key)
        if found is not None and (found.content or found.lock.locked()):
            return False
        if found is not None:
            self.drop(found)
        self._volumes[volume.key] = volume
        if volume.lifecycle.scope != model.LeaseScope.POD and volume.identity is not None:
            key = (volume.identity, volume.lifecycle.refresh_token)
            shared = self._shared.setdefault(key, volume.responses)
            shared.merge(volume.responses)
            volume.responses = shared
        self._count(volume)
        return True

    def recount(self, volume: volume_state.Volume) -> None:
        """Count again what a volume takes now that it has changed, and drop others if it is too much for all."""
        if volume.key in self._volumes:
            self.changed(volume)
            self._count(volume)

    def drop_unused(self, volume: volume_state.Volume) -> None:
        """Drop the shared responses that no volume is made of any more, unless a mount under way may want them."""
        sharing = [each for each in self if each.responses is volume.responses]
        if all(each is volume or not each.lock.locked() for each in sharing):
            contents = (each.content for each in sharing if each.content is not None)
            volume.responses.retain(read for content in contents for read, _ in content.reads)

    def _count(self, volume: volume_state.Volume) -> None:
        size = volume.size
        self._total += size - self._sizes.get(volume.key, 0)
        self._sizes[volume.key] = size
        while self._total > self._limit and len(self._volumes) > 1:
            oldest = next(iter(self._volumes))
            if oldest == volume.key:
                self._volumes.move_to_end(oldest)
                continue
            self._report_shortage(self._volumes[oldest])
            self.drop(self._volumes[oldest])

    def _report_shortage(self, volume: volume_state.Volume) -> None:
        """Once: a node that is too small for its volumes would report it all the time."""
        if not self._is_short:
            self._is_short = True
            self._observer.observe(events.MemoryShort(who=volume.origin, bytes=self._limit, volumes=len(self._volumes)))

    def drop(self, volume: volume_state.Volume) -> None:
        """Forget a volume; one that is not there is no error."""
        if self.holds(volume):
            del self._volumes[volume.key]
            self._total -= self._sizes.pop(volume.key, 0)
            self.changed(volume)
