"""Go's time.Duration: nanoseconds as text, and text as nanoseconds."""

import re
from typing import Final

from provider.gotemplate.functions.sprig import numbers

SECOND: Final = 10**9
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE

_UNITS: Final = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,  # the micro sign, and below the Greek letter
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_TERM: Final = re.compile(r"([0-9]{0,19})(?:\.([0-9]*))?([^0-9.]+)")
_LONGEST: Final = 200


class Unreadable(ValueError):
    """The text is not a duration."""


def text(nanoseconds: int) -> str:
    """Duration.String: `1h30m0s`, `1.5s`, `20ms`.

    >>> text(5400 * SECOND), text(1500), text(0)
    ('1h30m0s', '1.5µs', '0s')
    """
    sign, size = "-" if nanoseconds < 0 else "", abs(nanoseconds)
    if not size:
        return "0s"
    for unit in ("ns", "µs", "ms"):
        if size < _UNITS[unit] * 1000:
            return sign + _decimal(size, _UNITS[unit]) + unit
    hours, rest = divmod(size, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    prefix = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{prefix}{_decimal(rest, SECOND)}s"


def _decimal(size: int, unit: int) -> str:
    whole, rest = divmod(size, unit)
    fraction = str(unit + rest)[1:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)


def parse(source: str) -> int:
    """time.ParseDuration, in nanoseconds.

    Raises:
        Unreadable: it is not a duration, or one of more than 292 years.
    """
    negative = source.startswith("-")
    rest = source[1:] if source[:1] in {"+", "-"} else source
    if rest == "0":
        return 0
    if not rest or len(rest) > _LONGEST:
        raise Unreadable
    total = place = 0
    while place < len(rest):
        match = _TERM.match(rest, place)
        if not match or not (match.group(1) or match.group(2)) or match.group(3) not in _UNITS:
            raise Unreadable
        unit, fraction = _UNITS[match.group(3)], (match.group(2) or "")[:18]
        total += int(match.group(1) or "0") * unit + int(int(fraction or "0") * (unit / 10.0 ** len(fraction)))
        place = match.end()
        if total > numbers.MOST + 1:
            raise Unreadable
    if total > numbers.MOST and not negative:
        raise Unreadable
    return -total if negative else total
