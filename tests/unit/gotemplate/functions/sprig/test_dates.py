"""sprig's times and durations: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures, values
from tests.doubles import template_state
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("duration", ("95",), "1m35s"),
    ("duration", ("-95",), "-1m35s"),
    ("duration", ("3661",), "1h1m1s"),
    ("duration", ("x",), "0s"),
    ("duration", ("",), "0s"),
    ("duration", (95,), "0s"),
    ("duration", (values.Int64(95),), "1m35s"),
    ("duration", (values.Int64(0),), "0s"),
    ("duration", (values.Int64(-3661),), "-1h1m1s"),
    ("duration", ("9223372036854775808",), "-1s"),
    ("duration", ("0",), "0s"),
    ("duration", (None,), "0s"),
    ("durationRound", ("2h10m",), "2h"),
    ("durationRound", ("-400h",), "16d"),
    ("durationRound", ("10000h",), "1y"),
    ("durationRound", ("1m30s",), "1m"),
    ("durationRound", ("1s",), "0s"),
    ("durationRound", ("1.5s",), "1s"),
    ("durationRound", ("999ms",), "0s"),
    ("durationRound", ("x",), "0s"),
    ("durationRound", ("",), "0s"),
    ("durationRound", ("1",), "0s"),
    ("durationRound", ("0",), "0s"),
    ("durationRound", ("24h",), "24h"),
    ("durationRound", ("25h",), "1d"),
    ("durationRound", ("9999999h",), "0s"),
    ("durationRound", ("1h1h",), "2h"),
    ("durationRound", ("2.5m",), "2m"),
    ("durationRound", (values.Int64(3000000000),), "3s"),
    ("durationRound", (values.Int64(1000000000000000000),), "31y"),
    ("durationRound", (5,), "0s"),
    ("durationRound", (None,), "0s"),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


PARSED = [
    ("2006-01-02", "2017-12-31", "2017-12-31 00:00:00 +0000 UTC"),
    ("2006-01-02T15:04:05Z07:00", "2024-01-02T03:04:05.678+02:00", "2024-01-02 03:04:05.678 +0200 +0200"),
    ("2006-01-02T15:04:05Z07:00", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05 +0000 UTC"),
    ("Mon Jan _2 15:04:05 2006", "Mon Jan  2 15:04:05 2006", "2006-01-02 15:04:05 +0000 UTC"),
    ("Monday, 02-Jan-06 15:04:05 MST", "Sunday, 31-Dec-17 23:59:59 CEST", "2017-12-31 23:59:59 +0000 CEST"),
    ("Monday, 02-Jan-06 15:04:05 MST", "sunday, 31-dec-69 23:59:59 GMT+3", "1970-01-01 02:59:59 +0300 GMT+3"),
    ("3:04PM 2006", "12:30AM 2017", "2017-01-01 00:30:00 +0000 UTC"),
    ("3:04pm 2006", "1:30pm 2017", "2017-01-01 13:30:00 +0000 UTC"),
    ("Jan 2, 2006 at 3:04pm (MST)", "Jan 5, 2020 at 3:04pm (UTC)", "2020-01-05 15:04:00 +0000 UTC"),
    ("2006-002", "2020-366", "2020-12-31 00:00:00 +0000 UTC"),
    ("2006-002", "2021-060", "2021-03-01 00:00:00 +0000 UTC"),
    ("2006 __2", "2020  60", "2020-02-29 00:00:00 +0000 UTC"),
    ("2006-01-02 15:04:05.000", "2017-12-31 10:11:12.123", "2017-12-31 10:11:12.123 +0000 UTC"),
    ("2006-01-02 15:04:05,000 -07", "2017-12-31 10:11:12,123 +05", "2017-12-31 10:11:12.123 +0500 +0500"),
    ("January 2 2006", "january 5 2020", "2020-01-05 00:00:00 +0000 UTC"),
    ("20060102150405", "20171231235959", "2017-12-31 23:59:59 +0000 UTC"),
    ("2006-01-02 -07:00:00", "2017-12-31 -01:02:03", "2017-12-31 00:00:00 -0102 -0102"),
    ("2006-01-02 Z070000", "2017-12-31 +010203", "2017-12-31 00:00:00 +0102 +0102"),
    ("2006_2006", "2017_2017", "2017-01-01 00:00:00 +0000 UTC"),
    ("1/2/06", "12/31/68", "2068-12-31 00:00:00 +0000 UTC"),
    ("2006-01-02T15:04:05.999Z07:00", "2024-01-02T03:04:05.1234567891234Z", "2024-01-02 03:04:05.123456789 +0000 UTC"),
]

UNREADABLE = [
    ("2006-01-02", "2017-02-29"),
    ("2006-01-02", "secret"),
    ("2006-002", "2021-366"),
    ("3:04PM 2006", "13:30PM 2017"),
    ("2006-01-02", "2017-12-31 "),
    ("2006-01-02", ""),
    ("2006-01-02 -0700", "2017-12-31 secret"),
    ("15:04 2006", "24:00 2017"),
]


def _method(time: Any, name: str, *args: Any) -> Any:
    return time.methods[name].call(template_state.build(), *args)


@pytest.mark.parametrize(("layout", "text", "shown"), PARSED)
def test_reads_a_time(layout: str, text: str, shown: str) -> None:
    """The time prints as Go's does."""
    for name in ("toDate", "mustToDate"):
        time = calls.call(name, layout, text)
        assert (time.type_name, calls.call("toString", time)) == ("time.Time", shown)


