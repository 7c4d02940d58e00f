"""A clock that a test turns: sleeping takes no time and is written down."""

import asyncio


class TestClock:
    """Starts at zero; `sleep` moves it on at once."""

    __test__ = False

    def __init__(self) -> None:
        self.moment = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """See `clock.Clock`."""
        return self.moment

    def now(self) -> float:
        """See `clock.Clock`."""
        return 1_700_000_000.0 + self.moment

    async def sleep(self, seconds: float) -> None:
        """See `clock.Clock`."""
        self.slept.append(seconds)
        self.moment += max(0.0, seconds)
        await asyncio.sleep(0)
