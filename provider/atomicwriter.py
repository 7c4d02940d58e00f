"""Files written into a volume as the driver writes them: all change at one moment, seen through symbolic links.

The layout in a target directory:

    ..2026_11_23_20_00_00.x1y2z3/database.env      the contents, in a directory made anew for each change
    ..data -> ..2026_11_23_20_00_00.x1y2z3         swapped by one rename: the moment of change, to watch with inotify
    database.env -> ..data/database.env            one link for each first path element; stays where it is

Used by the `mount` command and by the embedded driver; the daemon itself never writes files, it hands them to the
driver. Layer: beside `web` and `wire`.

Kept as the driver has it: nothing is written while the contents are the same, so a change of only a mode is not
applied. Not kept: the driver deletes a directory that stands in a file's way, which is a volume of its own making
there, but may be somebody's work here; and its leftovers of an interrupted write block the next one, ours do not.
"""

import contextlib
import datetime
import os
import posixpath
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

_DATA: Final = "..data"
_NEXT: Final = "..data_tmp"
_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4096


@dataclass(frozen=True, slots=True)
class File:
    """One file of a volume. `path` is relative to it; only the lowest nine bits of `mode` are used."""

    path: str
    mode: int
    contents: bytes = field(repr=False)


def check(files: Sequence[File]) -> None:
    """The driver's rules for paths.

    Raises:
        ValueError: in the driver's words, for the first path that breaks one.
    """
    for file in files:
        _check_path(file.path)
        if posixpath.normpath(file.path) != file.path:
            raise ValueError(f'invalid filepath: "{file.path}"')


def _check_path(path: str) -> None:
    elements = path.split("/")
    wrong = ""
    if not path:
        wrong = 'must not be empty: ""'
    elif path.startswith("/"):
        wrong = f"must be relative path: {path}"
    elif len(os.fsencode(path)) > _LONGEST_PATH:
        wrong = f"must be less than or equal to {_LONGEST_PATH} characters"
    elif ".." in elements:
        wrong = f"must not contain '..': {path}"
    elif any(len(os.fsencode(element)) > _LONGEST_NAME for element in elements):
        wrong = f"filenames must be less than or equal to {_LONGEST_NAME} characters"
    elif elements[0].startswith(".."):
        wrong = f"must not start with '..': {path}"
    if wrong:
        raise ValueError(f"invalid path: {wrong}")


def write(target: Path, files: Sequence[File]) -> bool:
    """Make `target` hold exactly `files`, all at once. Of two files with one path the last one counts.

    Calls for one target must not overlap.

    Returns:
        Whether anything was written.

    Raises:
        ValueError: see `check`.
        OSError: the target is missing or cannot be written, a directory of somebody else is in the way
            (FileExistsError), or one file is the directory of another.
    """
    check(files)
    wanted = {file.path: file for file in files}
    if not target.is_dir():
        raise FileNotFoundError(f"{target} is not a directory")
    _clear_the_way(target, wanted)
    previous = _previous(target)
    stale: set[str] = set()
    if previous:
        stale = _paths_under(previous) - _with_parents(wanted)
        if not stale and all(_same(previous / file.path, file.contents) for file in wanted.values()):
            return False
    current = _fill(target, wanted)
    try:
        _link(target, wanted)
        with contextlib.suppress(FileNotFoundError):
            (target / _NEXT).unlink()
        (target / _NEXT).symlink_to(current.name)
        (target / _NEXT).rename(target / _DATA)
    except OSError:
        shutil.rmtree(current)
        raise
    for path in stale:
        if (target / path).is_symlink():
            (target / path).unlink()
    if previous and previous.is_dir():
        shutil.rmtree(previous)
    return True


def _previous(target: Path) -> Path | None:
    """The directory that `..data` names, if it is one of ours, for it will be deleted; it may be gone."""
    link = target / _DATA
    name = str(link.readlink()) if link.is_symlink() else ""
    return target / name if name.startswith("..") and name != ".." and "/" not in name else None


def _clear_the_way(target: Path, wanted: dict[str, File]) -> None:
    """Remove plain files that a link of ours must replace: an old provider wrote them itself."""
    for name in {path.split("/", 1)[0] for path in wanted}:
        place = target / name
        if place.is_symlink() or not place.exists():
            continue
        if place.is_dir():
            raise FileExistsError(f"{place} is a directory; remove it or choose another target")
        place.unlink()


def _paths_under(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*")}


def _with_parents(wanted: dict[str, File]) -> set[str]:
    return set(wanted) | {str(parent) for path in wanted for parent in PurePosixPath(path).parents}


def _same(place: Path, contents: bytes) -> bool:
    try:
        return place.read_bytes() == contents
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False


def _fill(target: Path, wanted: dict[str, File]) -> Path:
    """A new directory beside the current one, with everything in it."""
    moment = datetime.datetime.now(datetime.UTC).strftime("..%Y_%m_%d_%H_%M_%S.")
    directory = Path(tempfile.mkdtemp(prefix=moment, dir=target))
    try:
        # Readers of other groups must pass through, whatever the umask.
        directory.chmod(0o755)
        for file in wanted.values():
            place = directory / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            # For ourselves only, until the mode is set: never readable by more than it should be.
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(file.contents)
            place.chmod(file.mode & 0o777)
    except OSError:
        shutil.rmtree(directory)
        raise
    return directory


def _link(target: Path, wanted: dict[str, File]) -> None:
    for name in {path.split("/", 1)[0] for path in wanted}:
        if not (target / name).is_symlink():
            (target / name).symlink_to(f"{_DATA}/{name}")
