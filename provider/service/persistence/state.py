"""Keeps volumes on disk: loaded once at the start, written as they change, so that a restart issues nothing again.

What a mount got from Vault is on disk before the mount is answered: a process that is killed at any moment leaves no
pod with a login that its successor does not know. What changes alongside the mounts (dates of renewed leases) follows
within a second or two. Everything is encrypted under the HMAC key; while there is none, nothing is read or written.

A disk that is full or read-only is reported once, and again when it is well: mounts never fail on its account.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from provider import settings
from provider.base import clock, once, secret, tasks, threads
from provider.observe import events, observers
from provider.service import codec, ports
from provider.service.persistence import sealing, snapshot, state_directory
from provider.service.volumes import token_ledger, volume_state, volume_store
from provider.vault import sessions

FIRST_PATIENCE: Final = 5.0
"""Seconds that the sockets wait at the start for what is on disk: for the HMAC key of the API server, above all.

Then pods are served without: they cannot wait for an API server. What comes from disk later is taken for the volumes
that have not been mounted by then.
"""

SOON: Final = 1.0
"""Seconds in which changes alongside the mounts gather before they are written."""

_WRITE_PATIENCE: Final = 2.0
"""Seconds that a mount waits for its volume to be on disk."""

_AGAIN: Final = 30.0
"""Seconds until what could not be written is tried again."""

_LOOK: Final = 1.0

_log: Final = logging.getLogger("provider.state")


class State:
    """Keeps volumes in `directory`.

    Args:
        directory: prepared.
        boot: the node's boot id.
        key: the HMAC key.
        time: the clock.
        observer: learns what was restored, and what cannot be written.
    """

    def __init__(
        self,
        directory: state_directory.Directory,
        boot: str,
        key: ports.VersionKey,
        time: clock.Clock,
        observer: observers.Observer,
    ) -> None:
        self._directory = directory
        self._boot = boot
        self._key = key
        self._time = time
        self._observer = observer
        self._format = snapshot.Format(snapshot.Snapshot)
        self._token_format = snapshot.Format(snapshot.TokenSnapshot)
        # One thread: of two writes of a file, the later one stays.
        self._threads = threads.Threads(1, "state")
        self._tasks = tasks.Tasks(_log, time)
        self._volumes: volume_store.VolumeStore | None = None
        self._ledger: token_ledger.Ledger | None = None
        # Keys only: a volume that is gone must not live on here, with all it holds. Tokens go by their digest.
        self._changed: dict[volume_state.Key | str, None] = {}
        # Which of a token's ends is stored: the next process must not take one that was renewed for ended.
        self._stored_ends: dict[str, float] = {}
        self._sealed_by: secret.Secret | None = None
        self._seal: sealing.Seal | None = None
        self._is_flushing = False
        self._write_failures = once.Once()
        self._off = False
        self._lost = False
        self._closed = False

    async def start(
        self,
        volumes: volume_store.VolumeStore,
        ledger: token_ledger.Ledger,
        session_pool: sessions.Sessions,
        patience: float = FIRST_PATIENCE,
    ) -> None:
        """Load volumes, ledger and tokens; what takes longer than `patience` seconds goes on in the background."""
        self._ledger = ledger
        ledger.on_change(self._token_changed)
        loading = self._tasks.start("load the state", self._load(volumes, session_pool))
        done, _ = await asyncio.wait({loading}, timeout=patience)
        if not done:
            why = "there is no HMAC key yet" if self._sealed_by is None else "it takes long to read"
            self._observer.observe(events.StateDelayed(directory=str(self._directory.path), why=why))

    @property
    def is_owner(self) -> bool:
        """Whether this process may renew and revoke what is mounted: until another has claimed the directory.

        Looks each time, which takes microseconds: a few bytes on a tmpfs.
        """
        if self._volumes is not None and not self._lost and not self._directory.is_owned():
            self._lose()
        return not self._lost

    def _lose(self) -> None:
        """Leave everything to the process that has claimed the directory."""
        if not self._lost:
            self._lost = self._off = True
            self._changed.clear()
            self._observer.observe(events.StateLost(directory=str(self._directory.path)))

    def changed(self, volume: volume_state.Volume) -> None:
        """See `volume_store.Persistence`."""
        if not self._off:
            self._changed[volume.key] = None
            for entry in self._tokens_of(volume):
                if self._stored_ends.get(entry.digest) != entry.session.ends:
                    self._changed[entry.digest] = None
            self._flush_soon()

    def _tokens_of(self, volume: volume_state.Volume) -> list[token_ledger.Entry]:
        return self._ledger.used_by(volume.key) if self._ledger is not None else []

    def _token_changed(self, entry: token_ledger.Entry) -> None:
        if not self._off:
            self._changed[entry.digest] = None
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._changed and not self._is_flushing and self._volumes is not None and not self._closed:
            self._is_flushing = True
            self._tasks.start("write the state", self._flush())

    async def flushed(self, volume: volume_state.Volume) -> None:
        """See `volume_store.Persistence`."""
        keys = [volume.key, *(entry.digest for entry in self._tokens_of(volume))]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WRITE_PATIENCE):
                for key in keys:
                    if key in self._changed:
                        await self._write(key)

    async def close(self, patience: float = settings.SHUTDOWN.store) -> None:
        """Write what is not written yet, within `patience` seconds, and end."""
        self._closed = True
        await self._tasks.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                for key in list(self._changed):
                    await self._write(key)
        self._threads.close()

    async def _flush(self) -> None:
        pause = SOON
        try:
            while self._changed:
                await self._time.sleep(pause)
                done = [await self._write(key) for key in list(self._changed)]
                pause = SOON if all(done) else _AGAIN
                if all(done) and self._write_failures.recovered():
                    self._observer.observe(events.StateWriteRecovered(directory=str(self._directory.path)))
        finally:
            self._is_flushing = False

    async def _write(self, key: volume_state.Key | str) -> bool:
        """Make the file of a volume or a token what is known of it; whether that was done."""
        if self._volumes is None or (seal := await self._current_seal()) is None:
            return False
        self._changed.pop(key, None)
        file, content = self._document(key)

        def work() -> None:
            if content is None:
                self._directory.remove(file)
            else:
                self._directory.write(file, seal.seal(file, content()))

        written = False
        try:
            await self._threads.run(work)
            written = True
        except threads.Closed:
            pass
        except state_directory.NotOwner:
            self._lose()
            return False
        except Exception as error:  # noqa: BLE001 -- a volume that cannot be stored is no reason to fail a mount
            if not self._write_failures.is_reported and self._write_failures.report():
                self._observer.observe(events.StateWriteFailed(directory=str(self._directory.path), why=_cause(error)))
        finally:
            if not written and not self._lost:
                self._changed[key] = None
                self._flush_soon()
        return written

    def _document(self, key: volume_state.Key | str) -> tuple[str, Callable[[], bytes] | None]:
        """The file of a volume or a token, and what makes its bytes; None where there is nothing to store."""
        now = self._time.monotonic()
        if isinstance(key, str):
            entry = self._ledger.find(key) if self._ledger is not None else None
            file = state_directory.token_name(key)
            if entry is None:
                self._stored_ends.pop(key, None)
                return file, None
            self._stored_ends[key] = entry.session.ends
            token = snapshot.take_token(entry, now)
            return file, lambda: self._token_format.write(token)
        file = state_directory.name(*key)
        volume = self._volumes.find(*key) if self._volumes is not None else None
        taken = snapshot.take(volume, now) if volume is not None else None
        return file, None if taken is None or taken.is_empty else lambda: self._format.write(taken)

    async def _current_seal(self) -> sealing.Seal | None:
        """The seal of the HMAC key as it is now; when that is replaced, every file is written again."""
        key = await self._key.settled(0)
        if key is None:
            return self._seal
        if key != self._sealed_by:
            try:
                self._seal = self._make_seal(key)
            except ValueError as error:
                self._seal = None
                self._report_unusable(f"the HMAC key cannot encrypt anything: {error}")
            if self._sealed_by is not None and self._volumes is not None:
                self._changed.update(dict.fromkeys(volume.key for volume in self._volumes))
                self._changed.update(dict.fromkeys(entry.digest for entry in self._ledger or ()))
            self._sealed_by = key
        return self._seal

    def _make_seal(self, key: secret.Secret) -> sealing.Seal:
        return sealing.Seal(key, self._boot, snapshot.SCHEMA_VERSION)

    def _report_unusable(self, why: str) -> None:
        self._observer.observe(events.StateUnusable(directory=str(self._directory.path), why=why))

    async def _load(self, volumes: volume_store.VolumeStore, session_pool: sessions.Sessions) -> None:
        while (key := await self._key.current()) is None:
            await self._time.sleep(_LOOK)
        self._sealed_by = key
        try:
            self._seal = seal = await self._threads.run(lambda: self._make_seal(key))
        except ValueError as error:
            self._report_unusable(f"the HMAC key cannot encrypt anything: {error}")
            self._off = True
            self._changed.clear()
            return
        found = _Found()
        try:
            found = await self._threads.run(lambda: self._read_all(seal))
        except Exception as error:  # noqa: BLE001 -- without what was, everything goes on
            self._report_unusable(f"it cannot be read: {_cause(error)}")
        for why, files in found.discarded.items():
            self._observer.observe(events.StateDiscarded(directory=str(self._directory.path), files=files, why=why))
        restored = snapshot.restore(found.volumes, found.tokens, self._time.monotonic())
        self._volumes = volumes
        taken = sum(volumes.restore(volume) for volume in restored.volumes)
        for identity, session in restored.tokens.items():
            session_pool.restore(identity, session)
        for entry in restored.entries:
            if self._ledger is not None:
                self._ledger.restore(entry)
        self._flush_soon()
        if restored.volumes:
            self._observer.observe(events.StateRestored(volumes=taken))

    def _read_all(self, seal: sealing.Seal) -> "_Found":
        """Claim the directory, and give every snapshot in it that is good, the oldest first.

        What is not good is removed, and counted by reason.
        """
        self._directory.claim()
        found = _Found()
        for file in self._directory.names(self._time.now()):
            try:
                text = seal.open(file, self._directory.read(file))
                if state_directory.is_token(file):
                    found.tokens.append(self._token_format.read(text, self._time.monotonic()))
                else:
                    found.volumes.append(self._format.read(text, self._time.monotonic()))
            except (sealing.Unreadable, codec.SchemaMismatch, OSError) as error:
                found.discarded[_cause(error) if isinstance(error, OSError) else str(error)] += 1
                with contextlib.suppress(OSError):
                    self._directory.remove(file)
        return found


@dataclass(slots=True)
class _Found:
    """What was in the directory, and how many files were discarded for which reason."""

    volumes: list[snapshot.Snapshot] = field(default_factory=list)
    tokens: list[snapshot.TokenSnapshot] = field(default_factory=list)
    discarded: Counter[str] = field(default_factory=Counter)


def _cause(error: Exception) -> str:
    """What went wrong, without any path or content."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
