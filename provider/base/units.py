"""Parses booleans and durations as Go spells them, which existing flags and manifests use, and formats sizes."""

import re
from typing import Final

_TRUE: Final = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE: Final = frozenset({"0", "f", "F", "FALSE", "false", "False"})

_SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_TERM: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


def parse_bool(text: str) -> bool:
    """Parse a boolean as Go's strconv.ParseBool does.

    Raises:
        ValueError: any spelling but 1 t T TRUE true True 0 f F FALSE false False.
    """
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f"{text!r} is not a boolean: write true or false")


def parse_duration(text: str) -> float:
    """Parse a duration as Go's time.ParseDuration does, into seconds.

    >>> parse_duration("1h30m"), parse_duration("500ms"), parse_duration("0")
    (5400.0, 0.5, 0.0)

    Raises:
        ValueError: not a duration, or a number without a unit.
    """
    sign, rest = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    total, position = 0.0, 0
    while match := _TERM.match(rest, position):
        total += float(match.group(1)) * _SECONDS[match.group(2)]
        position = match.end()
    if position != len(rest) or not rest:
        raise ValueError(f"{text!r} is not a duration: write for example 30s, 5m or 1h30m")
    return sign * total


def format_duration(seconds: float) -> str:
    """Seconds in Go's spelling, as short as it can be.

    >>> [format_duration(seconds) for seconds in (30.0, 90.0, 3600.0, 0.5, 0.0)]
    ['30s', '90s', '1h', '500ms', '0s']
    """
    if seconds and seconds % 3600 == 0:
        return f"{seconds / 3600:g}h"
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:g}m"
    return f"{seconds * 1000:g}ms" if 0 < seconds < 1 else f"{seconds:g}s"


def format_bytes(count: int) -> str:
    """Format a size for people: bytes up to 1 KiB, then KiB, then MiB.

    >>> format_bytes(900), format_bytes(2048), format_bytes(5 * 1024 * 1024)
    ('900 B', '2.0 KiB', '5.0 MiB')
    """
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"
