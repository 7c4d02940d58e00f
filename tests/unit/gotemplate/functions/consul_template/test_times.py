"""consul-template's timestamp; the expected texts are what Go 1.26 formats."""

import pytest

from provider.golang import failures, limits
from provider.gotemplate.functions.consul_template import times
from tests.doubles import template_state

NOON = 1783166709.25  # 2026-07-04 12:05:09.25, a Saturday
NIGHT = 1709164805.0  # 2024-02-29 00:00:05, a Thursday


def timestamp(now: float, *layouts: str) -> object:
    return times.TABLE.functions["timestamp"].call(template_state.build(now=now), *layouts)


def test_without_a_layout_it_is_rfc_3339_in_seconds() -> None:
    """In UTC."""
    assert timestamp(NOON) == "2026-07-04T12:05:09Z"


@pytest.mark.parametrize(("now", "text"), [(NOON, "1783166709"), (0.0, "0"), (-0.5, "-1")])
def test_unix_is_whole_seconds(now: float, text: str) -> None:
    """Since 1970, rounded down."""
    assert timestamp(now, "unix") == text


@pytest.mark.parametrize(
    ("layout", "noon", "night"),
    [
        ("2006-01-02 15:04:05", "2026-07-04 12:05:09", "2024-02-29 00:00:05"),
        ("Mon Jan _2 15:04:05 2006", "Sat Jul  4 12:05:09 2026", "Thu Feb 29 00:00:05 2024"),
        ("Monday, 02-Jan-06 15:04:05 MST", "Saturday, 04-Jul-26 12:05:09 UTC", "Thursday, 29-Feb-24 00:00:05 UTC"),
        ("January 2 06", "July 4 26", "February 29 24"),
        ("1/2 3:4:5PM", "7/4 12:5:9PM", "2/29 12:0:5AM"),
        ("03:04:05pm", "12:05:09pm", "12:00:05am"),
        ("002 __2", "185 185", "060  60"),
        ("_2006 _2", "_2026  4", "_2024 29"),
        ("2006-01-02T15:04:05.000Z07:00", "2026-07-04T12:05:09.250Z", "2024-02-29T00:00:05.000Z"),
        ("15:04:05.999999999", "12:05:09.25", "00:00:05"),
        ("05,0 05.9 05.00000000000", "09,2 09.2 09.250000000", "05,0 05 05.000000000"),
        ("05.01", "09.07", "05.02"),
        ("Z0700 Z07 Z070000 Z07:00:00", "Z Z Z Z", "Z Z Z Z"),
        (
            "-0700 -07:00 -07 -070000 -07:00:00",
            "+0000 +00:00 +00 +000000 +00:00:00",
            "+0000 +00:00 +00 +000000 +00:00:00",
        ),
        ("Month Janus Monk", "Month Janus Monk", "Month Janus Monk"),
        ("P p 0 9 é", "P p 0 9 é", "P p 0 9 é"),
        ("20060102150405", "20260704120509", "20240229000005"),
        ("", "", ""),
    ],
)
def test_parts_of_the_reference_time_are_replaced(layout: str, noon: str, night: str) -> None:
    """Everything else stays, what only begins like a part too."""
    assert timestamp(NOON, layout) == noon
    assert timestamp(NIGHT, layout) == night


def test_more_than_one_layout_is_an_error() -> None:
    """As in consul-template."""
    with pytest.raises(failures.Failed, match="expected 0 or 1, but got 2"):
        timestamp(NOON, "a", "b")


def test_a_long_layout_is_paid_for() -> None:
    """Each of its characters may be a part."""
    poor = template_state.build(limits.Limits(steps=100))
    with pytest.raises(failures.Exceeded, match="more than 100 steps"):
        times.TABLE.functions["timestamp"].call(poor, "1" * 200)
    with pytest.raises(failures.Exceeded, match="larger than"):
        timestamp(NOON, "1" * 600_000)
