"""sprig's functions on times and durations, as far as they do not ask for the time that it is.

A time has those methods of Go's time.Time that need no duration and no location. The local zone is UTC, years go from
1 to 9999.
"""

import datetime
from collections.abc import Callable
from typing import Final

from provider.golang import failures, gotime, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import durations, layouts, numbers, reflection

TABLE: Final = function.Table()

Value = values.Value

_ROUNDED: Final = (
    ("y", 365 * 24 * durations.HOUR),
    ("mo", 30 * 24 * durations.HOUR),
    ("d", 24 * durations.HOUR),
    ("h", durations.HOUR),
    ("m", durations.MINUTE),
    ("s", durations.SECOND),
)
_LONGEST: Final = 1000
"""Characters of a layout or a time; longer ones are not times."""


@TABLE.add("duration", "any")
def _duration(_rendering: state.State, seconds: Value) -> str:
    count = 0
    if type(seconds) is str:
        try:
            count = numbers.parse_int(seconds)[0]
        except numbers.Unreadable:
            count = 0
    elif type(seconds) is values.Int64:
        count = int(seconds)
    return durations.text(int(numbers.wrapped(count * durations.SECOND)))


@TABLE.add("durationRound", "any")
def _duration_round(_rendering: state.State, duration: Value) -> str:
    size = 0
    if type(duration) is str:
        try:
            size = abs(durations.parse(duration))
        except durations.Unreadable:
            size = 0
    elif type(duration) is values.Int64:
        size = abs(int(duration))
    elif _is_time(duration):
        raise failures.Failed("function is disabled for a time, whose distance from now changes")
    return next((f"{size // unit}{name}" for name, unit in _ROUNDED if size > unit), "0s")


@TABLE.add("mustToDate", "string", "string")
def _must_to_date(_rendering: state.State, layout: str, text: str) -> Value:
    try:
        return _struct(_parsed(layout, text))
    except (layouts.Unreadable, gotime.OutOfRange):
        raise failures.Failed("the text is not a time in this layout") from None


@TABLE.add("toDate", "string", "string")
def _to_date(_rendering: state.State, layout: str, text: str) -> Value:
    try:
        return _struct(_parsed(layout, text))
    except (layouts.Unreadable, gotime.OutOfRange):
        return _struct(gotime.ZERO)


def _parsed(layout: str, text: str) -> gotime.Time:
    if len(layout) > _LONGEST or len(text) > _LONGEST:
        raise layouts.Unreadable
    return layouts.parse(layout, text)


@TABLE.add("mustDateModify", "string", "any")
@TABLE.add("must_date_modify", "string", "any")
def _must_date_modify(_rendering: state.State, duration: str, date: Value) -> Value:
    time = _time(date)
    try:
        return _later(time, durations.parse(duration))
    except durations.Unreadable:
        raise failures.Failed("the text is not a duration") from None


@TABLE.add("unixEpoch", "any")
def _unix_epoch(_rendering: state.State, date: Value) -> str:
    return str(_time(date).unix_nano // gotime.SECOND)


def _is_time(value: Value) -> bool:
    return isinstance(value, reflection.Opaque) and isinstance(value.hidden, gotime.Time)


def _time(value: Value) -> gotime.Time:
    if isinstance(value, reflection.Opaque) and isinstance(value.hidden, gotime.Time):
        return value.hidden
    raise failures.Failed(f"wrong type for value; expected time.Time; got {values.type_name(value)}")


def _later(time: gotime.Time, nanoseconds: int) -> Value:
    later = gotime.Time(time.unix_nano + nanoseconds, time.offset, time.zone)
    try:
        return _struct(later)
    except gotime.OutOfRange:
        raise failures.Failed("the time is out of range") from None


def _named(type_name: str, number: int, name: str) -> Value:
    """A value of a type of Go's whose numbers have names: a month, a day of the week."""
    methods = function.Table()
    methods.add("String")(lambda _rendering: name)
    return reflection.Opaque(type_name, number, name, methods.functions)


def _format(rendering: state.State, time: gotime.Time, layout: str) -> str:
    rendering.budget.allocate(len(layout) * 3)  # no part grows to more than that
    rendering.budget.step(len(layout))
    return time.format(layout)


def _with_date_added(time: gotime.Time, years: int, months: int, days: int) -> Value:
    clock = time.date_time
    month = clock.month - 1 + months
    try:
        first = clock.replace(year=clock.year + years + month // 12, month=month % 12 + 1, day=1)
        clock = first + datetime.timedelta(days=clock.day - 1 + days)
        return _struct(gotime.date(clock, time.nanosecond, time.offset, time.zone))
    except (ValueError, OverflowError):
        raise failures.Failed("the time is out of range") from None


def _always(result: Value) -> Callable[[state.State], Value]:
    return lambda _rendering: result


def _struct(time: gotime.Time) -> Value:
    """A time.Time.

    Raises:
        gotime.OutOfRange: its year is not from 1 to 9999.
    """
    clock, instant = time.date_time, time.unix_nano
    methods = function.Table()

    def add(name: str, call: Callable[..., Value], *params: str) -> None:
        methods.add(name, *params)(call)

    for name, number in (
        ("Year", clock.year),
        ("Day", clock.day),
        ("Hour", clock.hour),
        ("Minute", clock.minute),
        ("Second", clock.second),
        ("Nanosecond", time.nanosecond),
        ("YearDay", time.year_day),
    ):
        add(name, _always(number))
    for name, unit in (("Unix", 10**9), ("UnixMilli", 10**6), ("UnixMicro", 10**3), ("UnixNano", 1)):
        add(name, _always(numbers.wrapped(instant // unit)))
    add("Month", lambda _rendering: _named("time.Month", clock.month, gotime.MONTHS[clock.month - 1]))
    add("Weekday", lambda _rendering: _named("time.Weekday", time.weekday, gotime.DAYS[time.weekday]))
    add("String", lambda _rendering: str(time))
    add("Format", lambda rendering, layout: _format(rendering, time, layout), "string")
    add("IsZero", lambda _rendering: instant == gotime.ZERO.unix_nano)
    add("UTC", lambda _rendering: _struct(gotime.Time(instant)))
    add("After", lambda _rendering, other: instant > _time(other).unix_nano, "any")
    add("Before", lambda _rendering, other: instant < _time(other).unix_nano, "any")
    add("Equal", lambda _rendering, other: instant == _time(other).unix_nano, "any")
    add(
        "AddDate",
        lambda _rendering, years, months, days: _with_date_added(time, years, months, days),
        "int",
        "int",
        "int",
    )
    return reflection.Opaque("time.Time", time, str(time), methods.functions)
