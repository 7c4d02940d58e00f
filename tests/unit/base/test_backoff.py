"""Pauses: they double, end at a minute, and are kept for each thing by itself."""

import pytest

from provider.base import backoff
from tests.doubles import clocks


@pytest.mark.parametrize(
    ("failures", "chance", "expected"),
    [(1, 0.5, 1.0), (2, 0.5, 2.0), (6, 0.5, 32.0), (7, 0.5, 60.0), (10_000, 0.5, 60.0), (1, 0.0, 0.75), (1, 1.0, 1.25)],
)
def test_how_long(failures: int, chance: float, expected: float) -> None:
    """A second, doubled each time up to a minute, spread over a quarter to either side."""
    assert backoff.after(failures, chance) == expected


def test_each_thing_has_its_own() -> None:
    """A failure stops one thing only, success ends its row, and what is gone is forgotten."""
    time = clocks.TestClock()
    kept = backoff.Backoff(time)
    assert [kept.failed("a", 0.5), kept.failed("a", 0.5)] == [1, 2]
    assert (kept.is_on("a"), kept.is_on("b")) == (True, False)
    time.moment = 2.0
    assert (kept.is_on("a"), kept.failures("a")) == (False, 2)
    kept.passed("a")
    assert kept.failures("a") == 0
    kept.failed("a", 0.5)
    kept.failed("b", 0.5)
    kept.retain(["b"])
    assert (kept.failures("a"), kept.failures("b")) == (0, 1)
