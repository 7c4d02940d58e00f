"""Finds the known name that a misspelt one was most likely meant to be."""

import difflib
from collections.abc import Collection
from typing import Final

_LONGEST: Final = 64
"""Characters of the longest name that is compared: it takes quadratic time, and all known names are shorter."""

_LIKENESS: Final = 0.7
"""0 to 1: `secret_path` finds `secretPath`, `foo` finds nothing."""

_SHORTEST_PART: Final = 3


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the nearest of `known`; None where nothing is near.

    Case, `-` and `_` do not count. A part of exactly one known name counts as that name.

    >>> nearest("secret_path", ["secretPath", "secretKey"]), nearest("role", ["roleName"]), nearest("x", ["roleName"])
    ('secretPath', 'roleName', None)
    """
    if len(name) > _LONGEST:
        return None
    wanted = _plain(name)
    by_plain = {_plain(one): one for one in known}
    close = difflib.get_close_matches(wanted, by_plain, n=1, cutoff=_LIKENESS)
    if close:
        return by_plain[close[0]]
    if len(wanted) < _SHORTEST_PART:
        return None
    containing = [one for plain, one in by_plain.items() if wanted in plain]
    return containing[0] if len(containing) == 1 else None


def advice(name: str, known: Collection[str]) -> str:
    """Return what to ask about an unknown name: `did you mean secretPath?`, or nothing."""
    found = nearest(name, known)
    return f"did you mean {found}?" if found else ""


def _plain(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")
