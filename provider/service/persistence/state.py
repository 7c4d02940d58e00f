"""Records on disk: loaded once at the start, written as they change, so that a restart issues nothing anew.

What a mount got from Vault is on disk before the mount is answered: a process that is killed at any moment leaves no
pod with a login that its successor does not know. What changes beside mounts (dates of renewed leases) follows within a
second or two. Everything is sealed under the HMAC key; while there is none, nothing is read or written.

A disk that is full or read-only is told once, and again when it is well: mounts never fail on its account.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from typing import Final

from provider import model
from provider.base import clock, secret, threads
from provider.service import codec, ports
from provider.service.persistence import sealing, snapshot, state_directory
from provider.service.volumes import volume_store
from provider.vault import sessions

FIRST_PATIENCE: Final = 5.0
"""Seconds that the sockets wait at the start for what is on disk: for the HMAC key of the API server, above all.

Then pods are served without: they cannot wait for an API server. What comes from disk later is taken for the volumes
that have not been mounted anew by then.
"""

SOON: Final = 1.0
"""Seconds in which changes beside mounts gather before they are written."""

_WRITE_PATIENCE: Final = 2.0
"""Seconds that a mount waits for its record to be on disk."""

_AGAIN: Final = 30.0
"""Seconds until what could not be written is tried again."""

_LOOK: Final = 1.0

_log: Final = logging.getLogger("provider.state")


class State:
    """Keeps the records in `directory`.

    Args:
        directory: prepared.
        boot: the node's boot id.
        key: the HMAC key.
        time: the clock.
    """

    def __init__(
        self, directory: state_directory.Directory, boot: str, key: ports.VersionKey, time: clock.Clock
    ) -> None:
        self._directory = directory
        self._boot = boot
        self._key = key
        self._time = time
        self._format = snapshot.Format()
        # One thread: of two writes of a file, the later one stays.
        self._threads = threads.Threads(1, "state")
        self._records: volume_store.VolumeStore | None = None
        # Keys only: a volume that is gone must not live on here, with all it holds.
        self._marked: dict[volume_store.Key, None] = {}
        self._sealed_by: secret.Secret | None = None
        self._seal: sealing.Seal | None = None
        self._loading: asyncio.Task[None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._reported = ""
        self._off = False
        self._closed = False

    async def start(
        self, record: volume_store.VolumeStore, kept: sessions.Sessions, patience: float = FIRST_PATIENCE
    ) -> None:
        """Load into `record`, and the tokens into `kept`; what takes longer than `patience` seconds goes on beside."""
        self._loading = asyncio.create_task(self._load(record, kept), name="load the records")
        self._loading.add_done_callback(_loaded)
        done, _ = await asyncio.wait({self._loading}, timeout=patience)
        if not done:
            why = "there is no HMAC key yet" if self._sealed_by is None else "it takes long to read"
            _log.warning("state: mounts begin without what is in %s: %s", self._directory.path, why)

    def changed(self, volume: volume_store.Volume) -> None:
        """See `volume_store.Persistence`."""
        if not self._off:
            self._marked[volume.key] = None
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._marked and self._flushing is None and self._records is not None and not self._closed:
            self._flushing = asyncio.create_task(self._flush(), name="write the records")

    async def kept(self, volume: volume_store.Volume) -> None:
        """See `volume_store.Persistence`."""
        if volume.key not in self._marked:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WRITE_PATIENCE):
                await self._write(volume.key)

    async def close(self) -> None:
        """Write what is not written yet, within a short time, and end."""
        self._closed = True
        for task in (self._loading, self._flushing):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WRITE_PATIENCE):
                for key in list(self._marked):
                    await self._write(key)
        self._threads.close()

    async def _flush(self) -> None:
        pause = SOON
        try:
            while self._marked:
                await self._time.sleep(pause)
                done = [await self._write(key) for key in list(self._marked)]
                pause = SOON if all(done) else _AGAIN
                if self._reported and all(done):
                    self._reported = ""
                    _log.info("state: records are written to %s again", self._directory.path)
        finally:
            self._flushing = None

    async def _write(self, key: volume_store.Key) -> bool:
        """Make the file of a volume what is known of the volume; whether that was done."""
        if self._records is None or (seal := await self._current_seal()) is None:
            return False
        self._marked.pop(key, None)
        file = state_directory.name(*key)
        current = self._records.find(model.Pod(uid=key[0]), key[1])
        moment = snapshot.take(current, self._time.monotonic()) if current is not None else None

        def work() -> None:
            if moment is None or not (moment.rendered or moment.answers):
                self._directory.remove(file)
            else:
                self._directory.write(file, seal.seal(file, self._format.write(moment)))

        written = False
        try:
            await self._threads.run(work)
            written = True
        except threads.Closed:
            pass
        except Exception as error:  # noqa: BLE001 -- a record that cannot be kept is no reason to fail a mount
            self._report(_cause(error))
        finally:
            if not written:
                self._marked[key] = None
                self._flush_soon()
        return written

    def _report(self, cause: str) -> None:
        if not self._reported:
            _log.warning(
                "state: records cannot be written to %s: %s; mounts go on, and a restart would issue leases anew",
                self._directory.path,
                cause,
            )
        self._reported = cause

    async def _current_seal(self) -> sealing.Seal | None:
        """The seal of the HMAC key as it is now; when that is replaced, every file is written anew."""
        key = await self._key.settled(0)
        if key is None:
            return self._seal
        if key != self._sealed_by:
            self._seal = self._make_seal(key)
            if self._sealed_by is not None and self._records is not None:
                self._marked.update(dict.fromkeys(volume.key for volume in self._records))
            self._sealed_by = key
        return self._seal

    def _make_seal(self, key: secret.Secret) -> sealing.Seal | None:
        try:
            return sealing.Seal(key, self._boot, snapshot.FORM)
        except ValueError as error:
            _log.warning("state: the HMAC key cannot seal anything: %s; records are kept in memory only", error)
            return None

    async def _load(self, record: volume_store.VolumeStore, kept: sessions.Sessions) -> None:
        while (key := await self._key.current()) is None:
            await self._time.sleep(_LOOK)
        self._sealed_by = key
        self._seal = seal = await self._threads.run(lambda: self._make_seal(key))
        if seal is None:
            self._off = True
            self._marked.clear()
            return
        try:
            found = await self._threads.run(lambda: self._read_all(seal))
        except Exception as error:  # noqa: BLE001 -- without what was, everything goes on
            _log.warning("state: %s cannot be read: %s", self._directory.path, _cause(error))
            found = []
        volumes, tokens = snapshot.joined(found, self._time.monotonic())
        self._records = record
        taken = sum(record.restore(volume) for volume in volumes)
        for identity, session in tokens.items():
            kept.restore(identity, session)
        self._flush_soon()
        if volumes:
            _log.info("state: what was mounted is known again", extra={"facts": {"volumes": taken}})

    def _read_all(self, seal: sealing.Seal) -> list[snapshot.Snapshot]:
        """Every record that is good, the oldest first; what is not is removed, and told of by reason."""
        good: list[snapshot.Snapshot] = []
        bad: Counter[str] = Counter()
        for file in self._directory.names():
            try:
                text = seal.open(file, self._directory.read(file))
                good.append(self._format.read(text, self._time.monotonic()))
            except (sealing.Unreadable, codec.SchemaMismatch, OSError) as error:
                bad[_cause(error) if isinstance(error, OSError) else str(error)] += 1
                with contextlib.suppress(OSError):
                    self._directory.remove(file)
        for message, count in bad.items():
            _log.warning(
                "state: ignored and removed %d of the files in %s: %s; those pods' leases are issued anew",
                count,
                self._directory.path,
                message,
            )
        return good


def _loaded(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("state: internal error", exc_info=error)


def _cause(error: Exception) -> str:
    """What went wrong, without any path or content."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
