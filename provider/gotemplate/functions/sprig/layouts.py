"""Text as a time, by a layout of Go's: time.ParseInLocation where the location is UTC."""

import calendar
import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from provider.golang import gotime

_ZONE: Final = re.compile(
    r"ChST|MeST|GMT(?:[+-](?:0*2[0-3]|0*1?[0-9])(?![0-9]))?|[+-](?:0*2[0-3]|0*1?[0-9])(?![0-9])"
    r"|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z])"
)
_FRACTION: Final = re.compile(r"[.,]([0-9]+)")


class Unreadable(ValueError):
    """The text is not in the layout, or no time."""


class _Reading:
    """The text behind what was read of it, and the parts of the time that were found."""

    def __init__(self, rest: str) -> None:
        self.rest = rest
        self.found: dict[str, int] = {}
        self.zone = ""
        self.is_utc = False

    def take(self, pattern: str, *, flags: int = 0) -> str:
        match = re.match(pattern, self.rest, flags)
        if not match:
            raise Unreadable
        self.rest = self.rest[match.end() :]
        return match.group()

    def number(self, name: str, pattern: str, least: int, most: int) -> None:
        number = int(self.take(pattern))
        if not least <= number <= most:
            raise Unreadable
        self.found[name] = number

    def name(self, names: tuple[str, ...], shown: int | None) -> int:
        choices = [each[:shown] for each in names]
        given = self.take("|".join(choices), flags=re.IGNORECASE | re.ASCII).lower()
        return [each.lower() for each in choices].index(given)

    def skip(self, prefix: str) -> None:
        """Leave out what a layout has literally; a space stands for any number of them, and for none at the end."""
        while prefix:
            if prefix[0] == " ":
                if self.rest and self.rest[0] != " ":
                    raise Unreadable
                prefix, self.rest = prefix.lstrip(" "), self.rest.lstrip(" ")
            elif self.rest[:1] == prefix[0]:
                prefix, self.rest = prefix[1:], self.rest[1:]
            else:
                raise Unreadable

    def fraction(self) -> None:
        digits = self.take(r"[.,][0-9]+")[1:10]
        self.found["fraction"] = int(digits.ljust(9, "0"))


def _year(reading: _Reading, chunk: str) -> None:
    if chunk == "2006":
        reading.number("year", "[0-9]{4}", 0, 9999)
        return
    year = int(reading.take("[0-9]{2}"))
    reading.found["year"] = year + (1900 if year >= 69 else 2000)


def _month_name(reading: _Reading, chunk: str) -> None:
    reading.found["month"] = reading.name(gotime.MONTHS, 3 if chunk == "Jan" else None) + 1


def _week_day(reading: _Reading, chunk: str) -> None:
    reading.name(gotime.DAYS, 3 if chunk == "Mon" else None)


def _day(reading: _Reading, chunk: str) -> None:
    reading.number("day", {"_2": " ?[0-9]{1,2}", "02": "[0-9]{2}"}.get(chunk, "[0-9]{1,2}"), 0, 99)


def _year_day(reading: _Reading, chunk: str) -> None:
    reading.number("year day", "[0-9]{3}" if chunk == "002" else " {0,2}[0-9]{1,3}", 0, 999)


def _half(reading: _Reading, chunk: str) -> None:
    reading.found["half"] = int(reading.take("AM|PM" if chunk == "PM" else "am|pm").lower() == "pm")


def _offset(reading: _Reading, chunk: str) -> None:
    if chunk[0] == "Z" and reading.rest.startswith("Z"):
        reading.rest, reading.is_utc = reading.rest[1:], True
        return
    form = chunk[1:].replace("07", "[0-9]{2}").replace("00", "[0-9]{2}")
    text = reading.take(f"[+-]{form}")
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if hours > 24 or minutes > 60 or seconds > 60:
        raise Unreadable
    offset = (hours * 60 + minutes) * 60 + seconds
    reading.found["offset"] = -offset if text[0] == "-" else offset


def _zone(reading: _Reading, _chunk: str) -> None:
    if reading.rest.startswith("UTC"):
        reading.rest, reading.is_utc = reading.rest[3:], True
        return
    reading.zone = reading.take(_ZONE.pattern)


