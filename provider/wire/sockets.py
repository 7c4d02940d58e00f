"""Checks and names the files of unix sockets, which are open to their owner only and replace stale ones.

A socket is bound under a temporary name and renamed into place. Listening, and the protocol, are the caller's.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from provider import errors

MAX_PATH: Final = 100
"""Bytes of a socket's path: the kernel's limit of 107 less our temporary suffix."""


def check(path: Path, flag: str) -> None:
    """Check that a socket can be created at `path`.

    Raises:
        errors.SettingsError: it cannot; says why, and which flag to change.
    """
    if len(os.fsencode(path)) > MAX_PATH:
        raise errors.SettingsError(
            f"the socket path {path} is longer than {MAX_PATH} bytes", hint=f"choose a shorter {flag}"
        )
    if not path.parent.is_dir():
        raise errors.SettingsError(
            f"cannot listen on {path}: the directory {path.parent} does not exist",
            hint="create it, or mount the driver's provider directory there",
        )
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if not (stat.S_ISSOCK(mode) or stat.S_ISREG(mode)):
            raise errors.SettingsError(
                f"{path} exists and is not a socket", hint=f"remove it, or choose another {flag}"
            )


def temporary(path: Path) -> Path:
    """Return a name in the same directory to bind before the rename."""
    return path.with_name(f".{secrets.token_hex(2)}")


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Bind sockets with mode 0600 within this context.

    The umask sets the mode when the socket is bound, so there is no moment in which others may connect.
    """
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def inode(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file, None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_dev, facts.st_ino)
