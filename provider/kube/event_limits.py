"""Limits Events as client-go's EventCorrelator does: aggregation of equal ones, and a rate for all. Pure.

Of one pod and reason there is one Event in ten minutes. What happens in between is counted; changed objects are merged
and sent when the ten minutes are over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from provider.base import cache, clock

INTERVAL: Final = 600.0
"""Seconds in which Events with the same key are aggregated."""

MOST_KEYS: Final = 1000
"""Keys remembered; beyond that the one unused for longest is forgotten, and its next Event may come too early."""

MOST_CHANGES: Final = 100
"""Changed objects remembered per key."""

Change = tuple[str, str, str]
"""An object's name, its version before, and its version now."""

Key = tuple[str, str, str]
"""A pod's UID, the Event's reason, and what it is about."""


@dataclass(frozen=True, slots=True)
class Occurrences:
    """What an Event stands for: how often it happened since the last one, and since when (epoch seconds)."""

    count: int
    first: float
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class _Aggregate:
    until: float
    first: float = 0.0
    count: int = 0
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)


class EventAggregator:
    """Counts occurrences by key, and lets one Event per key and interval through.

    Args:
        time: the clock.
        interval: seconds.
    """

    def __init__(self, time: clock.Clock, interval: float = INTERVAL) -> None:
        self._time = time
        self._interval = interval
        self._aggregates: cache.Bounded[Key, _Aggregate] = cache.Bounded(MOST_KEYS, time)
        self._waiting: dict[Key, float] = {}

    def add(self, key: Key, changes: Sequence[Change] = ()) -> Occurrences | None:
        """Count an occurrence, and return what to send now; None for nothing yet."""
        now = self._time.monotonic()
        aggregate = self._aggregates.get(key) or _Aggregate(now)
        aggregate.first = aggregate.first if aggregate.count else self._time.now()
        aggregate.count += 1
        _merge(aggregate.changes, changes)
        if now >= aggregate.until and (aggregate.changes or not changes):
            return self._release(key, aggregate)
        self._aggregates.put(key, aggregate)
        if aggregate.changes:
            self._waiting[key] = aggregate.until
        return None

    def seconds_until_due(self) -> float | None:
        """Seconds until merged changes are due; None where there are none."""
        return max(0.0, min(self._waiting.values()) - self._time.monotonic()) if self._waiting else None

    def take_due(self) -> tuple[Key, Occurrences] | None:
        """Take merged changes that are due now; None where there are none."""
        now = self._time.monotonic()
        for key, until in list(self._waiting.items()):
            if now < until:
                continue
            del self._waiting[key]
            aggregate = self._aggregates.get(key)
            if aggregate is not None and aggregate.changes:
                return key, self._release(key, aggregate)
        return None

    def _release(self, key: Key, aggregate: _Aggregate) -> Occurrences:
        self._waiting.pop(key, None)
        self._aggregates.put(key, _Aggregate(self._time.monotonic() + self._interval))
        changes = tuple((name, *versions) for name, versions in aggregate.changes.items())
        return Occurrences(aggregate.count, aggregate.first, changes)


def _merge(merged: dict[str, tuple[str, str]], changes: Sequence[Change]) -> None:
    """Keep the oldest and the newest version of each object; one that changed back has not changed."""
    for name, old, new in changes:
        first = merged.pop(name, (old, ""))[0]
        if first != new and len(merged) < MOST_CHANGES:
            merged[name] = (first, new)


class RateLimit:
    """A token bucket: `burst` at once, then one every `seconds_each` seconds."""

    def __init__(self, time: clock.Clock, *, burst: int, seconds_each: float) -> None:
        self._time = time
        self._seconds_each = seconds_each
        self._burst_seconds = burst * seconds_each
        self._next = time.monotonic() - self._burst_seconds

    def reserve(self) -> float:
        """Take the next turn, and return the seconds to wait for it."""
        now = self._time.monotonic()
        self._next = max(self._next, now - self._burst_seconds) + self._seconds_each
        return max(0.0, self._next - now)
