"""The two paths of an object: its file in the volume (the driver's rules) and its secret in Vault (Go's rules)."""

import posixpath
from collections.abc import Iterable
from typing import Final
from urllib import parse

from provider.spec import telling

_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4096

_HEX: Final = frozenset("0123456789abcdefABCDEF")


class BadPath(ValueError):
    """No such path can be. The message says why and what to write."""


def check_file(name: str) -> None:
    """Whether the driver will write a file of this name.

    Raises:
        BadPath: it will not.
    """
    if has_control(name):
        raise BadPath("has a control character; write a plain file name")
    if name.startswith("/"):
        raise BadPath(f"must be relative; write {telling.quoted(_clean(name).lstrip('/'))}")
    elements = name.split("/")
    # The driver keeps names that start with ".." for itself at the top only; deeper down it refuses just "..".
    if elements[0].startswith("..") or ".." in elements:
        raise BadPath('may not start with ".." nor have it as a part; write a path inside the volume')
    if posixpath.normpath(name) != name or name == ".":
        written = posixpath.normpath(name)
        raise BadPath(
            f"is not clean; write {telling.quoted(written)}" if written != "." else "names no file; write its name"
        )
    if any(len(element.encode("utf-8", "replace")) > _LONGEST_NAME for element in elements):
        raise BadPath(f"has a part of more than {_LONGEST_NAME} bytes; write a shorter one")
    if len(name.encode("utf-8", "replace")) > _LONGEST_PATH:
        raise BadPath(f"has more than {_LONGEST_PATH} bytes; write a shorter one")


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


def vault_path(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A `secretPath` to the path behind /v1/, literal and clean, and its query in the order Go sends it.

    >>> vault_path("/v1/secret//data/./x/?version=2&b=%2F+")
    ('secret/data/x', (('b', '/ '), ('version', '2')))

    Raises:
        BadPath: nothing is left of it, it climbs out of /v1/, or its query is none.
    """
    written, mark, tail = text.partition("?")
    if has_control(written):
        raise BadPath("has a control character or a line break; write it in one line")
    path = clean_inside(written.removeprefix("/").removeprefix("v1/") if _has_version(written) else written)
    if not path:
        raise BadPath('is empty; write for example "secret/data/my-app"')
    return path, _query(tail) if mark else ()


def _has_version(path: str) -> bool:
    return path.startswith(("/v1/", "v1/"))


def clean_inside(path: str) -> str:
    """A path without empty and `.` parts, `..` resolved, no slash at either end.

    Raises:
        BadPath: it climbs out of where it starts.
    """
    kept: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            kept.append(part)
        elif kept:
            kept.pop()
        else:
            raise BadPath('climbs out with ".."; write the path without it')
    return "/".join(kept)


def has_control(text: str) -> bool:
    """Whether any character is a control character (C0, DEL, C1)."""
    return any(char < " " or "\x7f" <= char <= "\x9f" for char in text)


def _clean(name: str) -> str:
    return posixpath.normpath(name)


def _query(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in text.split("&"):
        if ";" in part:
            raise BadPath('has a ";" in its query; separate parameters by "&", and write ";" itself as %3B')
        if part:
            name, _, value = part.partition("=")
            pairs.append((_unescaped(name), _unescaped(value)))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _unescaped(text: str) -> str:
    for rest in text.split("%")[1:]:
        if len(rest) < 2 or not (rest[0] in _HEX and rest[1] in _HEX):
            raise BadPath("has a % in its query that no two hex digits follow; write the % itself as %25")
    try:
        return parse.unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise BadPath(
            "has a query that is no UTF-8 behind its percent signs; write the characters themselves"
        ) from None
