"""Background tasks: none ends without a word, none is left behind."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from provider.base import tasks
from tests.doubles import clocks

LOG = logging.getLogger("provider.test_tasks")


class Rounds:
    """The work of a loop: raises what it is given, round by round, and says when all of that has been done."""

    def __init__(self, *faults: Exception | None) -> None:
        self._faults: Iterator[Exception | None] = iter(faults)
        self.count = 0
        self.done = asyncio.Event()

    async def work(self) -> None:
        """One round; after the last, it waits for ever."""
        try:
            fault = next(self._faults)
        except StopIteration:
            self.done.set()
            await asyncio.Event().wait()
            return
        self.count += 1
        if fault is not None:
            raise fault


def _lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    return [(each.levelname, each.getMessage(), each.__dict__["facts"]["task"]) for each in caplog.records]


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger=LOG.name)


async def test_a_task_that_raises_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody awaits it, so the log is the only place."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    owner.start("fail", Rounds(ValueError("broken")).work())
    await owner.join()
    assert _lines(caplog) == [("ERROR", "internal error", "fail")]
    assert "ValueError: broken" in caplog.text


async def test_a_task_gives_its_result_to_who_awaits_it() -> None:
    """Tracked, and otherwise a task like any other."""

    async def answer() -> int:
        return 42

    assert await tasks.Tasks(LOG, clocks.TestClock()).start("answer", answer()) == 42


async def test_join_waits_for_what_was_started_meanwhile_too() -> None:
    """A task may start another."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    ended: list[str] = []

    async def second() -> None:
        await asyncio.sleep(0)
        ended.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        owner.start("second", second())
        ended.append("first")

    owner.start("first", first())
    await owner.join()
    assert ended == ["first", "second"]


async def test_a_loop_whose_work_raises_goes_on_and_has_logged_it(caplog: pytest.LogCaptureFixture) -> None:
    """The rounds after it come at their time, and the recovery is logged too."""
    time = clocks.TestClock()
    owner = tasks.Tasks(LOG, time)
    rounds = Rounds(None, ValueError("broken"), None, None)
    owner.every("sweep", 60.0, rounds.work)
    await rounds.done.wait()
    await owner.close()
    assert rounds.count == 4
    assert time.slept == [60.0] * 4
    assert _lines(caplog) == [
        ("ERROR", "internal error", "sweep"),
        ("INFO", "recovered from an internal error", "sweep"),
    ]
    assert "ValueError: broken" in caplog.text


async def test_a_loop_logs_each_cause_once(caplog: pytest.LogCaptureFixture) -> None:
    """The same error of the same place is one cause, whatever it says; another kind of error is another."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    rounds = Rounds(ValueError("at 1"), ValueError("at 2"), KeyError("a"), ValueError("at 3"))
    owner.every("sweep", 60.0, rounds.work)
    await rounds.done.wait()
    await owner.close()
    assert [type(each.exc_info[1]) for each in caplog.records if each.exc_info] == [ValueError, KeyError]


async def test_a_loop_may_wait_before_its_first_round() -> None:
    """Nothing is done before the first pause."""
    time = clocks.TestClock()
    owner = tasks.Tasks(LOG, time)
    rounds = Rounds()
    owner.every("sweep", 60.0, rounds.work, wait_first=True)
    assert not time.slept
    await rounds.done.wait()
    await owner.close()
    assert time.slept == [60.0]


async def test_the_work_of_a_loop_may_be_a_plain_function() -> None:
    """What waits for nothing needs no coroutine."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    done = asyncio.Event()
    owner.every("sweep", 1.0, done.set)
    await done.wait()
    await owner.close()


async def test_work_that_waits_by_itself_is_paused_only_after_it_raised() -> None:
    """The pauses grow with each failure in a row, and a success ends the row."""
    time = clocks.TestClock()
    owner = tasks.Tasks(LOG, time)
    rounds = Rounds(None, ValueError(), ValueError(), None, ValueError())
    owner.forever("watch", rounds.work, chance=lambda: 0.5)
    await rounds.done.wait()
    await owner.close()
    assert time.slept == [1.0, 2.0, 1.0]


async def test_a_loop_that_never_waits_lets_others_run() -> None:
    """A round without anything to wait for does not hold the event loop."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    owner.forever("spin", lambda: None)
    for _ in range(10):
        await asyncio.sleep(0)
    await owner.close()


async def test_close_ends_loops_and_tasks(caplog: pytest.LogCaptureFixture) -> None:
    """Each is cancelled and awaited, so that what it does at its end is done; that is nothing to log."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    ended: list[str] = []

    async def hang(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    owner.start("task", hang("task"))
    owner.forever("loop", lambda: hang("loop"))
    await owner.close()
    assert sorted(ended) == ["loop", "task"]
    assert not caplog.records


async def test_what_was_only_just_started_cleans_up_too() -> None:
    """A task closed before its first step still reaches its `finally`."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    cleaned: list[bool] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    owner.start("hang", hang())
    await owner.close()
    assert cleaned == [True]


async def test_what_may_finish_within_the_patience_does(caplog: pytest.LogCaptureFixture) -> None:
    """Tasks that end by themselves are not cancelled; loops are not waited for."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    closing = asyncio.Event()
    finished: list[bool] = []

    async def last() -> None:
        await closing.wait()
        finished.append(True)

    owner.start("last", last())
    owner.every("sweep", 60.0, Rounds().work)
    closing.set()
    await owner.close(patience=60.0)
    assert finished == [True]
    assert not caplog.records


async def test_what_outlasts_the_patience_is_cancelled() -> None:
    """The end of a process does not wait for a task that hangs."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    task = owner.start("hang", Rounds().work())
    await owner.close(patience=0.01)
    assert task.cancelled()


async def test_a_failure_while_closing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Also a `finally` may fail."""

    async def fail_at_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("broken")

    owner = tasks.Tasks(LOG, clocks.TestClock())
    owner.start("end badly", fail_at_end())
    await owner.close()
    assert _lines(caplog) == [("ERROR", "internal error", "end badly")]


async def test_after_close_nothing_begins() -> None:
    """A coroutine that comes too late is dropped, without a warning that it was never awaited."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    await owner.close()
    begun: list[bool] = []

    async def begin() -> None:
        begun.append(True)

    task = owner.start("begin", begin())
    await owner.join()
    assert task.cancelled()
    assert not begun


async def test_a_closed_owner_can_be_closed_again() -> None:
    """And one without any task at all."""
    owner = tasks.Tasks(LOG, clocks.TestClock())
    await owner.close()
    await owner.close(patience=60.0)
