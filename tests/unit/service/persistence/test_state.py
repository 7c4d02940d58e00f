"""Records on disk: written as they change, loaded at the start, and never a reason to fail."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from provider import model
from provider.base import secret
from provider.observe import log_lines
from provider.service.persistence import state, state_directory
from provider.service.volumes import token_ledger, volume_state, volume_store
from provider.vault import sessions
from tests.doubles import clocks
from tests.unit.service.persistence import test_snapshot as building

KEY = secret.Secret(b"k" * 32)
BOOT = "boot"


class Key:
    """The HMAC key, once it is there."""

    def __init__(self, held: secret.Secret | None = KEY) -> None:
        self.held = held

    def look(self) -> None:
        pass

    async def current(self) -> secret.Secret | None:
        return self.held

    async def settled(self, patience: float) -> secret.Secret | None:
        return self.held


class Life:
    """One process: its records, its tokens, and what keeps them."""

    def __init__(
        self, path: Path, key: Key | None = None, boot: str = BOOT, limit: int = 1 << 20, at: float = 10.0
    ) -> None:
        self.time = clocks.TestClock()
        self.time.moment = at
        self.directory = state_directory.Directory(path)
        self.directory.prepare()
        self.key = key or Key()
        self.state = state.State(self.directory, boot, self.key, self.time, log_lines.LogLines(self.time))
        self.record = volume_store.VolumeStore(limit, self.state)
        self.tokens = sessions.Sessions(10, self.time)
        self.ledger = token_ledger.Ledger(self.time)

    async def __aenter__(self) -> "Life":
        # Only while there is no key does a start go on without what is on disk.
        patience = 0.2 if self.key.held is None else clocks.HANGS
        await self.state.start(self.record, self.ledger, self.tokens, patience)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.state.close()

    async def mount(self, pod: model.Pod = building.POD) -> volume_state.Volume:
        """What a mount does to a record."""
        volume = self.record.open(pod, "/target")
        made = building.volume(pod, content={"warnings": ()})
        assert made.identity is not None
        assert made.content is not None
        self.record.assign_responses(volume, made.identity, made.lifecycle)
        for read, cached in made.responses:
            volume.responses.put(read, cached)
        volume.succeeded(made.content, 2.0)
        self.record.recount(volume)
        await self.record.flushed(volume)
        return volume

    @property
    def files(self) -> list[Path]:
        return sorted(self.directory.path.glob("*.sealed"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
async def life(path: Path) -> AsyncIterator[Life]:
    async with Life(path) as begun:
        yield begun


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(clocks.HANGS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_mount_is_on_disk_before_it_is_answered(path: Path, life: Life) -> None:
    """A process that is killed right then is no worse off than one that is stopped."""
    await life.mount()
    async with Life(path) as after:
        volume = after.record.find(building.POD.uid, "/target")
        assert volume is not None
        assert volume.is_good(10.0)
        session = after.tokens.find(building.IDENTITY)
        assert session is not None
        assert session.token == secret.Secret("hvs.canary")
        assert [kept.session for _, kept in volume.responses] == [session]


async def test_no_value_no_token_and_no_name_is_in_the_files(life: Life) -> None:
    """Nor in their names."""
    await life.mount()
    [file] = life.files
    sealed = file.name.encode() + file.read_bytes()
    for word in (b"canary", b"hvs.", b"password", b"database", b"api-0", b"uid-1", b"accessor", b"http", b"target"):
        assert word not in sealed


async def test_what_changes_beside_mounts_follows(path: Path, life: Life) -> None:
    """Many changes, one write."""
    volume = await life.mount()
    volume.warned(("changed",))
    for _ in range(100):
        life.record.changed(volume)
    before = life.files[0].stat().st_ino
    await until(lambda: life.files and life.files[0].stat().st_ino != before)
    assert life.time.slept == [state.SOON]
    async with Life(path, at=20.0) as after:
        assert [each.content.warnings for each in after.record if each.content] == [("changed",)]


async def test_what_has_not_been_written_is_at_the_end(path: Path) -> None:
    """A stop loses nothing."""
    async with Life(path) as life:
        volume = await life.mount()
        volume.warned(("last",))
        life.record.changed(volume)
    async with Life(path, at=20.0) as after:
        assert [each.content.warnings for each in after.record if each.content] == [("last",)]


async def test_a_dropped_record_leaves_no_file(life: Life) -> None:
    """Its pod is gone, or there was too much."""
    life.record.drop(await life.mount())
    await until(lambda: not life.files)


async def test_too_much_on_disk_is_not_too_much_in_memory(path: Path, life: Life) -> None:
    """What can be read again is dropped of the oldest; every volume with what it was issued is known."""
    for number in range(4):
        await life.mount(model.Pod("ns", "p", f"uid-{number}", "sa"))
        file = life.directory.path / state_directory.name(f"uid-{number}", "/target")
        os.utime(file, (1000 + number, 1000 + number))
    async with Life(path, limit=24_000) as after:
        assert [volume.pod.uid for volume in after.record] == ["uid-0", "uid-1", "uid-2", "uid-3"]
        assert [volume.content.has_files for volume in after.record if volume.content][0::3] == [False, True]
        assert all(cached.has_body for volume in after.record for _, cached in volume.responses)
        assert len(after.files) == 4


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"key": Key(secret.Secret(b"o" * 32))}, "another HMAC key"),
        ({"boot": "later"}, "last boot"),
    ],
)
async def test_what_is_not_ours_any_more_is_removed_and_told(
    path: Path, life: Life, caplog: pytest.LogCaptureFixture, other: dict[str, object], message: str
) -> None:
    """Once for all files of a reason."""
    for uid in ("a", "b"):
        await life.mount(model.Pod("ns", "p", uid, "sa"))
    with caplog.at_level(logging.WARNING, "provider.state"):
        async with Life(path, **other) as after:  # type: ignore[arg-type]
            assert len(after.record) == 0
            assert after.files == []
    [line] = caplog.records
    assert message in line.__dict__["facts"]["why"]
    assert line.__dict__["facts"]["files"] == 2


async def test_one_bad_file_costs_no_other(path: Path, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """Cut off, changed, in another's place, of another version, no file at all."""
    for uid in "abcdef":
        await life.mount(model.Pod("ns", "p", uid, "sa"))
    cut, changed, moved, old, large, _ = (path / state_directory.name(uid, "/target") for uid in "abcdef")
    cut.write_bytes(cut.read_bytes()[:-1])
    changed.write_bytes(changed.read_bytes()[:-1] + bytes([changed.read_bytes()[-1] ^ 1]))
    moved.write_bytes(large.read_bytes())
    old.write_bytes(old.read_bytes().replace(b"state\n\x02", b"state\n\x01"))
    large.unlink()
    large.symlink_to("/dev/zero")
    async with Life(path) as after:
        assert [volume.pod.uid for volume in after.record] == ["f"]
        assert len(after.files) == 1
    assert len(caplog.messages) == 3


