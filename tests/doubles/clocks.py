"""Clocks that a test turns: sleeping takes no time and is recorded, work takes no CPU time but `cpu`."""

import asyncio
import time
from typing import Final

import pytest

HANGS: Final = 60.0
"""Seconds after which a test gives up waiting, where what it forbids would last `FOREVER`."""

FOREVER: Final = 3600.0
"""Seconds that the servers of tests hang."""


class TestClock:
    """Starts at zero; `sleep` moves it on at once."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = 0.0
        self.cpu = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """See `clock.Clock`."""
        return self.moment

    def now(self) -> float:
        """See `clock.Clock`."""
        return 1_700_000_000.0 + self.moment

    def thread_time(self) -> float:
        """See `clock.Clock`."""
        return self.cpu

    async def sleep(self, seconds: float) -> None:
        """See `clock.Clock`."""
        self.slept.append(seconds)
        self.moment += max(0.0, seconds)
        await asyncio.sleep(0)


class Ticking:
    """Moves on by `seconds` at each look, so that time passes with the work and not with the machine."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._moment = 0.0

    def monotonic(self) -> float:
        """See `provider.base.clock.Clock`."""
        return self.thread_time()

    def thread_time(self) -> float:
        """See `provider.base.clock.Clock`."""
        self._moment += self._seconds
        return self._moment


def sleep_machine(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Do to the clocks of this process what a suspend of the machine does: one of them goes on, and timers do not."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("this system has no clock that goes on while the machine sleeps")
    before = time.clock_gettime

    def after(which: int) -> float:
        return before(which) + (seconds if which == time.CLOCK_BOOTTIME else 0.0)

    monkeypatch.setattr(time, "clock_gettime", after)
