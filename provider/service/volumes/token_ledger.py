"""Records which volumes depend on which Vault token, and which tokens are to be revoked once none does. Pure.

A token is entered when a mount is given it. Its users are recorded, never inferred: the volumes whose files are made
with it, and those whose mount is under way. An entry whose last user leaves stays until it is revoked, if that is what
the SPC asked for; it is stored with the volumes, so that it outlives the process.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from provider import model
from provider.base import clock
from provider.service.volumes import response_cache, volume_state
from provider.vault import leases, sessions


@dataclass(frozen=True, slots=True)
class Use:
    """A volume that depends on a token.

    Attributes:
        origin: its pod and SPC.
        revoke: whether its SPC wants the token revoked when the pod is gone.
    """

    origin: model.Origin
    revoke: bool


@dataclass(slots=True, eq=False)
class Entry:
    """One Vault token.

    Attributes:
        identity: whose token it is.
        session: the token.
        users: the volumes that depend on it.
        leases: of a batch token, the ids of its leases and their Vault namespaces: they must be revoked one by one.
        left_by: the last user that wanted it revoked, None where none did.
        left_at: since when it has no user (monotonic seconds).
        digest: a hash of the token, which names it where the token itself must not stand.
    """

    identity: sessions.Identity
    session: sessions.Session
    users: dict[volume_state.Key, Use] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    left_by: Use | None = None
    left_at: float = 0.0
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.session.token.reveal()).hexdigest()

    @property
    def is_leaving(self) -> bool:
        """Whether it is to be revoked, since nobody depends on it any more."""
        return self.left_by is not None and not self.users


class Ledger:
    """All live tokens that mounts were given.

    Args:
        time: the clock.
    """

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._entries: dict[int, Entry] = {}
        self._by_digest: dict[str, Entry] = {}
        self._by_user: dict[volume_state.Key, dict[str, Entry]] = {}
        self._changed: Callable[[Entry], None] = lambda _: None

    def on_change(self, changed: Callable[[Entry], None]) -> None:
        """Have `changed` called with every entry that changes, or goes."""
        self._changed = changed

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, digest: str) -> Entry | None:
        """The entry of the token with this digest, if it is in the ledger."""
        return self._by_digest.get(digest)

    def used_by(self, key: volume_state.Key) -> list[Entry]:
        """The tokens that a volume depends on."""
        return list(self._by_user.get(key, {}).values())

    def use(self, identity: sessions.Identity, session: sessions.Session, key: volume_state.Key, use: Use) -> None:
        """A volume is given a token, or a response that was given to that token."""
        entry = self._entries.get(id(session)) or self._add(Entry(identity, session))
        if entry.users.get(key) != use:
            entry.users[key] = use
            self._by_user.setdefault(key, {})[entry.digest] = entry
            self._changed(entry)

    def book(self, read: model.Read, cached: response_cache.CachedResponse) -> None:
        """A response was given to a token that is in use."""
        entry, lease = self._entries.get(id(cached.session)), cached.lease
        if entry is not None and cached.session.is_batch and lease.kind is leases.Kind.LEASE:
            entry.leases[lease.id] = read.namespace
            self._changed(entry)

    def settle(self, key: volume_state.Key, depends_on: Collection[sessions.Session]) -> None:
        """A volume depends on these tokens from now on, and on no other."""
        kept = {id(session) for session in depends_on}
        for entry in self.used_by(key):
            if id(entry.session) not in kept:
                self._leave(entry, key)

    def release_pod(self, uid: str) -> None:
        """A pod is gone, and with it all its volumes, also those that no mount has finished."""
        for key in [key for key in self._by_user if key[0] == uid]:
            self.settle(key, ())

    @property
    def pods(self) -> dict[str, model.Pod]:
        """The pods whose volumes depend on a token, by UID."""
        return {key[0]: use.origin.pod for entry in self for key, use in entry.users.items()}

    def due(self, grace: float) -> list[Entry]:
        """The entries to revoke now: nobody has depended on them for `grace` seconds. Those that ended are dropped."""
        now = self._time.monotonic()
        for entry in self:
            if now >= entry.session.ends:
                self.end(entry)
        return [entry for entry in self if entry.is_leaving and now - entry.left_at >= grace]

    def end(self, entry: Entry) -> None:
        """Nothing is left to do for a token: it is revoked, or has ended by itself."""
        if self._entries.pop(id(entry.session), None) is not None:
            del self._by_digest[entry.digest]
            for key in entry.users:
                self._forget_user(key, entry)
            self._changed(entry)

    def restore(self, entry: Entry) -> None:
        """Take in the entry of an earlier process."""
        if id(entry.session) not in self._entries:
            self._add(entry)
            for key in entry.users:
                self._by_user.setdefault(key, {})[entry.digest] = entry

    def _add(self, entry: Entry) -> Entry:
        self._entries[id(entry.session)] = self._by_digest[entry.digest] = entry
        return entry

    def _forget_user(self, key: volume_state.Key, entry: Entry) -> None:
        used = self._by_user.get(key, {})
        used.pop(entry.digest, None)
        if not used:
            self._by_user.pop(key, None)

    def _leave(self, entry: Entry, key: volume_state.Key) -> None:
        use = entry.users.pop(key)
        self._forget_user(key, entry)
        if use.revoke:
            entry.left_by = use
        if entry.users:
            self._changed(entry)
        elif entry.left_by is None:
            self.end(entry)
        else:
            entry.left_at = self._time.monotonic()
            self._changed(entry)


@dataclass(frozen=True, slots=True)
class Account:
    """The ledger for one mount of one volume."""

    ledger: Ledger
    identity: sessions.Identity
    key: volume_state.Key
    use: Use

    def given(self, session: sessions.Session) -> None:
        """The mount is given a token."""
        self.ledger.use(self.identity, session, self.key, self.use)

    def book(self, read: model.Read, cached: response_cache.CachedResponse) -> None:
        """The mount is given a response, from Vault or from the cache."""
        if cached.ends_with_token:
            self.given(cached.session)
            self.ledger.book(read, cached)

    def settle(self, volume: volume_state.Volume, current: sessions.Session) -> None:
        """The mount has succeeded: what the files depend on, and the token in use, is all that the volume needs."""
        used = (each.cached for each in volume.used_responses())
        self.ledger.settle(self.key, [current, *(cached.session for cached in used if cached.ends_with_token)])