async def test_a_key_that_comes_late_brings_the_records_late(
    path: Path, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    """The start is held up for a moment only; what was mounted anew by then is left as it is, the rest comes back."""
    await life.mount()
    await life.mount(model.Pod("ns", "b", "uid-b", "sa"))
    await life.state.close()
    key = Key(None)
    async with Life(path, key) as after:
        assert len(after.record) == 0
        assert "no HMAC key yet" in str([line.__dict__["facts"] for line in caplog.records])
        anew = await after.mount()
        anew.warned(("anew",))
        key.held = KEY
        await until(lambda: len(after.record) == 2)
        assert after.record.find(building.POD.uid, "/target") is anew
        first = path / state_directory.name("uid-1", "/target")
        await until(lambda: first.stat().st_mtime > (path / state_directory.name("uid-b", "/target")).stat().st_mtime)


async def test_a_mount_that_fails_before_the_key_comes_costs_no_record(path: Path, life: Life) -> None:
    """Its empty record gives way to what is on disk."""
    await life.mount()
    await life.state.close()
    key = Key(None)
    async with Life(path, key) as after:
        after.record.assign_responses(after.record.open(building.POD, "/target"), building.IDENTITY, model.Lifecycle())
        await asyncio.sleep(0.05)
        assert len(after.files) == 1
        key.held = KEY
        await until(lambda: any(volume.content for volume in after.record))


async def test_a_key_that_is_replaced_seals_everything_anew(path: Path, life: Life) -> None:
    """Also what has not changed since."""
    for uid in ("a", "b"):
        await life.mount(model.Pod("ns", "p", uid, "sa"))
    await life.state.close()
    key = Key()
    other = Key(secret.Secret(b"o" * 32))
    async with Life(path, key) as between:
        key.held = other.held
        await between.mount()
    async with Life(path, other, at=20.0) as after:
        assert len(after.record) == 3


async def test_a_weak_key_seals_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Records are in memory only then, and that is told."""
    async with Life(path, Key(secret.Secret(b"weak"))) as life:
        await life.mount()
        assert life.files == []
    assert "memory only" in caplog.text


async def test_what_cannot_be_written_is_told_once(path: Path, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """Mounts go on; when it can be again, it is, and that is told too."""
    await asyncio.to_thread(shutil.rmtree, path)
    with caplog.at_level(logging.INFO, "provider.state"):
        for uid in ("a", "b", "c"):
            await life.mount(model.Pod("ns", "p", uid, "sa"))
        await until(lambda: life.time.slept)
        assert len([line for line in caplog.messages if "cannot be written" in line]) == 1
        await asyncio.to_thread(path.mkdir, mode=0o700)
        await until(lambda: len(life.files) == 3)
        await until(lambda: "written again" in caplog.text)
    assert len(caplog.messages) == 2


async def test_a_disk_with_room_for_some_is_not_told_again_and_again(
    path: Path, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    """One line while any record cannot be written, whatever becomes of the others."""
    obstacle = path / state_directory.name("large", "/target")
    await asyncio.to_thread(obstacle.mkdir)
    with caplog.at_level(logging.INFO, "provider.state"):
        for uid in ("large", "a", "large", "b"):
            await life.mount(model.Pod("ns", "p", uid, "sa"))
        await until(lambda: len(life.time.slept) > 3)
        assert len(caplog.messages) == 1
        await asyncio.to_thread(obstacle.rmdir)
        await until(obstacle.is_file)
        await until(lambda: len(caplog.messages) == 2)


async def test_a_directory_that_vanished_is_no_end(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The start goes on without."""
    life = Life(path)
    await asyncio.to_thread(path.rmdir)
    async with life:
        assert len(life.record) == 0
    assert "cannot be read" in str([line.__dict__["facts"] for line in caplog.records])


async def test_without_a_keeper_nothing_is_kept() -> None:
    """Records as they are by default."""
    record = volume_store.VolumeStore(1 << 20)
    volume = record.open(building.POD, "/target")
    record.changed(volume)
    await record.flushed(volume)


async def test_a_second_process_takes_over(path: Path, life: Life, caplog: pytest.LogCaptureFixture) -> None:
    """As in a rolling update: what the first one does from then on changes nothing for its successor."""
    volume = await life.mount()
    async with Life(path, at=11.0) as after:
        with caplog.at_level(logging.INFO, "provider.state"):
            volume.warned(("old",))
            life.record.changed(volume)
            await life.record.flushed(volume)
        assert not life.state.is_owner
        assert after.state.is_owner
        assert "claimed by another provider" in caplog.text
        await life.mount(model.Pod("ns", "b", "uid-b", "sa"))
        assert len(after.files) == 1
    async with Life(path, at=20.0) as third:
        assert [each.content.warnings for each in third.record if each.content] == [()]


async def test_what_is_to_be_revoked_is_known_to_the_next_process(path: Path, life: Life) -> None:
    """A process killed within the grace, or while Vault was away, loses no revocation."""
    volume = await life.mount()
    session = next(cached.session for _, cached in volume.responses)
    use = token_ledger.Use(volume.origin, revoke=True)
    life.ledger.use(building.IDENTITY, session, volume.key, use)
    life.ledger.release_pod("uid-1")
    life.record.drop(volume)
    await until(lambda: [file.suffix for file in path.iterdir() if file.name != "owner"] == [".token"])
    async with Life(path, at=20.0) as after:
        [entry] = after.ledger
        assert (entry.is_leaving, entry.left_by, entry.left_at) == (True, use, 10.0)
        assert entry.session.token == session.token
        after.ledger.end(entry)
        await until(lambda: not list(path.glob("*.token")))


async def test_a_token_is_one_in_the_ledger_and_in_the_volumes(path: Path, life: Life) -> None:
    """A renewal that is seen by one is seen by the other."""
    volume = await life.mount()
    session = next(cached.session for _, cached in volume.responses)
    life.ledger.use(building.IDENTITY, session, volume.key, token_ledger.Use(volume.origin, revoke=True))
    session.ends = 5000.0
    life.record.changed(volume)
    await life.record.flushed(volume)
    async with Life(path, at=20.0) as after:
        [entry], [restored] = list(after.ledger), list(after.record)
        assert [cached.session for _, cached in restored.responses] == [entry.session]
        assert entry.session.ends == 5000.0