def _number(name: str, pattern: str, least: int, most: int) -> Callable[[_Reading, str], None]:
    return lambda reading, _chunk: reading.number(name, pattern, least, most)


_ONE_OR_TWO: Final = "[0-9]{1,2}"
_TWO: Final = "[0-9]{2}"

_READERS: Final[Mapping[str, Callable[[_Reading, str], None]]] = {
    "06": _year,
    "2006": _year,
    "Jan": _month_name,
    "January": _month_name,
    "1": _number("month", _ONE_OR_TWO, 1, 12),
    "01": _number("month", _TWO, 1, 12),
    "Mon": _week_day,
    "Monday": _week_day,
    "2": _day,
    "_2": _day,
    "02": _day,
    "__2": _year_day,
    "002": _year_day,
    "15": _number("hour", _ONE_OR_TWO, 0, 23),
    "3": _number("hour", _ONE_OR_TWO, 0, 12),
    "03": _number("hour", _TWO, 0, 12),
    "4": _number("minute", _ONE_OR_TWO, 0, 59),
    "04": _number("minute", _TWO, 0, 59),
    "5": _number("second", _ONE_OR_TWO, 0, 59),
    "05": _number("second", _TWO, 0, 59),
    "PM": _half,
    "pm": _half,
    "MST": _zone,
}


def parse(layout: str, text: str) -> gotime.Time:
    """The time that a text tells in a layout.

    Raises:
        Unreadable: it is in another layout, or no time.
    """
    reading, place = _Reading(text), 0
    chunks = list(gotime.LAYOUT_CHUNK.finditer(layout))
    for position, match in enumerate(chunks):
        reading.skip(layout[place : match.start()])
        place = match.end()
        following = chunks[position + 1].group() if position + 1 < len(chunks) else ""
        _read(reading, match.group(), following)
    reading.skip(layout[place:])
    if reading.rest:
        raise Unreadable
    return _time(reading)


def _read(reading: _Reading, chunk: str, following: str) -> None:
    if chunk[0] in ".,":
        if chunk[1] == "0":
            reading.found["fraction"] = int(reading.take(rf"[.,][0-9]{{{len(chunk) - 1}}}")[1:10].ljust(9, "0"))
        elif _FRACTION.match(reading.rest):
            reading.fraction()
    elif chunk[0] in "-Z":
        _offset(reading, chunk)
    else:
        _READERS[chunk](reading, chunk)
        if chunk in {"5", "05"} and following[:1] not in {".", ","} and _FRACTION.match(reading.rest):
            reading.fraction()


def _time(reading: _Reading) -> gotime.Time:
    found = reading.found
    hour = found.get("hour", 0)
    if "half" in found:
        hour = hour % 12 + 12 * found["half"] if hour <= 12 else hour
    month, day = _date(found)
    try:
        clock = datetime.datetime(  # noqa: DTZ001 -- the zone is kept beside it
            found.get("year", 0), month, day, hour, found.get("minute", 0), found.get("second", 0)
        )
    except ValueError:
        raise Unreadable from None
    offset, zone = found.get("offset"), reading.zone
    if reading.is_utc:
        offset, zone = 0, "UTC"
    elif not zone and not offset:
        zone = "UTC"
    elif offset is None and zone.startswith("GMT"):
        # Go takes the clock to show UTC, and only looks at it in the zone.
        return replace(gotime.date(clock, found.get("fraction", 0)), offset=int(zone[3:] or "0") * 3600, zone=zone)
    return gotime.date(clock, found.get("fraction", 0), offset or 0, zone)


def _date(found: dict[str, int]) -> tuple[int, int]:
    """The month and the day, which a day of the year may tell too."""
    if "year day" not in found:
        return found.get("month", 1), found.get("day", 1)
    year = found.get("year", 0)
    if not 1 <= found["year day"] <= 365 + calendar.isleap(year):
        raise Unreadable
    left, month = found["year day"], 1
    while left > (days := calendar.monthrange(year, month)[1]):
        left, month = left - days, month + 1
    if found.get("month", month) != month or found.get("day", left) != left:
        raise Unreadable
    return month, left
