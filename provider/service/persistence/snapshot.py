"""What of a volume's record outlives the process, as bytes and back. Pure; the bytes hold secrets and are to be sealed.

All dates stay in the clock's monotonic seconds: that clock belongs to the machine and runs on until it boots again, and
what was saved before a boot is never read. So no step of the wall clock makes a dead lease look alive. What only helps
within a process is left out: locks, requests under way, paths that were denied, when the last call was.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provider import model
from provider.golang import gojson
from provider.service import codec
from provider.service.volumes import response_cache, volume_store
from provider.shapes import jobs
from provider.vault import sessions

FORM: Final = 1
"""Of the bytes. Another number, and all that is kept is forgotten: raise it only where `codec` cannot bridge it."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """An envelope that is shown while the data is the same: in which object, of which read, and a hash of that data."""

    name: str
    read: model.Read
    digest: bytes
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record at one moment, `taken` (monotonic seconds); see `volume_store.Volume`."""

    taken: float
    target_path: str
    pod: model.Pod
    provider_class: str = ""
    life: model.Life = field(default_factory=model.Life)
    identity: sessions.Identity | None = None
    digest: str = ""
    holding: str = ""
    answers: tuple[tuple[model.Read, response_cache.CachedResponse], ...] = ()
    reads: tuple[model.Read, ...] = ()
    left: tuple[volume_store.UsedResponse, ...] = ()
    dates: tuple[tuple[model.Read, float | None], ...] = ()
    rendered: tuple[jobs.Rendered, ...] = ()
    warnings: tuple[str, ...] = ()
    refreshed: float = 0.0
    failing: volume_store.RefreshFailure | None = None
    frozen: tuple[Frozen, ...] = ()


def take(volume: volume_store.Volume, now: float) -> Snapshot:
    """A record as it is now; of answers that are shared, those that this volume's files are made of."""
    held = [each for each in volume.held if volume.life.scope == "pod" or each[0] in volume.reads]
    return Snapshot(
        taken=now,
        target_path=volume.key[1],
        pod=volume.pod,
        provider_class=volume.provider_class,
        life=volume.life,
        identity=volume.identity,
        digest=volume.digest,
        holding=volume.holding,
        answers=tuple((read, _copy(kept)) for read, kept in held),
        reads=volume.reads,
        left=tuple(dataclasses.replace(each, kept=_copy(each.kept)) for each in volume.left),
        dates=tuple(volume.dates.items()),
        rendered=volume.rendered,
        warnings=volume.warnings,
        refreshed=volume.refreshed,
        failing=volume.failing,
        frozen=tuple(Frozen(*key, digest, envelope) for key, (digest, envelope) in volume.frozen.items()),
    )


def _copy(kept: response_cache.CachedResponse) -> response_cache.CachedResponse:
    """An answer that stays as it is while it is written in a thread."""
    return dataclasses.replace(kept, session=dataclasses.replace(kept.session, denied=set()))


class Format:
    """Bytes of one `Snapshot`."""

    def __init__(self) -> None:
        self._form = codec.of(Snapshot)

    def write(self, saved: Snapshot) -> bytes:
        """The bytes."""
        return gojson.dumps(self._form.pack(saved)).encode("utf-8", "surrogatepass")

    def read(self, text: bytes, now: float) -> Snapshot:
        """What was written, at `now` (monotonic seconds).

        Raises:
            packing.Misfit: nothing of ours, or from a clock that is not this machine's.
        """
        try:
            document = gojson.loads(text.decode("utf-8", "surrogatepass"))
        except ValueError:
            raise codec.SchemaMismatch("no JSON") from None
        saved: Snapshot = self._form.unpack(document)
        if saved.taken > now:
            raise codec.SchemaMismatch("from a later time than this")
        return saved


def joined(
    found: Iterable[Snapshot], now: float
) -> tuple[list[volume_store.Volume], dict[sessions.Identity, sessions.Session]]:
    """Records as they were, in the order given, and the newest token of each identity.

    A token that stands in several is one session again, as it was seen last: renewed for one, it is for all.
    """
    all_saved = list(found)
    by_age = sorted(all_saved, key=lambda saved: saved.taken)
    known = {_mark(kept.session): kept.session for saved in by_age for kept in _kepts(saved)}
    newest: dict[sessions.Identity, sessions.Session] = {}
    for saved in all_saved:
        for session in (known[_mark(kept.session)] for _, kept in saved.answers):
            if saved.identity is not None and newest.get(saved.identity, session).born <= session.born:
                newest[saved.identity] = session
    return [_volume(saved, known, now) for saved in all_saved], newest


def _volume(saved: Snapshot, known: Mapping[bytes, sessions.Session], now: float) -> volume_store.Volume:
    volume = volume_store.Volume(
        key=volume_store.VolumeStore.key(saved.pod, saved.target_path),
        pod=saved.pod,
        provider_class=saved.provider_class,
        life=saved.life,
        identity=saved.identity,
        digest=saved.digest,
        holding=saved.holding,
        reads=saved.reads,
        dates=dict(saved.dates),
        rendered=saved.rendered,
        warnings=saved.warnings,
        seen=now,
        refreshed=saved.refreshed,
        failing=saved.failing,
        frozen={(each.name, each.read): (each.digest, each.envelope) for each in saved.frozen},
    )
    for read, kept in saved.answers:
        volume.held.put(read, dataclasses.replace(kept, session=known[_mark(kept.session)]))
    volume.left = tuple(
        dataclasses.replace(each, kept=dataclasses.replace(each.kept, session=known[_mark(each.kept.session)]))
        for each in saved.left
    )
    return volume


def _kepts(saved: Snapshot) -> Iterable[response_cache.CachedResponse]:
    return (*(kept for _, kept in saved.answers), *(each.kept for each in saved.left))


def _mark(session: sessions.Session) -> bytes:
    """A hash of the token: a secret is no key of a dictionary."""
    return hashlib.sha256(session.token.reveal()).digest()
