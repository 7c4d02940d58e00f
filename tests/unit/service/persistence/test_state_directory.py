"""The directory of sealed records: for us alone, each file whole or not there."""

import os
import resource
import stat
import threading
import time
from pathlib import Path

import pytest

from provider import errors
from provider.service.persistence import state_directory

NAME = state_directory.name("uid", "/target")


@pytest.fixture
def directory(tmp_path: Path) -> state_directory.Directory:
    made = state_directory.Directory(tmp_path / "state")
    made.prepare()
    made.claim()
    return made


def names(directory: state_directory.Directory) -> list[str]:
    """All files but that of the owner."""
    return [path.name for path in directory.path.iterdir() if path.name != "owner"]


def test_it_is_made_for_us_alone(directory: state_directory.Directory) -> None:
    """Mode 0700, files 0600, whatever the umask; and taken again as it is."""
    directory.write(NAME, b"x")
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory.path / NAME).stat().st_mode) == 0o600
    directory.prepare()
    assert directory.read(NAME) == b"x"


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o750, 0o755, 0o777, 0o1777])
def test_one_that_others_can_use_is_refused(directory: state_directory.Directory, mode: int) -> None:
    """With its mode, and the one to give it."""
    directory.path.chmod(mode)
    with pytest.raises(errors.SettingsError, match=f"{mode:04o}.*0700"):
        directory.prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_one_that_is_anothers_is_refused(directory: state_directory.Directory) -> None:
    """With its owner."""
    os.chown(directory.path, 12345, 0)
    with pytest.raises(errors.SettingsError, match=f"user 12345.*user {os.geteuid()}"):
        directory.prepare()


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    """A file, a link, a place that cannot be."""
    (tmp_path / "file").write_text("")
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "home")
    for name in ("file", "link", "none/state", "file/state"):
        with pytest.raises(errors.SettingsError, match="-state-dir"):
            state_directory.Directory(tmp_path / name).prepare()


def test_names_tell_nothing() -> None:
    """Neither pod nor path; another pod or target has another, also where both run together alike."""
    assert "uid" not in NAME
    assert (
        len({state_directory.name(*each) for each in [("a", "b"), ("ab", ""), ("", "ab"), ("a", "c"), ("a", "b")]}) == 4
    )


def test_they_are_told_oldest_first(directory: state_directory.Directory) -> None:
    """And nothing that is not ours, which also stays."""
    for age, uid in enumerate(("new", "old")):
        directory.write(state_directory.name(uid, ""), b"")
        os.utime(directory.path / state_directory.name(uid, ""), (1000 - age, 1000 - age))
    (directory.path / "README").write_text("somebody's")
    assert directory.names(time.time()) == [state_directory.name("old", ""), state_directory.name("new", "")]
    assert (directory.path / "README").exists()


def test_what_a_killed_process_left_is_cleared_away(directory: state_directory.Directory) -> None:
    """Once it is old: a younger one may be under way in a predecessor that stops."""
    stem = NAME.removesuffix(".sealed")
    for name, written in (("00000001", 1000), ("00000002", None)):
        path = directory.path / f"{stem}.{name}.new"
        path.write_bytes(b"half")
        if written:
            os.utime(path, (written, written))
    assert directory.names(time.time()) == []
    assert names(directory) == [f"{stem}.00000002.new"]


def test_no_reader_ever_sees_half_a_file(directory: state_directory.Directory) -> None:
    """While it is written over and over."""
    contents = [bytes([number]) * 200_000 for number in range(8)]
    directory.write(NAME, contents[0])
    done = threading.Event()

    def write() -> None:
        for _ in range(10):
            for content in contents:
                directory.write(NAME, content)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert directory.read(NAME) in contents
    writer.join()
    assert names(directory) == [NAME]


def test_what_cannot_be_written_leaves_nothing(directory: state_directory.Directory) -> None:
    """Neither half a file, nor the old one, which would come back after a restart."""
    directory.write(NAME, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            directory.write(NAME, b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(directory) == []


def test_links_are_not_followed(directory: state_directory.Directory, tmp_path: Path) -> None:
    """Neither read nor written through."""
    (tmp_path / "elsewhere").write_bytes(b"untouched")
    (directory.path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        directory.read(NAME)
    directory.write(NAME, b"x")
    assert (tmp_path / "elsewhere").read_bytes() == b"untouched"


def test_the_boot_has_a_name() -> None:
    """The same as long as the machine runs."""
    if not state_directory.BOOT_ID.exists():
        pytest.skip("no Linux")
    assert len(state_directory.boot_id()) == 36
    assert state_directory.boot_id() == state_directory.boot_id()


def test_whoever_claims_it_last_owns_it(directory: state_directory.Directory) -> None:
    """The process before writes and removes nothing any more, and can see it."""
    directory.write(NAME, b"old")
    successor = state_directory.Directory(directory.path)
    assert directory.is_owned()
    successor.claim()
    assert not directory.is_owned()
    assert successor.is_owned()
    successor.write(NAME, b"new")
    with pytest.raises(state_directory.NotOwner):
        directory.write(NAME, b"old again")
    with pytest.raises(state_directory.NotOwner):
        directory.remove(NAME)
    assert successor.read(NAME) == b"new"


def test_one_that_was_emptied_is_still_its_owners(directory: state_directory.Directory) -> None:
    """Somebody cleaned up; nobody else has come."""
    (directory.path / "owner").unlink()
    assert directory.is_owned()
    directory.write(NAME, b"x")
    assert directory.is_owned()
    successor = state_directory.Directory(directory.path)
    successor.claim()
    assert not directory.is_owned()


def test_claims_at_the_same_time_leave_one_owner(directory: state_directory.Directory) -> None:
    """Each claim is one more than the one before it."""
    claimants = [state_directory.Directory(directory.path) for _ in range(20)]
    workers = [threading.Thread(target=each.claim) for each in claimants]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(each.is_owned() for each in claimants) == 1
