"""Time as a parameter: what decides by time takes a clock, so that a test can set it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Three readings and a way to wait."""

    def monotonic(self) -> float:
        """Seconds that never go back; for durations and expiry."""

    def now(self) -> float:
        """Seconds since the Unix epoch; for dates that people or other machines read."""

    def thread_time(self) -> float:
        """CPU seconds of the calling thread; for what work costs, however long the machine keeps it waiting."""

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields once."""


class SystemClock:
    """The machine's clock and the running event loop."""

    def monotonic(self) -> float:
        """See `Clock`."""
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
    """The end of work that blocks a thread, `seconds` from now by the machine's clock.

    Only for the timeouts of sockets in threads: those count real seconds, whatever clock a test hands in. Nothing else
    may be decided by it.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; zero or less when it is over."""
        return self._until - time.monotonic()

    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.remaining() <= 0.0
