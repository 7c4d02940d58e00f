"""When what failed is tried again: after 1 s, doubling to a minute, spread so that what failed together parts.

For work beside the mounts, which nobody waits for. What a mount waits for is paced by vault.retry and vault.refusals.
"""

from collections.abc import Hashable, Iterable
from typing import Final

from provider.base import clock

FIRST: Final = 1.0
LONGEST: Final = 60.0
"""Seconds, before the jitter of a quarter to either side: a lease of 5 minutes gets two tries in its last third."""


def after(failures: int, chance: float, first: float = FIRST, longest: float = LONGEST) -> float:
    """Seconds until the next try.

    Args:
        failures: in a row, from 1.
        chance: a random number from 0 to 1.
        first: seconds after the first failure, before the jitter.
        longest: seconds at most, likewise.
    """
    return min(longest, first * 2.0 ** min(failures - 1, 16)) * (0.75 + chance / 2)


class Backoff:
    """Pauses by what failed: a Vault, a lease, a token."""

    def __init__(self, time: clock.Clock) -> None:
        self._time = time
        self._failed: dict[Hashable, tuple[int, float]] = {}

    def failures(self, key: Hashable) -> int:
        """How often it has failed in a row."""
        return self._failed.get(key, (0, 0.0))[0]

    def is_on(self, key: Hashable) -> bool:
        """Whether it is too early for another try."""
        # Asked a thousand times a second, of nothing most of the time.
        until = self._failed.get(key) if self._failed else None
        return until is not None and self._time.monotonic() < until[1]

    def failed(self, key: Hashable, chance: float) -> int:
        """Wait longer than last time; how often it has failed now."""
        failures = self.failures(key) + 1
        self._failed[key] = (failures, self._time.monotonic() + after(failures, chance))
        return failures

    def passed(self, key: Hashable) -> None:
        """It has worked."""
        self._failed.pop(key, None)

    def retain(self, keys: Iterable[Hashable]) -> None:
        """Forget everything else."""
        if self._failed:
            wanted = set(keys)
            self._failed = {key: failed for key, failed in self._failed.items() if key in wanted}
