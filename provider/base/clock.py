"""Time as a parameter: what decides by time takes a clock, so that a test can set it.

Two clocks are at work. Dates are read from a `Clock`, which goes on while the machine sleeps, since leases do. Timers
(asyncio's, and the kernel's for sockets) stand still meanwhile, so they only ever get durations, and what follows a
wait reads the clock again: after a sleep of the machine a wait may end late, and dates are right all the same.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Three readings and a way to wait."""

    def monotonic(self) -> float:
        """Seconds that never go back, and go on while the machine sleeps; for durations and expiry."""

    def now(self) -> float:
        """Seconds since the Unix epoch; for dates that people or other machines read."""

    def thread_time(self) -> float:
        """CPU seconds of the calling thread; for what work costs, however long the machine keeps it waiting."""

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields once."""


class SystemClock:
    """The machine's clock and the running event loop."""

    def monotonic(self) -> float:
        """See `Clock`. Where there is no clock that goes on in sleep, one that stands still."""
        try:
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        except (AttributeError, OSError):
            return time.monotonic()

    def now(self) -> float:
        """See `Clock`."""
        return time.time()

    def thread_time(self) -> float:
        """See `Clock`."""
        return time.thread_time()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(max(0.0, seconds))


class Deadline:
    """The end of work that blocks a thread, `seconds` from now.

    Only for the timeouts of sockets in threads: those count real seconds, whatever clock a test hands in, and stand
    still while the machine sleeps, so this does too. Nothing else may be decided by it.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; zero or less when it is over."""
        return self._until - time.monotonic()

    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.remaining() <= 0.0
