"""consul-template's timestamp: the time in UTC, in a layout that shows Go's reference time.

`2006-01-02T15:04:05Z07:00` is such a layout: what looks like a part of Mon Jan 2 15:04:05 2006 is replaced. Fractions
of a second are exact to the microsecond.
"""

import datetime
import re
from collections.abc import Callable
from typing import Final

from provider.render.gotemplate import faults, function, state, values

_State = state.State

TABLE = function.Table()

_RFC3339: Final = "2006-01-02T15:04:05Z07:00"

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
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

_CHUNK: Final = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2006|_2|__2|3|4|5|PM|pm"
    r"|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])",
    re.ASCII,
)

_CHUNKS: Final[dict[str, Callable[[datetime.datetime], str]]] = {
    "January": lambda time: _MONTHS[time.month - 1],
    "Jan": lambda time: _MONTHS[time.month - 1][:3],
    "Monday": lambda time: _DAYS[time.weekday()],
    "Mon": lambda time: _DAYS[time.weekday()][:3],
    "MST": lambda _time: "UTC",
    "01": lambda time: f"{time.month:02}",
    "1": lambda time: str(time.month),
    "02": lambda time: f"{time.day:02}",
    "2": lambda time: str(time.day),
    "_2": lambda time: f"{time.day:2}",
    "002": lambda time: f"{_day_of_year(time):03}",
    "__2": lambda time: f"{_day_of_year(time):3}",
    "2006": lambda time: f"{time.year:04}",
    "_2006": lambda time: f"_{time.year:04}",  # not `_2` and 006
    "06": lambda time: f"{time.year % 100:02}",
    "15": lambda time: f"{time.hour:02}",
    "03": lambda time: f"{_hour_of_half(time):02}",
    "3": lambda time: str(_hour_of_half(time)),
    "04": lambda time: f"{time.minute:02}",
    "4": lambda time: str(time.minute),
    "05": lambda time: f"{time.second:02}",
    "5": lambda time: str(time.second),
    "PM": lambda time: "AM" if time.hour < 12 else "PM",
    "pm": lambda time: "am" if time.hour < 12 else "pm",
}


@TABLE.add("timestamp", "string...")
def _timestamp(state: _State, *layouts: str) -> str:
    if len(layouts) > 1:
        raise faults.Failed(f"wrong number of arguments, expected 0 or 1, but got {len(layouts)}")
    layout = layouts[0] if layouts else _RFC3339
    now = state.now()
    if layout == "unix":
        return str(int(now // 1))
    state.budget.make(2 * values.size(layout))  # no part grows to more than twice its layout
    state.budget.step(len(layout))
    return formatted(datetime.datetime.fromtimestamp(now, datetime.UTC), layout)


def formatted(time: datetime.datetime, layout: str) -> str:
    """A time in UTC in a layout of Go's, as its Time.Format writes it.

    >>> formatted(datetime.datetime(2026, 7, 4, 15, 5, 9, tzinfo=datetime.UTC), "Mon Jan _2 3:04PM 2006 MST")
    'Sat Jul  4 3:05PM 2026 UTC'
    """
    return _CHUNK.sub(lambda match: _chunk(time, match[0]), layout)


def _chunk(time: datetime.datetime, chunk: str) -> str:
    if chunk in _CHUNKS:
        return _CHUNKS[chunk](time)
    if chunk[0] == "Z":
        return "Z"
    if chunk[0] == "-":
        return f"+{chunk[1:].replace('7', '0')}"
    digits = f"{time.microsecond:06}000"[: len(chunk) - 1]
    if chunk[1] == "9":
        digits = digits.rstrip("0")
    return chunk[0] + digits if digits else ""


def _day_of_year(time: datetime.datetime) -> int:
    return time.timetuple().tm_yday


def _hour_of_half(time: datetime.datetime) -> int:
    return time.hour % 12 or 12
