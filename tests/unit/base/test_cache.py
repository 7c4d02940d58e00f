"""Bounded keeps within bounds; SingleFlight lets one work for all."""

import asyncio

import pytest

from provider.base import cache
from tests.doubles import clocks


def test_the_least_recently_used_goes_first() -> None:
    """A full cache drops what was unused for longest."""
    kept: cache.Bounded[str, int] = cache.Bounded(2, clocks.TestClock())
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)


def test_an_entry_ends_at_its_own_time() -> None:
    """Expiry is by the clock handed in."""
    time = clocks.TestClock()
    kept: cache.Bounded[str, int] = cache.Bounded(2, time)
    kept.put("a", 1, expires=10.0)
    time.moment = 9.9
    assert kept.get("a") == 1
    time.moment = 10.0
    assert kept.get("a") is None
    assert len(kept) == 0


def test_a_limit_of_zero_keeps_nothing() -> None:
    """0 switches the cache off."""
    kept: cache.Bounded[str, int] = cache.Bounded(0, clocks.TestClock())
    kept.put("a", 1)
    assert kept.get("a") is None


async def test_callers_of_one_key_share_one_flight() -> None:
    """Work runs once for all who ask while it runs, and again for who asks later."""
    flights: cache.SingleFlight[str, int] = cache.SingleFlight()
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.01)
        return runs

    assert await asyncio.gather(*(flights.run("k", work) for _ in range(5))) == [1] * 5
    assert await flights.run("k", work) == 2


async def test_a_cancelled_caller_does_not_take_the_flight_down() -> None:
    """The others get their result although the one who started it left."""
    flights: cache.SingleFlight[str, str] = cache.SingleFlight()

    async def work() -> str:
        await asyncio.sleep(0.02)
        return "done"

    first = asyncio.ensure_future(flights.run("k", work))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(flights.run("k", work))
    await asyncio.sleep(0.005)
    first.cancel()
    assert await second == "done"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_work_that_nobody_waits_for_any_more_is_cancelled() -> None:
    """The last caller to leave ends the work."""
    flights: cache.SingleFlight[str, None] = cache.SingleFlight()
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(clocks.FOREVER)
        finally:
            ended.set()

    only = asyncio.ensure_future(flights.run("k", work))
    await asyncio.sleep(0.005)
    only.cancel()
    await asyncio.wait_for(ended.wait(), clocks.HANGS)


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    """All who joined see the exception; the next caller tries again."""
    flights: cache.SingleFlight[str, int] = cache.SingleFlight()
    runs = 0

    async def work() -> int:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.005)
        raise ValueError(str(runs))

    outcomes = await asyncio.gather(*(flights.run("k", work) for _ in range(3)), return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["1", "1", "1"]
    with pytest.raises(ValueError, match="2"):
        await flights.run("k", work)
