"""Logins that Vault refused, and when each may be tried again.

The kubelet tries a pod's first mount again after 0.5 s, 1 s, 2 s and so on, and republishes a mounted one up to once a
second for as long as it fails. Each of these calls would cost Vault a login and the API server a token review, just
when one of them is in trouble: Vault answers "permission denied" also where it cannot reach the API server. So a
refusal is answered again from memory until its pause is over.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from provider import errors
from provider.base import cache, clock

FIRST: Final = 0.4
"""Seconds after the first refusal; each in a row doubles it. A little less than what the kubelet waits."""

LONGEST: Final = 10.0
"""Seconds at most: so much later than it could a pod starts after its role was mended."""

_FORGET: Final = 60.0
_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: errors.LoginRefused
    pause: float
    until: float


class LoginBackoff:
    """Refused logins by who asked, the latest thousand."""

    def __init__(self, time: clock.Clock) -> None:
        self._kept: cache.Bounded[Hashable, _Refusal] = cache.Bounded(_LIMIT, time)
        self._time = time

    def check(self, key: Hashable) -> None:
        """Pass where a login may be tried.

        Raises:
            errors.LoginRefused: it was refused a moment ago; says the same again, and when the next try is due.
        """
        kept = self._kept.get(key)
        left = kept.until - self._time.monotonic() if kept else 0.0
        if kept is not None and left > 0:
            # A new error each time: an exception that is raised again drags every earlier traceback along.
            raise errors.LoginRefused(
                f"{kept.error.message} (asked again in {left:.1f} s)",
                status=kept.error.status,
                hint=kept.error.hint,
                path=kept.error.path,
            )

    def refused(self, key: Hashable, error: errors.LoginRefused) -> None:
        """Vault said no."""
        before = self._kept.get(key)
        pause = min(LONGEST, before.pause * 2) if before else FIRST
        now = self._time.monotonic()
        self._kept.put(key, _Refusal(error, pause, now + pause), now + pause + _FORGET)

    def accepted(self, key: Hashable) -> None:
        """Vault said yes."""
        self._kept.drop(key)
