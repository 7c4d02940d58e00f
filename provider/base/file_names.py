"""The path of an object's file in the volume, by the driver's rules. Pure."""

import posixpath
from collections.abc import Iterable
from typing import Final

from provider.base import messages, vault_path

_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4096


def check_file(name: str) -> None:
    """Whether the driver will write a file of this name.

    Raises:
        vaultpath.BadPath: it will not.
    """
    if vault_path.has_control(name):
        raise vault_path.BadPath("has a control character; write a plain file name")
    if name.startswith("/"):
        raise vault_path.BadPath(f"must be relative; write {messages.quoted(_clean(name).lstrip('/'))}")
    elements = name.split("/")
    # The driver keeps names that start with ".." for itself at the top only; deeper down it refuses just "..".
    if elements[0].startswith("..") or ".." in elements:
        raise vault_path.BadPath('may not start with ".." nor have it as a part; write a path inside the volume')
    if posixpath.normpath(name) != name or name == ".":
        written = posixpath.normpath(name)
        raise vault_path.BadPath(
            f"is not clean; write {messages.quoted(written)}" if written != "." else "names no file; write its name"
        )
    if any(len(element.encode("utf-8", "replace")) > _LONGEST_NAME for element in elements):
        raise vault_path.BadPath(f"has a part of more than {_LONGEST_NAME} bytes; write a shorter one")
    if len(name.encode("utf-8", "replace")) > _LONGEST_PATH:
        raise vault_path.BadPath(f"has more than {_LONGEST_PATH} bytes; write a shorter one")


def blocked(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a file and another that would need it to be a directory: `a` and `a/b`."""
    found = []
    outer: list[str] = []
    for name in sorted((name.split("/") for name in set(names)), key=tuple):
        if outer and name[: len(outer)] == outer:
            found.append(("/".join(outer), "/".join(name)))
        else:
            outer = name
    return found


def _clean(name: str) -> str:
    return posixpath.normpath(name)
