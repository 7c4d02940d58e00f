"""All volumes of this node. A republish is answered from here while nothing is due, and falls back on it when it fails.

Everything is in memory. Beyond its limit, what can be read again without anything being issued is dropped: bodies of
static secrets, then files. Tokens, leases and dates never are, nor what was issued; what `Persistence` keeps outlives
the process.
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
    """All volumes of this process, in `limit` bytes as far as that can be.

    Args:
        limit: bytes.
        persistence: learns of every change; `changed` is for those who change what is inside a volume.
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
        self._caches: weakref.WeakKeyDictionary[response_cache.ResponseCache, int] = weakref.WeakKeyDictionary()
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
        self, volume: volume_state.Volume, identity: sessions.Identity, lifecycle: model.Lifecycle
    ) -> None:
        """Give a volume the responses that its next mount may use: its own, or those of its identity.

        They stay as long as the login and the refresh token are the same: what else an SPC says decides about what is
        made of them, or when they are due.
        """
        before = (volume.identity, volume.lifecycle.refresh_token)
        used = volume.used_responses()
        volume.identity, volume.lifecycle = identity, lifecycle
        key = (identity, lifecycle.refresh_token)
        if lifecycle.scope != model.LeaseScope.POD:
            shared = self._shared.get(key)
            if shared is None:
                shared = self._shared[key] = response_cache.ResponseCache()
            volume.responses = shared
        elif before != key:
            volume.responses = response_cache.ResponseCache()
            if before[1] == lifecycle.refresh_token:
                # Back to the login that the files were made with, after a try with another one.
                for each in used:
                    if each.identity == identity:
                        volume.responses.put(each.read, each.cached)
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
        self._sizes[volume.key] = volume.size
        self._caches[volume.responses] = volume.responses.size
        if self._total <= self._limit:
            return
        self._report_shortage(volume)
        # The least recently used first: what was read of static secrets, then the files made of them.
        for each in self:
            each.responses.drop_bodies()
            self._caches[each.responses] = each.responses.size
            if self._total <= self._limit:
                return
        for each in self:
            if each is not volume and not each.lock.locked():
                each.drop_files()
                self._sizes[each.key] = each.size
                if self._total <= self._limit:
                    return

    @property
    def _total(self) -> int:
        """Bytes of all volumes, and of their responses: those that several share count once."""
        return sum(self._sizes.values()) + sum(self._caches.values())

    def _report_shortage(self, volume: volume_state.Volume) -> None:
        """Once: a node that is too small for its volumes would report it all the time."""
        if not self._is_short:
            self._is_short = True
            self._observer.observe(events.MemoryShort(who=volume.origin, bytes=self._limit, volumes=len(self._volumes)))

    def drop(self, volume: volume_state.Volume) -> None:
        """Forget a volume, if it is there."""
        if self.holds(volume):
            del self._volumes[volume.key]
            self._sizes.pop(volume.key, None)
            self.changed(volume)
