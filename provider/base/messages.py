"""Formats names and values in messages: escaped, truncated, and limited in number."""

from collections.abc import Sequence
from typing import Final

LONGEST: Final = 100
"""Characters of a name or value that are shown."""

MOST_SHOWN: Final = 30
"""Problems or warnings of one SPC that are listed one by one."""


def shown(text: str) -> str:
    r"""Format a name for a message: control characters escaped, the middle of a long one left out.

    >>> shown("a\nb"), len(shown("x" * 5000))
    ('a\\nb', 101)
    """
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(text: str) -> str:
    """Format a value that the author wrote, in double quotes."""
    return f'"{shown(text)}"'


def capped(texts: Sequence[str], what: str) -> tuple[str, ...]:
    """Return each text once, in order, and those beyond `MOST_SHOWN` as a count of `what`."""
    distinct = tuple(dict.fromkeys(texts))
    if len(distinct) <= MOST_SHOWN:
        return distinct
    return (*distinct[:MOST_SHOWN], f"and {len(distinct) - MOST_SHOWN} more {what}")
