"""Runs one kind of blocking work, such as the Kubernetes client or name resolution, in a few threads of its own.

An API server or a name server that hangs then never takes asyncio's default executor from others. The threads are
bounded in number, and daemons: one that waits does not keep the process from ending.
"""

import asyncio
import concurrent.futures
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Closed(Exception):
    """The threads were closed before the work began."""


class Threads:
    """Runs blocking work in at most `most` daemon threads, started when first needed and kept until `close`."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._work: queue.SimpleQueue[tuple[concurrent.futures.Future[Any], Callable[[], Any]] | None]
        self._work = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0
        self._closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread, and return or raise what it does.

        A caller that is cancelled returns at once. Its work is dropped if it has not begun; work that has begun goes
        on in its thread until its own timeout, and its outcome is dropped.

        Raises:
            Closed: `close` was called before the work began.
        """
        if self._closed:
            raise Closed
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._work.put((outcome, work))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            threading.Thread(target=self._serve, name=f"{self._name}-{self._started}", daemon=True).start()
        return await asyncio.wrap_future(outcome)

    def close(self) -> None:
        """Let idle threads end, and busy ones after their work. Callers of work that has not begun get `Closed`."""
        self._closed = True
        while True:
            try:
                item = self._work.get_nowait()
            except queue.Empty:
                break
            if item and item[0].set_running_or_notify_cancel():
                item[0].set_exception(Closed())
        for _ in range(self._started):
            self._work.put(None)

    def _serve(self) -> None:
        while item := self._work.get():
            outcome, work = item
            del item
            if outcome.set_running_or_notify_cancel():
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 -- carried to the caller, whatever it is
                    outcome.set_exception(error)
                else:
                    outcome.set_result(result)
                    del result
            # A thread that waits must not keep the last answer, which may hold a key, alive.
            del outcome, work
            self._idle.release()
