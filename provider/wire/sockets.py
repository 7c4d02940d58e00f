"""The files of unix sockets: for their owner only, and in place of what an earlier process left.

A socket is bound under a temporary name and renamed into place. Who listens, and what is spoken, is the caller's.
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
    """See that a socket can be made there.

    Raises:
        errors.SettingsError: it cannot; says why, and which flag to change.
    """
    if len(os.fsencode(path)) > MAX_PATH:
        raise errors.SettingsError(
            f"the socket path {path} is longer than {MAX_PATH} bytes", hint=f"choose a shorter {flag}"
        )
    if not path.parent.is_dir():
        raise errors.SettingsError(
            f"cannot listen on {path}: there is no directory {path.parent}",
            hint="create it, or mount the driver's provider directory there",
        )
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if not (stat.S_ISSOCK(mode) or stat.S_ISREG(mode)):
            raise errors.SettingsError(f"{path} is there and is no socket", hint=f"remove it, or choose another {flag}")


def temporary(path: Path) -> Path:
    """A name beside `path` to bind."""
    return path.with_name(f".{secrets.token_hex(2)}")


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Within it a socket is bound with mode 0600.

    The mode of a socket is what the process may not forbid at the moment of binding: no window in which others may
    connect.
    """
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def inode(path: Path) -> tuple[int, int] | None:
    """Which file it is, None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_dev, facts.st_ino)
