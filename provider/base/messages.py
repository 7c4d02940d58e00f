"""How problems and warnings name things: shortened, printable, and not without end."""

from collections.abc import Sequence
from typing import Final

LONGEST: Final = 100
"""Characters of a name or value that are shown."""

MOST_SHOWN: Final = 30
"""Problems or warnings of one SPC that are told one by one."""


def shown(text: str) -> str:
    r"""A name as it stands in a message: control characters escaped, the middle left out where it is long.

    >>> shown("a\nb"), len(shown("x" * 5000))
    ('a\\nb', 101)
    """
    if len(text) > LONGEST:
        half = LONGEST // 2
        text = f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(text: str) -> str:
    """A value the author wrote, in double quotes."""
    return f'"{shown(text)}"'


def at(parameter: str, line: int, column: int) -> str:
    """A place in a parameter's text, to stand behind what is said of it; "" where none is known."""
    return f" ({parameter} line {line}, column {column})" if line else ""


def capped(texts: Sequence[str], what: str) -> tuple[str, ...]:
    """Each text once, in order; what exceeds `MOST_SHOWN` as a count of `what`."""
    distinct = tuple(dict.fromkeys(texts))
    if len(distinct) <= MOST_SHOWN:
        return distinct
    return (*distinct[:MOST_SHOWN], f"and {len(distinct) - MOST_SHOWN} more {what}")
