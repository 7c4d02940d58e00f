"""Exponential backoff with jitter: how long to wait before what failed is tried again.

`Exponential` is the formula, a value that each user chooses; `Backoff` remembers failures by key for work that is
repeated in the background. Nothing here waits.
"""

import random
import sys
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from provider.base import cache, clock

_MOST_STEPS: Final = 64
"""Failures in a row that still lengthen the pause; a longer row would only overflow."""


@dataclass(frozen=True, slots=True)
class Exponential:
    """Pauses that grow from failure to failure. Seconds before the jitter.

    Attributes:
        first: after the first failure.
        longest: at most.
        factor: by which each pause is longer than the one before.
        jitter: the least and the greatest part of a pause that is waited, so that clients which failed together do not
            try again together. (1, 1) is none; (0.75, 1.25) spreads over a quarter to either side.
    """

    first: float = 1.0
    longest: float = 60.0
    factor: float = 2.0
    jitter: tuple[float, float] = (0.75, 1.25)

    def pause(self, failures: int, chance: float) -> float:
        """Seconds until the next try.

        >>> [Exponential().pause(failures, 0.5) for failures in (1, 2, 3, 7, 1000)]
        [1.0, 2.0, 4.0, 60.0, 60.0]

        Args:
            failures: in a row, from 1.
            chance: a random number from 0 to 1, which chooses within the jitter.
        """
        least, greatest = self.jitter
        grown = self.first * self.factor ** min(max(failures - 1, 0), _MOST_STEPS)
        return min(self.longest, grown) * (least + chance * (greatest - least))


BACKGROUND: Final = Exponential()
"""For background work, which no call waits for: a lease of 5 minutes gets two tries in its last third."""


@dataclass(frozen=True, slots=True)
class _Row:
    failures: int
    until: float


class Backoff:
    """Failures in a row by key (a Vault, a lease, a token), and whether it is too early for another try.

    Args:
        time: the clock.
        policy: how long to wait.
        limit: keys remembered; beyond that the one unused for longest is forgotten.
        forget: seconds after the end of a pause in which the next failure still counts as in a row.
        chance: random numbers from 0 to 1.
    """

    def __init__(
        self,
        time: clock.Clock,
        policy: Exponential = BACKGROUND,
        *,
        limit: int = sys.maxsize,
        forget: float = float("inf"),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._time = time
        self._policy = policy
        self._forget = forget
        self._chance = chance
        self._rows: cache.Bounded[Hashable, _Row] = cache.Bounded(limit, time)

    def failures(self, key: Hashable) -> int:
        """How often it has failed in a row."""
        row = self._rows.get(key)
        return row.failures if row is not None else 0

    def remaining(self, key: Hashable) -> float:
        """Seconds until the next try is due; 0 where it is."""
        # Asked a thousand times a second, of nothing most of the time.
        row = self._rows.get(key) if self._rows else None
        return max(0.0, row.until - self._time.monotonic()) if row is not None else 0.0

    def is_on(self, key: Hashable) -> bool:
        """Whether it is too early for another try."""
        return self.remaining(key) > 0.0

    def failed(self, key: Hashable) -> int:
        """Wait longer than last time; returns how often it has failed in a row now."""
        failures = self.failures(key) + 1
        until = self._time.monotonic() + self._policy.pause(failures, self._chance())
        self._rows.put(key, _Row(failures, until), until + self._forget)
        return failures

    def succeeded(self, key: Hashable) -> None:
        """End the row of failures."""
        self._rows.drop(key)

    def retain(self, keys: Iterable[Hashable]) -> None:
        """Forget every other key."""
        if self._rows:
            self._rows.retain(keys)
