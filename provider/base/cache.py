"""Bounds a cache by number and time, and joins callers that need the same work at the same time (single-flight)."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Generic, TypeVar

from provider.base import clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """A cache of at most `limit` entries, each with its own expiry; the least recently used is evicted first.

    A limit of 0 keeps nothing. `expires` is in the clock's monotonic seconds.
    """

    def __init__(self, limit: int, time: clock.Clock) -> None:
        self._limit = limit
        self._time = time
        self._entries: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return the value, None where it is missing or has expired."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, expires = entry
        if self._time.monotonic() >= expires:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V, expires: float = float("inf")) -> None:
        """Store `value` until `expires`, and evict the least recently used entry where the cache is full."""
        if self._limit <= 0:
            return
        self._entries[key] = (value, expires)
        self._entries.move_to_end(key)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget one entry; a missing one is not an error."""
        self._entries.pop(key, None)

    def retain(self, keys: Iterable[K]) -> None:
        """Forget the entries of all other keys."""
        wanted = set(keys)
        for key in [key for key in self._entries if key not in wanted]:
            del self._entries[key]


class SingleFlight(Generic[K, V]):
    """Joins callers with the same key to one task.

    The task belongs to no caller: one that is cancelled leaves it running for the others, and it is cancelled with the
    last of them. Each caller gets the same result or the same exception.
    """

    def __init__(self) -> None:
        self._flights: dict[K, tuple[asyncio.Task[V], list[None]]] = {}

    async def run(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """Return the result of `work`, which the first caller starts."""
        flight = self._flights.get(key)
        if flight is None:
            task = asyncio.ensure_future(self._fly(key, work))
            flight = self._flights[key] = (task, [])
        task, callers = flight
        callers.append(None)
        try:
            return await asyncio.shield(task)
        finally:
            callers.pop()
            if not callers and not task.done():
                if self._flights.get(key) is flight:
                    del self._flights[key]
                task.cancel()

    async def _fly(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        task = asyncio.current_task()
        try:
            return await work()
        finally:
            flight = self._flights.get(key)
            if flight is not None and flight[0] is task:
                del self._flights[key]
