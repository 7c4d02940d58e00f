"""Parses paths of Vault's API as people write them: with or without /v1/, cleaned as Go does, with a query. Pure."""

from typing import Final
from urllib import parse

from provider.base import invalid

_HEX: Final = frozenset("0123456789abcdefABCDEF")


class BadPath(invalid.Invalid):
    """A path that is not valid."""


def read(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Parse a path into what follows /v1/, clean and unescaped, and its query in the order in which Go sends it.

    >>> read("/v1/secret//data/./x/?version=2&b=%2F+")
    ('secret/data/x', (('b', '/ '), ('version', '2')))

    Raises:
        BadPath: nothing is left of it, it leads out of /v1/, or its query is not valid.
    """
    written, mark, tail = text.partition("?")
    if has_control(written):
        raise BadPath("has a control character or a line break", "write it in one line")
    path = clean_inside(written.removeprefix("/").removeprefix("v1/") if _has_version(written) else written)
    if not path:
        raise BadPath("is empty", 'write for example "secret/data/my-app"')
    return path, _query(tail) if mark else ()


def _has_version(path: str) -> bool:
    return path.startswith(("/v1/", "v1/"))


def clean_inside(path: str) -> str:
    """Remove empty and `.` parts and slashes at either end from a path, and resolve `..`.

    Raises:
        BadPath: it leads out of where it starts.
    """
    parts: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise BadPath('climbs out with ".."', "write the path without it")
    return "/".join(parts)


def has_control(text: str) -> bool:
    """Whether any character is a control character (C0, DEL, C1)."""
    return any(char < " " or "\x7f" <= char <= "\x9f" for char in text)


def _query(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for part in text.split("&"):
        if ";" in part:
            raise BadPath('has a ";" in its query', 'separate parameters by "&", and write ";" itself as %3B')
        if part:
            name, _, value = part.partition("=")
            pairs.append((_unescaped(name), _unescaped(value)))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def _unescaped(text: str) -> str:
    for rest in text.split("%")[1:]:
        if len(rest) < 2 or not (rest[0] in _HEX and rest[1] in _HEX):
            raise BadPath("has a % in its query that no two hex digits follow", "write the % itself as %25")
    try:
        return parse.unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise BadPath(
            "has a query that is no UTF-8 behind its percent signs", "write the characters themselves"
        ) from None
