"""What is mounted: one record a volume, keyed by pod UID and target path, which every driver version sends alike.

A record is what a republish is answered from while nothing is due, and what a failing one falls back to. Whole
responses hold fields that differ in every answer (request_id, lease_id) although the data is the same; so the envelope
of the first answer is kept too, and written again until the data changes. Everything is in memory, bounded in bytes.
"""

import asyncio
import hashlib
import json
import logging
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from provider import model
from provider.service import codec
from provider.service.volumes import response_cache
from provider.shapes import extract, jobs
from provider.vault import sessions

_OVERHEAD: Final = 4096
"""Bytes that a record takes beside its answers and files, roughly."""

_log = logging.getLogger(__name__)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RefreshFailure:
    """A volume whose refreshes fail: since when (epoch seconds), for which reason, and how often by now."""

    since: float
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class UsedResponse:
    """An answer that files are made of, and whose token it was given to."""

    identity: sessions.Identity
    read: model.Read
    kept: response_cache.CachedResponse


@dataclass(slots=True)
class Volume:
    """The record of one volume.

    Attributes:
        key: pod UID and target path.
        pod: whose it is.
        provider_class: the SPC's name, "" where no call has told it.
        life: what the SPC says of its life.
        identity: whose Vault token was used last, None before the first login.
        digest: of the SPC that the files were made by; "" before the first success.
        holding: of the SPC that the answers were asked for by.
        held: Vault's answers; shared with others where the SPC says so.
        reads: those of the answers that the files were made of.
        left: answers that the files are still made of, though a refresh that failed put others in their place: their
            leases live as long as the files stay.
        dates: when each of them came (monotonic seconds); nothing where that is not known.
        rendered: the objects last given to the driver; none before the first success.
        warnings: those of the SPC.
        seen: monotonic seconds of the last call.
        again: the same of the last call that found it mounted; 0 before the first.
        refreshed: epoch seconds of the last time that nothing was overdue.
        failing: how refreshes fail; None while they do not.
        rests: monotonic seconds until which a failing refresh is not tried again.
        lock: one mount of a volume at a time.
        frozen: envelopes that are shown while the data is the same, with a hash of it, by object and read.
    """

    key: Key
    pod: model.Pod
    provider_class: str = ""
    life: model.Life = field(default_factory=model.Life)
    identity: sessions.Identity | None = None
    digest: str = ""
    holding: str = ""
    held: response_cache.ResponseCache = field(default_factory=response_cache.ResponseCache)
    reads: tuple[model.Read, ...] = ()
    left: tuple[UsedResponse, ...] = ()
    dates: Mapping[model.Read, float | None] = field(default_factory=dict)
    rendered: tuple[jobs.Rendered, ...] = ()
    warnings: tuple[str, ...] = ()
    seen: float = 0.0
    again: float = 0.0
    refreshed: float = 0.0
    failing: RefreshFailure | None = None
    rests: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    frozen: dict[tuple[str, model.Read], tuple[bytes, Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        files = sum(len(file.contents) for one in self.rendered for file in one.files)
        return _OVERHEAD + 2 * files + self.held.size

    def relied(self) -> tuple[UsedResponse, ...]:
        """The answers that the files are made of; none before the first success."""
        if self.identity is None or not self.rendered:
            return self.left
        held, left = dict(self.held), {each.read for each in self.left}
        rest = (read for read in self.reads if read in held and read not in left)
        return (*self.left, *(UsedResponse(self.identity, read, held[read]) for read in rest))

    def leave(self, relied: tuple[UsedResponse, ...]) -> None:
        """Go on caring for those of `relied` that are held no more."""
        held = dict(self.held)
        self.left = tuple(each for each in relied if held.get(each.read) is not each.kept)

    def envelope(self, name: str, read: model.Read, reply: model.Reply) -> Mapping[str, Any]:
        """The envelope to show with `reply` in the object `name`: the one kept while the data is the same."""
        digest = hashlib.sha256(extract.stable_part(reply)).digest()
        key = (name, read)
        kept = self.frozen.get(key)
        if kept is not None and kept[0] == digest:
            return kept[1]
        self.frozen[key] = (digest, reply.envelope)
        return reply.envelope

    def is_good(self, digest: str, now: float) -> bool:
        """Whether a republish by this SPC can be answered as it is, at `now` (monotonic seconds).

        Answers that are shared may be good, and later than those that the files were made of.
        """
        if not self.rendered or self.digest != digest:
            return False
        answers = ((self.dates.get(read), self.held.good(read, now)) for read in self.reads)
        return all(kept is not None and date in (None, kept.lease.obtained) for date, kept in answers)


# Without what is left at its default: a version that knows more than the last one makes the same digests.
_TARGET: Final = codec.of(model.Target)
_LOGIN: Final = codec.of(model.Login)
_LIFE: Final = codec.of(model.Life)
_OBJECT: Final = codec.of(model.Object)


def digest(spec: model.MountSpec) -> str:
    """A mark of everything in an SPC that decides about content: another digest, and all is asked for anew."""
    parts = [_TARGET.pack(spec.target), _LOGIN.pack(spec.login), _LIFE.pack(spec.life), spec.default_mode]
    parts += (_OBJECT.pack(wanted) for wanted in spec.objects)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Persistence(Protocol):
    """Keeps records where they outlive the process. Neither method ever fails."""

    def changed(self, volume: Volume) -> None:
        """A record is another, or gone. Returns at once."""

    async def kept(self, volume: Volume) -> None:
        """Returns when a record that changed is kept, or soon after where that cannot be done."""


class NoPersistence:
    """A `Persistence` where records end with the process."""

    def changed(self, volume: Volume) -> None:
        """See `Persistence`."""

    async def kept(self, volume: Volume) -> None:
        """See `Persistence`."""


class VolumeStore:
    """All records of this process, at most `limit` bytes; the one unused for longest goes first.

    `keeper` is told of every change; `changed` is for whoever changes what is inside a record.
    """

    def __init__(self, limit: int, keeper: Persistence | None = None) -> None:
        self._limit = limit
        self._keeper = keeper or NoPersistence()
        self.changed = self._keeper.changed
        self.kept = self._keeper.kept
        self._volumes: OrderedDict[Key, Volume] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._total = 0
        self._reported = False
        self._shared: weakref.WeakValueDictionary[tuple[sessions.Identity, str], response_cache.ResponseCache]
        self._shared = weakref.WeakValueDictionary()

    def __iter__(self) -> Iterator[Volume]:
        return iter(list(self._volumes.values()))

    def __len__(self) -> int:
        return len(self._volumes)

    @staticmethod
    def key(pod: model.Pod, target_path: str) -> Key:
        """The key of a volume."""
        return (pod.uid, target_path)

    def find(self, pod: model.Pod, target_path: str) -> Volume | None:
        """The record, if there is one."""
        return self._volumes.get(self.key(pod, target_path))

    def open(self, pod: model.Pod, target_path: str) -> Volume:
        """The record, a new one if need be, now the last to go.

        A caller that does not say which pod it is for gets one that nobody else will ever find.
        """
        key = self.key(pod, target_path)
        if not pod.uid:
            return Volume(key, pod)
        volume = self._volumes.get(key)
        if volume is None:
            volume = self._volumes[key] = Volume(key, pod)
            self.weigh(volume)
        self._volumes.move_to_end(key)
        return volume

    def hold(self, volume: Volume, identity: sessions.Identity, digest: str, life: model.Life) -> None:
        """Give a volume the answers that its next mount may use: its own by this SPC, or those of its identity."""
        volume.identity = identity
        if life.scope != "pod":
            key = (identity, life.refresh_token)
            held = self._shared.get(key)
            if held is None:
                held = self._shared[key] = response_cache.ResponseCache()
            volume.held = held
        elif volume.holding != digest:
            volume.held = response_cache.ResponseCache()
        volume.holding = digest
        self.changed(volume)

    def restore(self, volume: Volume) -> bool:
        """Take in a record of an earlier process, unless its volume has been mounted anew; whether it was taken."""
        found = self._volumes.get(volume.key)
        if found is not None and (found.rendered or found.lock.locked()):
            return False
        if found is not None:
            self.drop(found)
        self._volumes[volume.key] = volume
        if volume.life.scope != "pod" and volume.identity is not None:
            shared = self._shared.setdefault((volume.identity, volume.life.refresh_token), volume.held)
            shared.join(volume.held)
            volume.held = shared
        self._count(volume)
        return True

    def weigh(self, volume: Volume) -> None:
        """Count anew what a record takes now that it has changed, and let go of others if it is too much for all."""
        if volume.key in self._volumes:
            self.changed(volume)
            self._count(volume)

    def _count(self, volume: Volume) -> None:
        size = volume.size
        self._total += size - self._sizes.get(volume.key, 0)
        self._sizes[volume.key] = size
        while self._total > self._limit and len(self._volumes) > 1:
            oldest = next(iter(self._volumes))
            if oldest == volume.key:
                self._volumes.move_to_end(oldest)
                continue
            self._report(self._volumes[oldest])
            self.drop(self._volumes[oldest])

    def _report(self, volume: Volume) -> None:
        """Once: a node that is too small for its volumes would say so all the time."""
        if not self._reported:
            self._reported = True
            facts = {"pod": volume.pod, "bytes": self._limit, "volumes": len(self._volumes)}
            _log.warning(
                "mounted volumes take more memory than -mount-cache-bytes; the oldest are let go, with their leases",
                extra={"facts": facts},
            )

    def drop(self, volume: Volume) -> None:
        """Forget a volume; one that is not there is no error."""
        if self._volumes.get(volume.key) is volume:
            del self._volumes[volume.key]
            self._total -= self._sizes.pop(volume.key, 0)
            self.changed(volume)
