"""How often a pod's owner is told: once in ten minutes of each matter, with what came meanwhile. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from provider.base import cache, clock

QUIET: Final = 600.0
"""Seconds in which the same matter is not told of again."""

KEPT: Final = 1000
"""Matters remembered; beyond that the one unused for longest may be told of too early."""

GATHERED: Final = 100
"""Changed objects remembered of one pod."""

Change = tuple[str, str, str]
Matter = tuple[str, str, str]
"""A pod's UID, the Event's reason, and what it is about."""


@dataclass(frozen=True, slots=True)
class Occurrences:
    """What an Event has to say: how often it happened since the last one, and since when (epoch seconds)."""

    times: int
    first: float
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class _Matter:
    until: float
    first: float = 0.0
    times: int = 0
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)


class EventLimits:
    """Remembers what was told.

    Args:
        time: the clock.
        quiet: seconds.
    """

    def __init__(self, time: clock.Clock, quiet: float = QUIET) -> None:
        self._time = time
        self._quiet = quiet
        self._matters: cache.Bounded[Matter, _Matter] = cache.Bounded(KEPT, time)
        self._waiting: dict[Matter, float] = {}

    def admit(self, matter: Matter, changes: Sequence[Change] = ()) -> Occurrences | None:
        """What to tell of something that happened now; None for nothing yet: it is counted, and changes are kept."""
        now = self._time.monotonic()
        known = self._matters.get(matter) or _Matter(now)
        known.first = known.first if known.times else self._time.now()
        known.times += 1
        _gather(known.changes, changes)
        if now >= known.until and (known.changes or not changes):
            return self._released(matter, known)
        self._matters.put(matter, known)
        if known.changes:
            self._waiting[matter] = known.until
        return None

    def wait(self) -> float | None:
        """Seconds until changes that were kept are due; None where none are kept."""
        return max(0.0, min(self._waiting.values()) - self._time.monotonic()) if self._waiting else None

    def due(self) -> tuple[Matter, Occurrences] | None:
        """Changes that were kept and are due now; None where there are none."""
        now = self._time.monotonic()
        for matter, until in list(self._waiting.items()):
            if now < until:
                continue
            del self._waiting[matter]
            known = self._matters.get(matter)
            if known is not None and known.changes:
                return matter, self._released(matter, known)
        return None

    def _released(self, matter: Matter, known: _Matter) -> Occurrences:
        self._waiting.pop(matter, None)
        self._matters.put(matter, _Matter(self._time.monotonic() + self._quiet))
        return Occurrences(known.times, known.first, tuple((name, *pair) for name, pair in known.changes.items()))


def _gather(kept: dict[str, tuple[str, str]], changes: Sequence[Change]) -> None:
    """From the oldest version to the newest; what changed back did not change."""
    for name, old, new in changes:
        first = kept.pop(name, (old, ""))[0]
        if first != new and len(kept) < GATHERED:
            kept[name] = (first, new)


class RateLimit:
    """A cap: `burst` at once, then one in `every` seconds."""

    def __init__(self, time: clock.Clock, *, burst: int, every: float) -> None:
        self._time = time
        self._every = every
        self._slack = burst * every
        self._next = time.monotonic() - self._slack

    def take(self) -> float:
        """Take the next turn; the seconds to wait for it."""
        now = self._time.monotonic()
        self._next = max(self._next, now - self._slack) + self._every
        return max(0.0, self._next - now)
