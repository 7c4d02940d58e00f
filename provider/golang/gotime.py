"""Emulates Go's package time: an instant with the zone in which it is shown, and layouts of times.

A layout shows the reference time, Mon Jan 2 15:04:05 2006. The local zone is UTC; years go from 1 to 9999.
"""

import datetime
import re
from dataclasses import dataclass
from typing import Final

SECOND: Final = 10**9
_EPOCH: Final = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 -- the zone is kept separately

DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

LAYOUT_CHUNK: Final = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm"
    r"|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])"
)
"""What a layout replaces; everything else is copied."""


class OutOfRange(ValueError):
    """The year is not between 1 and 9999."""


@dataclass(frozen=True, slots=True)
class Time:
    """An instant: nanoseconds after the Unix epoch, with the offset (in seconds) and the name of its zone."""

    unix_nano: int
    offset: int = 0
    zone: str = "UTC"

    @property
    def date_time(self) -> datetime.datetime:
        """The date and the time of day in its zone, to the second."""
        try:
            return _EPOCH + datetime.timedelta(seconds=self.unix_nano // SECOND + self.offset)
        except OverflowError:
            raise OutOfRange from None

    @property
    def nanosecond(self) -> int:
        """Nanoseconds beyond the second."""
        return self.unix_nano % SECOND

    @property
    def year_day(self) -> int:
        """The day of the year, from one."""
        return self.date_time.timetuple().tm_yday

    @property
    def weekday(self) -> int:
        """The day of the week, from Sunday, which is zero."""
        return self.date_time.isoweekday() % 7

    def format(self, layout: str) -> str:
        """Return the time in a layout."""
        clock = self.date_time
        return LAYOUT_CHUNK.sub(lambda match: self._chunk(match.group(), clock), layout)

    def _chunk(self, chunk: str, clock: datetime.datetime) -> str:
        if chunk[0] in ".,":
            digits = f"{self.nanosecond:09}"[: len(chunk) - 1]
            digits = digits.rstrip("0") if chunk[1] == "9" else digits
            return chunk[0] + digits if digits else ""
        if chunk[0] in "-Z":
            return "Z" if chunk[0] == "Z" and not self.offset else _offset(self.offset, chunk[1:])
        if chunk == "MST":
            return self.zone or _offset(self.offset, "0700")
        hour = clock.hour % 12 or 12
        half = "AM" if clock.hour < 12 else "PM"
        return {
            "January": MONTHS[clock.month - 1],
            "Jan": MONTHS[clock.month - 1][:3],
            "Monday": DAYS[self.weekday],
            "Mon": DAYS[self.weekday][:3],
            "1": f"{clock.month}",
            "01": f"{clock.month:02}",
            "2": f"{clock.day}",
            "_2": f"{clock.day:2}",
            "02": f"{clock.day:02}",
            "__2": f"{self.year_day:3}",
            "002": f"{self.year_day:03}",
            "15": f"{clock.hour:02}",
            "3": f"{hour}",
            "03": f"{hour:02}",
            "4": f"{clock.minute}",
            "04": f"{clock.minute:02}",
            "5": f"{clock.second}",
            "05": f"{clock.second:02}",
            "06": f"{clock.year % 100:02}",
            "2006": f"{clock.year:04}",
            "PM": half,
            "pm": half.lower(),
        }[chunk]

    def __str__(self) -> str:
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")


def _offset(seconds: int, form: str) -> str:
    """Return an offset in a form like 07, 0700, 07:00, 070000 or 07:00:00."""
    minutes, rest = divmod(abs(seconds), 60)
    parts = [f"{minutes // 60:02}"]
    if len(form) > 2:
        parts.append(f"{minutes % 60:02}")
    if len(form) > 5:
        parts.append(f"{rest:02}")
    return ("-" if seconds <= -60 else "+") + (":" if ":" in form else "").join(parts)


def date(shown: datetime.datetime, nanoseconds: int = 0, offset: int = 0, zone: str = "UTC") -> Time:
    """Return the instant at which a clock of this zone shows this date and time."""
    since = shown - _EPOCH
    seconds = since.days * 86400 + since.seconds - offset
    return Time(seconds * SECOND + nanoseconds, offset, zone)


ZERO: Final = date(datetime.datetime(1, 1, 1))  # noqa: DTZ001 -- the zone is kept separately
"""Go's zero time."""
