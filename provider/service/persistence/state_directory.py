"""The files of -state-dir: each whole or not there, and all of them one process's. Blocks; knows nothing of contents.

A process claims the directory before it reads. From then on the process before can change nothing in it, so that in
a rolling update an old volume never replaces a newer one.

Nothing is synced to the disk. A process that is killed loses no byte that the kernel has, a rename is done or not, and
what a machine loses that goes down would not be read again: after a boot, no file counts.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from provider import errors

LARGEST: Final = 128 * 1024 * 1024
"""Bytes of a file that is read: more than any record can have."""

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")

_OURS: Final = re.compile(r"[0-9a-f]{64}\.(sealed|token)")
_UNDER_WAY: Final = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{8}\.new")
_OWNER: Final = "owner"
_LONGEST_EPOCH: Final = 20
_ABANDONED: Final = 60.0
"""Seconds after which a file under way is a dead process's; a younger one may be that of our predecessor, who stops."""


def boot_id() -> str:
    """What the kernel calls the time since it started.

    Raises:
        errors.SettingsError: it does not say.
    """
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise errors.SettingsError(
            f"-state-dir: {BOOT_ID} cannot be read ({type(error).__name__})", hint="leave -state-dir empty here"
        ) from error


def name(uid: str, target_path: str) -> str:
    """Of the file of a pod's volume; tells neither."""
    both = f"{uid}\0{target_path}".encode("utf-8", "surrogatepass")
    return f"{hashlib.sha256(both).hexdigest()}.sealed"


def token_name(digest: str) -> str:
    """Of the file of a token's entry in the ledger, by the hexadecimal SHA-256 of the token; hashed once more."""
    return f"{hashlib.sha256(digest.encode()).hexdigest()}.token"


def is_token(file: str) -> bool:
    """Whether a file is a token's."""
    return file.endswith(".token")


class NotOwner(Exception):
    """Another process has claimed the directory since."""


class Directory:
    """The directory. Every method but `prepare` and `is_owned` raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._epoch = 0

    def claim(self) -> None:
        """Make this process the owner, and nobody else: until another claims it.

        The owner is a number in a file, one more with each claim, read and written under a lock (flock) that no write
        of another process can span.
        """
        with self._locked() as file:
            written = os.pread(file, _LONGEST_EPOCH, 0).decode("ascii", "replace").strip()
            self._epoch = (int(written) if written.isdecimal() else 0) + 1
            os.ftruncate(file, 0)
            os.pwrite(file, f"{self._epoch}\n".encode(), 0)

    def is_owned(self) -> bool:
        """Whether no other process has claimed the directory since this one did; also where it cannot be read."""
        try:
            written = self.read(_OWNER)
        except OSError:
            return True
        return written in (b"", f"{self._epoch}\n".encode())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        file = os.open(self.path / _OWNER, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _owned(self) -> Iterator[None]:
        """For as long as nobody else can claim the directory.

        Raises:
            NotOwner: somebody has.
        """
        with self._locked() as file:
            written, mine = os.pread(file, _LONGEST_EPOCH, 0), f"{self._epoch}\n".encode()
            if not written:
                # The directory was emptied, or made again.
                os.pwrite(file, mine, 0)
            elif written != mine:
                raise NotOwner
            yield

    def prepare(self) -> None:
        """Make it if need be, and look whether it is for us alone.

        Raises:
            errors.SettingsError: it is not, or cannot be made.
        """
        try:
            with contextlib.suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
            found = self.path.lstat()
        except OSError as error:
            raise errors.SettingsError(
                f"-state-dir: {self.path} cannot be made ({error.strerror})",
                hint="name a directory whose parent is there",
            ) from error
        if not stat.S_ISDIR(found.st_mode):
            raise errors.SettingsError(f"-state-dir: {self.path} is no directory")
        mode, owner = stat.S_IMODE(found.st_mode), os.geteuid()
        if found.st_uid != owner or mode & 0o077:
            raise errors.SettingsError(
                f"-state-dir: {self.path} belongs to user {found.st_uid} and has mode {mode:04o}: it is open to others",
                hint=f"it must belong to user {owner} and have mode 0700; it is made so where it is not there",
            )

    def names(self, now: float) -> list[str]:
        """Our files, the oldest first. What a killed process left half written by `now` (epoch seconds) is removed."""
        found: list[tuple[float, str]] = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                written = entry.stat(follow_symlinks=False).st_mtime
                if _OURS.fullmatch(entry.name):
                    found.append((written, entry.name))
                elif _UNDER_WAY.fullmatch(entry.name) and now - written > _ABANDONED:
                    self.remove(entry.name)
        return [each for _, each in sorted(found)]

    def read(self, file: str) -> bytes:
        """The bytes of a file."""
        with open(self.path / file, "rb", opener=_no_links) as source:
            return source.read(LARGEST)

    def write(self, file: str, content: bytes) -> None:
        """Put a file in place of what was there, in one step. Where that fails, what was there is gone too.

        An old snapshot would otherwise come back one day, and with it logins that may have been given up.

        Raises:
            NotOwner: the directory is another process's.
        """
        with self._owned():
            self._replace(file, content)

    def _replace(self, file: str, content: bytes) -> None:
        fresh = self.path / f"{file.partition('.')[0]}.{secrets.token_hex(4)}.new"
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as sink:
                sink.write(content)
            fresh.replace(self.path / file)
        except OSError:
            for each in (fresh, self.path / file):
                with contextlib.suppress(OSError):
                    each.unlink(missing_ok=True)
            raise

    def remove(self, file: str) -> None:
        """Remove a file, if it is there.

        Raises:
            NotOwner: the directory is another process's.
        """
        with self._owned():
            (self.path / file).unlink(missing_ok=True)


def _no_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
