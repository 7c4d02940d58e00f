"""Checks the paths of files in a volume by the driver's rules. Pure."""

import posixpath
from collections.abc import Iterable
from typing import Final

from provider.base import messages, vault_path

_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4096


def check_file(name: str) -> None:
    """Check that the driver accepts a file name.

    Raises:
        vault_path.BadPath: it does not; says why and what to write.
    """
    if vault_path.has_control(name):
        raise vault_path.BadPath("has a control character", "write a plain file name")
    if name.startswith("/"):
        raise vault_path.BadPath("must be relative", f"write {messages.quoted(posixpath.normpath(name).lstrip('/'))}")
    elements = name.split("/")
    # The driver reserves names that start with ".." at the top only; further down it refuses just "..".
    if elements[0].startswith("..") or ".." in elements:
        raise vault_path.BadPath('may not start with ".." nor have it as a part', "write a path inside the volume")
    if posixpath.normpath(name) != name or name == ".":
        written = posixpath.normpath(name)
        if written == ".":
            raise vault_path.BadPath("is not a file name", "write one")
        raise vault_path.BadPath("is not clean", f"write {messages.quoted(written)}")
    if any(len(element.encode("utf-8", "replace")) > _LONGEST_NAME for element in elements):
        raise vault_path.BadPath(f"has a part of more than {_LONGEST_NAME} bytes", "write a shorter one")
    if len(name.encode("utf-8", "replace")) > _LONGEST_PATH:
        raise vault_path.BadPath(f"has more than {_LONGEST_PATH} bytes", "write a shorter one")


def blocked(names: Iterable[str]) -> list[tuple[str, str]]:
    """Find pairs of a file and another that needs it to be a directory: `a` and `a/b`."""
    found = []
    outer: list[str] = []
    for name in sorted((name.split("/") for name in set(names)), key=tuple):
        if outer and name[: len(outer)] == outer:
            found.append(("/".join(outer), "/".join(name)))
        else:
            outer = name
    return found