@pytest.mark.parametrize(("layout", "text"), UNREADABLE)
def test_tells_what_is_no_time(layout: str, text: str) -> None:
    """`toDate` gives the zero time for it, `mustToDate` fails and shows nothing of it."""
    assert _method(calls.call("toDate", layout, text), "IsZero") is True
    with pytest.raises(failures.Failed) as caught:
        calls.call("mustToDate", layout, text)
    assert len(text) < 5 or text not in caught.value.message


METHODS = [
    # What Go gave for 2024-02-03T04:05:06.789+02:00.
    ("Year", (), 2024),
    ("Day", (), 3),
    ("Hour", (), 4),
    ("Minute", (), 5),
    ("Second", (), 6),
    ("Nanosecond", (), 789000000),
    ("YearDay", (), 34),
    ("Unix", (), values.Int64(1706925906)),
    ("UnixMilli", (), values.Int64(1706925906789)),
    ("String", (), "2024-02-03 04:05:06.789 +0200 +0200"),
    ("IsZero", (), False),
    ("Format", ("Mon, 02 Jan 2006 15:04:05 MST",), "Sat, 03 Feb 2024 04:05:06 +0200"),
    (
        "Format",
        ("Monday January _2 06 03:04pm Z07:00 .000 .999999 __2 002 _2006 1/2 Janus",),
        "Saturday February  3 24 04:05am +02:00 .789 .789  34 034 _2024 2/3 Janus",
    ),
]


@pytest.mark.parametrize(("name", "args", "expected"), METHODS)
def test_has_the_methods_of_a_time(name: str, args: tuple[str, ...], expected: Any) -> None:
    """Numbers have Go's types, formats Go's look."""
    time = calls.call("toDate", "2006-01-02T15:04:05Z07:00", "2024-02-03T04:05:06.789+02:00")
    assert calls.typed(_method(time, name, *args)) == calls.typed(expected)


def test_names_months_and_days() -> None:
    """A month and a day of the week print as their names."""
    time = calls.call("toDate", "2006-01-02", "2024-02-03")
    assert [calls.call("toString", _method(time, name)) for name in ("Month", "Weekday")] == ["February", "Saturday"]


def test_moves_a_time() -> None:
    """By a duration, or by years, months and days that may overflow; to UTC."""
    time = calls.call("toDate", "2006-01-02T15:04:05Z07:00", "2024-02-03T04:05:06+02:00")
    assert calls.call("toString", calls.call("mustDateModify", "-36h", time)) == "2024-02-01 16:05:06 +0200 +0200"
    assert calls.call("toString", calls.call("must_date_modify", "1.5s", time)) == "2024-02-03 04:05:07.5 +0200 +0200"
    assert calls.call("toString", _method(time, "AddDate", 1, 13, 30)) == "2026-04-02 04:05:06 +0200 +0200"
    assert calls.call("toString", _method(time, "UTC")) == "2024-02-03 02:05:06 +0000 UTC"
    assert calls.call("unixEpoch", time) == "1706925906"


def test_compares_times() -> None:
    """By the instant, whatever the zone."""
    one = calls.call("toDate", "2006-01-02T15:04:05Z07:00", "2024-02-03T04:05:06+02:00")
    same = calls.call("toDate", "2006-01-02T15:04:05Z07:00", "2024-02-03T02:05:06Z")
    later = calls.call("toDate", "2006", "2025")
    assert _method(one, "Equal", same) is True
    assert (_method(one, "Before", later), _method(one, "After", later)) == (True, False)
    assert calls.call("deepEqual", one, same) is False


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("unixEpoch", (5,)),
        ("mustDateModify", ("1h", "2024")),
        ("mustDateModify", ("secret", calls.call("toDate", "2006", "2024"))),
        ("mustDateModify", ("2000000h", calls.call("toDate", "2006", "9999"))),
        ("durationRound", (calls.call("toDate", "2006", "2024"),)),
    ],
)
def test_fails_on_what_is_no_time(name: str, args: tuple[Any, ...]) -> None:
    """A wrong type, no duration, a time out of range, and what would depend on the time that it is."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert "secret" not in caught.value.message
