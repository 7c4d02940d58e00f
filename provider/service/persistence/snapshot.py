"""What of a volume outlives the process, as bytes and back. Pure; the bytes hold secrets and must be encrypted.

All dates stay in the clock's monotonic seconds: that clock belongs to the machine and runs on until it boots again, and
what was stored before a boot is never read. So no step of the wall clock makes a dead lease look alive. What only helps
within a process is left out: locks, requests under way, paths that were denied, when the last call was.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from provider import model
from provider.golang import gojson
from provider.service import codec
from provider.service.volumes import response_cache, token_ledger, volume_content, volume_state, volume_store
from provider.shapes import registry
from provider.vault import sessions

SCHEMA_VERSION: Final = 2
"""Of the bytes. With another number all that is stored is ignored: raise it only where `codec` cannot bridge it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A volume at one moment, `taken` (monotonic seconds); see `volume_state.Volume`."""

    taken: float
    target_path: str
    pod: model.Pod
    provider_class: str = ""
    lifecycle: model.Lifecycle = field(default_factory=model.Lifecycle)
    identity: sessions.Identity | None = None
    content: volume_content.Content | None = None
    failure: volume_state.RefreshFailure | None = None
    last_good: float = 0.0
    responses: tuple[tuple[model.Read, response_cache.CachedResponse], ...] = ()
    superseded: tuple[volume_state.UsedResponse, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing worth storing."""
        return self.content is None and not self.responses


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A volume that depends on a token; see `token_ledger.Use`."""

    key: volume_state.Key
    use: token_ledger.Use


@dataclass(frozen=True, slots=True)
class TokenSnapshot:
    """An entry of the ledger at one moment, `taken` (monotonic seconds); see `token_ledger.Entry`."""

    taken: float
    identity: sessions.Identity
    session: sessions.Session
    users: tuple[TokenUse, ...] = ()
    leases: tuple[tuple[str, str], ...] = ()
    left_by: token_ledger.Use | None = None
    left_at: float = 0.0


def take_token(entry: token_ledger.Entry, now: float) -> TokenSnapshot:
    """An entry as it is now."""
    return TokenSnapshot(
        taken=now,
        identity=entry.identity,
        session=dataclasses.replace(entry.session, denied=set()),
        users=tuple(TokenUse(key, use) for key, use in entry.users.items()),
        leases=tuple(entry.leases.items()),
        left_by=entry.left_by,
        left_at=entry.left_at,
    )


def take(volume: volume_state.Volume, now: float) -> Snapshot:
    """A volume as it is now; of responses that are shared, those that its files are made of."""
    used = {read for read, _ in volume.content.reads} if volume.content else set()
    own = volume.lifecycle.scope == model.LeaseScope.POD
    return Snapshot(
        taken=now,
        target_path=volume.key[1],
        pod=volume.pod,
        provider_class=volume.provider_class,
        lifecycle=volume.lifecycle,
        identity=volume.identity,
        content=volume.content,
        failure=volume.health.failure,
        last_good=volume.last_good,
        responses=tuple((read, _copy(cached)) for read, cached in volume.responses if own or read in used),
        superseded=tuple(dataclasses.replace(each, cached=_copy(each.cached)) for each in volume.superseded),
    )


def _copy(cached: response_cache.CachedResponse) -> response_cache.CachedResponse:
    """A response that stays as it is while it is written in a thread."""
    return dataclasses.replace(cached, session=dataclasses.replace(cached.session, denied=set()))


Taken = TypeVar("Taken", Snapshot, TokenSnapshot)


class Format(Generic[Taken]):
    """Bytes of one kind of snapshot."""

    def __init__(self, kind: type[Taken]) -> None:
        self._codec = codec.of(kind, registry.KINDS)

    def write(self, snapshot: Taken) -> bytes:
        """The bytes."""
        return gojson.dumps(self._codec.encode(snapshot)).encode("utf-8", "surrogatepass")

    def read(self, text: bytes, now: float) -> Taken:
        """What was written, at `now` (monotonic seconds).

        Raises:
            codec.SchemaMismatch: not a snapshot, or from a clock that is not this machine's.
        """
        try:
            document = gojson.loads(text.decode("utf-8", "surrogatepass"))
        except ValueError:
            raise codec.SchemaMismatch("not JSON") from None
        snapshot: Taken = self._codec.decode(document)
        if snapshot.taken > now:
            raise codec.SchemaMismatch("from a later time than this")
        return snapshot


@dataclass(frozen=True, slots=True)
class Restored:
    """What an earlier process knew: its volumes, the newest token of each identity, and its ledger."""

    volumes: list[volume_state.Volume]
    tokens: dict[sessions.Identity, sessions.Session]
    entries: list[token_ledger.Entry]


def restore(volumes: Iterable[Snapshot], tokens: Iterable[TokenSnapshot], now: float) -> Restored:
    """What was stored, joined again: volumes and entries in the order given.

    A token that stands in several snapshots is one session again, as it was seen last: renewed for one, it is for all.
    """
    snapshots, entries = list(volumes), list(tokens)
    seen = [(snapshot.taken, cached.session) for snapshot in snapshots for cached in _cached(snapshot)]
    seen += [(entry.taken, entry.session) for entry in entries]
    known = {_digest(session): session for _, session in sorted(seen, key=lambda each: each[0])}
    newest: dict[sessions.Identity, sessions.Session] = {}
    for snapshot in snapshots:
        for session in (known[_digest(cached.session)] for _, cached in snapshot.responses):
            if snapshot.identity is not None and newest.get(snapshot.identity, session).born <= session.born:
                newest[snapshot.identity] = session
    return Restored(
        [_volume(snapshot, known, now) for snapshot in snapshots],
        newest,
        [_entry(entry, known[_digest(entry.session)]) for entry in entries],
    )


def _entry(entry: TokenSnapshot, session: sessions.Session) -> token_ledger.Entry:
    return token_ledger.Entry(
        identity=entry.identity,
        session=session,
        users={each.key: each.use for each in entry.users},
        leases=dict(entry.leases),
        left_by=entry.left_by,
        left_at=entry.left_at,
    )


def _volume(snapshot: Snapshot, known: Mapping[bytes, sessions.Session], now: float) -> volume_state.Volume:
    def joined(cached: response_cache.CachedResponse) -> response_cache.CachedResponse:
        return dataclasses.replace(cached, session=known[_digest(cached.session)])

    volume = volume_state.Volume(
        key=volume_store.VolumeStore.key(snapshot.pod, snapshot.target_path),
        pod=snapshot.pod,
        provider_class=snapshot.provider_class,
        lifecycle=snapshot.lifecycle,
        identity=snapshot.identity,
        content=snapshot.content,
        health=volume_state.Health(snapshot.failure),
        superseded=tuple(dataclasses.replace(each, cached=joined(each.cached)) for each in snapshot.superseded),
        last_call=now,
        last_good=snapshot.last_good,
    )
    for read, cached in snapshot.responses:
        volume.responses.put(read, joined(cached))
    return volume


def _cached(snapshot: Snapshot) -> Iterable[response_cache.CachedResponse]:
    return (*(cached for _, cached in snapshot.responses), *(each.cached for each in snapshot.superseded))


def _digest(session: sessions.Session) -> bytes:
    """A hash of the token: a secret cannot be the key of a dictionary."""
    return hashlib.sha256(session.token.reveal()).digest()
