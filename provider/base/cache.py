"""A bounded cache with expiry, and single-flight: one piece of work for all who ask for it at the same time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Generic, TypeVar

from provider.base import clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """At most `limit` entries, least recently used out first; each with its own moment of expiry.

    A limit of 0 keeps nothing. `expires` is a reading of the clock's monotonic seconds.
    """

    def __init__(self, limit: int, time: clock.Clock) -> None:
        self._limit = limit
        self._time = time
        self._entries: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, None where there is none or its time is over."""
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
        """Keep `value` until `expires`, at the cost of the entry that was unused for longest."""
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
    """Joins callers of the same key to one task.

    The task belongs to no caller: one that is cancelled leaves it running for the others, and the last one to leave
    cancels it. Each caller gets the same result or the same exception.
    """

    def __init__(self) -> None:
        self._flights: dict[K, tuple[asyncio.Task[V], list[None]]] = {}

    async def run(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """The result of `work`, started by whoever comes first."""
        flight = self._flights.get(key)
        if flight is None:
            task = asyncio.ensure_future(self._land(key, work))
            flight = self._flights[key] = (task, [])
        task, riders = flight
        riders.append(None)
        try:
            return await asyncio.shield(task)
        finally:
            riders.pop()
            if not riders and not task.done():
                if self._flights.get(key) is flight:
                    del self._flights[key]
                task.cancel()

    async def _land(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        mine = asyncio.current_task()
        try:
            return await work()
        finally:
            flight = self._flights.get(key)
            if flight is not None and flight[0] is mine:
                del self._flights[key]
