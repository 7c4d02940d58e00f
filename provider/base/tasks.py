"""Background tasks of one component: started, repeated, waited for and ended in one place.

No failure is lost: a one-shot task that raises is logged, and a loop that raises is logged once per cause and goes on.
`asyncio.TaskGroup` is for work that ends with its caller; this is for work that outlives the call that started it.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from provider.base import backoff, clock, once

T = TypeVar("T")

Work = Callable[[], Awaitable[None] | None]
"""One round of a loop: a coroutine function, or a plain function that does not block."""

AFTER_FAULT: Final = backoff.Exponential(first=1.0, longest=60.0)
"""Pauses of a loop without a period of its own whose work raises."""


class Tasks:
    """The tasks of one component, which closes them with itself.

    Args:
        log: the component's logger, for failures that no caller would see.
        time: the clock by which loops sleep.
    """

    def __init__(self, log: logging.Logger, time: clock.Clock) -> None:
        self._log = log
        self._time = time
        self._one_shots: set[asyncio.Task[Any]] = set()
        self._loops: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called: nothing begins any more."""
        return self._closed

    def start(self, name: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a coroutine in the background, once. Returns at once; after `close` it never begins.

        Args:
            name: a verb phrase, for the log and the debugger: "revoke a token".
            work: what it raises is logged with its traceback, and stays in the task for a caller that awaits it.
        """
        return self._add(name, work, self._one_shots)

    def every(self, name: str, seconds: float, work: Work, *, wait_first: bool = False) -> None:
        """Call `work` again and again, with a pause of `seconds` after each round, whether or not it raised.

        Args:
            name: a verb phrase, as for `start`.
            seconds: the pause.
            work: one round.
            wait_first: pause before the first round too.
        """

        async def loop() -> None:
            outcome = _Outcome(self._log, name)
            if wait_first:
                await self._time.sleep(seconds)
            while True:
                await outcome.of(work)
                await self._time.sleep(seconds)

        self._add(name, loop(), self._loops)

    def forever(self, name: str, work: Work, *, chance: Callable[[], float] = random.random) -> None:
        """Call `work`, which does its own waiting, again and again; pauses that grow follow rounds that raise.

        Args:
            name: a verb phrase, as for `start`.
            work: one round.
            chance: random numbers from 0 to 1 for the jitter of these pauses.
        """

        async def loop() -> None:
            outcome = _Outcome(self._log, name)
            failures = 0
            while True:
                failures = 0 if await outcome.of(work) else failures + 1
                if failures:
                    await self._time.sleep(AFTER_FAULT.pause(failures, chance()))
                else:
                    await asyncio.sleep(0)  # lets others run where a round had nothing to wait for

        self._add(name, loop(), self._loops)

    async def join(self) -> None:
        """Wait until every one-shot task has ended, also those that are started meanwhile. Never raises for them."""
        while self._one_shots:
            await asyncio.wait(self._one_shots)

    async def close(self, patience: float = 0.0) -> None:
        """Cancel everything, and return when all has ended. What is started from now on never begins.

        Args:
            patience: seconds in which one-shot tasks may still finish; loops are ended at once. These are the real
                clock's: a process that ends cannot wait for a time that a test turns.
        """
        self._closed = True
        if self._one_shots or self._loops:
            # A task that is cancelled before it began never reaches the `finally` that cleans up after it.
            await asyncio.sleep(0)
        await _end(self._loops)
        if self._one_shots and patience > 0:
            await asyncio.wait(self._one_shots, timeout=patience)
        await _end(self._one_shots)

    def _add(self, name: str, work: Coroutine[Any, Any, T], to: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        if self._closed:
            task.cancel()
        to.add(task)
        task.add_done_callback(to.discard)
        task.add_done_callback(self._report)
        return task

    def _report(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._log.error("internal error", exc_info=error, extra={"facts": {"task": task.get_name()}})


class _Outcome:
    """Runs the rounds of one loop, and logs what they raise: once per cause, and once when they succeed again."""

    def __init__(self, log: logging.Logger, name: str) -> None:
        self._log = log
        self._facts = {"facts": {"task": name}}
        self._once = once.Once()

    async def of(self, work: Work) -> bool:
        """Whether the round succeeded."""
        try:
            waiting = work()
            if waiting is not None:
                await waiting
        except Exception as error:  # noqa: BLE001 -- whatever it is, the loop goes on
            if self._once.report(_cause(error)):
                self._log.error("internal error", exc_info=error, extra=self._facts)
            return False
        if self._once.recovered():
            self._log.info("recovered from an internal error", extra=self._facts)
        return True


def _cause(error: Exception) -> tuple[type[Exception], object, int]:
    """The kind of an error and the line that raised it; its text may hold a time or a name, new at each round."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return (type(error), last.tb_frame.f_code, last.tb_lineno) if last is not None else (type(error), None, 0)


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    if ending:
        await asyncio.wait(ending)
