"""The machine's clock, and deadlines of blocking work by it."""

import time

import pytest

from provider.base import clock
from tests.doubles import clocks


def test_time_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease ends though nothing ran; the timers of sockets stood still, and so does a deadline of theirs."""
    machine, deadline = clock.SystemClock(), clock.Deadline(60.0)
    before = machine.monotonic()
    clocks.sleep_machine(monkeypatch, 7200.0)
    assert machine.monotonic() - before >= 7200.0
    assert 50.0 < deadline.remaining() <= 60.0


@pytest.mark.parametrize("missing", ["unknown to Python", "refused by the kernel"])
def test_without_a_clock_that_goes_on_there_is_another(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """As on macOS, or in a sandbox that emulates Linux in part."""

    def refuse(_which: int) -> float:
        raise OSError

    if missing == "unknown to Python":
        monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    else:
        monkeypatch.setattr(time, "clock_gettime", refuse)
    before = time.monotonic()
    assert before <= clock.SystemClock().monotonic() <= time.monotonic()


def test_a_deadline_is_over_when_its_seconds_are() -> None:
    """Counted from when it was made."""
    assert clock.Deadline(0.0).is_over()
    later = clock.Deadline(3600.0)
    assert not later.is_over()
    assert 3500.0 < later.remaining() <= 3600.0
