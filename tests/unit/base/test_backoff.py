"""Exponential backoff: the formula, and failures in a row by key."""

import pytest

from provider.base import backoff
from tests.doubles import clocks


@pytest.mark.parametrize(
    ("failures", "chance", "expected"),
    [(1, 0.5, 1.0), (2, 0.5, 2.0), (6, 0.5, 32.0), (7, 0.5, 60.0), (10_000, 0.5, 60.0), (1, 0.0, 0.75), (1, 1.0, 1.25)],
)
def test_background_work_waits_for_a_second_doubled_up_to_a_minute(
    failures: int, chance: float, expected: float
) -> None:
    """A second, doubled each time up to a minute, spread over a quarter to either side."""
    assert backoff.BACKGROUND.pause(failures, chance) == expected


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [
        (backoff.Exponential(first=0.4, longest=3.0, jitter=(1.0, 1.0)), [0.4, 0.8, 1.6, 3.0, 3.0]),
        (backoff.Exponential(first=1.0, longest=50.0, factor=4.0, jitter=(1.0, 1.0)), [1.0, 4.0, 16.0, 50.0, 50.0]),
        (backoff.Exponential(first=2.0, longest=8.0, jitter=(0.5, 1.0)), [1.5, 3.0, 6.0, 6.0, 6.0]),
    ],
)
def test_each_user_chooses_its_own_pauses(policy: backoff.Exponential, pauses: list[float]) -> None:
    """First and longest pause, factor and jitter are the user's."""
    assert [policy.pause(failures, 0.5) for failures in range(1, 6)] == pauses


def test_before_the_first_failure_the_pause_is_the_first() -> None:
    """Where something ended without having failed, it is begun again after the shortest pause."""
    assert backoff.BACKGROUND.pause(0, 0.5) == 1.0


def test_each_thing_has_its_own() -> None:
    """A failure stops one thing only, success ends its row, and what is gone is forgotten."""
    time = clocks.TestClock()
    kept = backoff.Backoff(time, chance=lambda: 0.5)
    assert [kept.failed("a"), kept.failed("a")] == [1, 2]
    assert (kept.is_on("a"), kept.is_on("b")) == (True, False)
    assert (kept.remaining("a"), kept.remaining("b")) == (2.0, 0.0)
    time.moment = 2.0
    assert (kept.is_on("a"), kept.failures("a")) == (False, 2)
    kept.succeeded("a")
    assert kept.failures("a") == 0
    kept.failed("a")
    kept.failed("b")
    kept.retain(["b"])
    assert (kept.failures("a"), kept.failures("b")) == (0, 1)


def test_a_row_of_failures_is_forgotten_after_its_time() -> None:
    """A failure long after the last one is the first of a new row."""
    time = clocks.TestClock()
    kept = backoff.Backoff(time, backoff.Exponential(jitter=(1.0, 1.0)), forget=60.0)
    kept.failed("a")
    time.moment = 60.9
    assert kept.failed("a") == 2
    time.moment += 2.0 + 60.0
    assert kept.failed("a") == 1


def test_the_number_of_keys_is_bounded() -> None:
    """Beyond the limit, the key unused for longest is forgotten."""
    kept = backoff.Backoff(clocks.TestClock(), limit=2)
    for key in ("a", "b", "c"):
        kept.failed(key)
    assert [kept.failures(key) for key in ("a", "b", "c")] == [0, 1, 1]
