"""Backs off logins that Vault refused: repeats the refusal from memory until the next try is due.

The kubelet tries a pod's first mount again after 0.5 s, 1 s, 2 s and so on, and republishes a mounted one up to once a
second for as long as it fails. Each of these calls would cost Vault a login and the API server a token review, just
when one of them is in trouble: Vault answers "permission denied" also where it cannot reach the API server.
"""

from collections.abc import Hashable
from typing import Final

from provider import errors
from provider.base import backoff, cache, clock

FIRST: Final = 0.4
"""Seconds after the first refusal; each in a row doubles it. A little less than what the kubelet waits."""

LONGEST: Final = 10.0
"""Seconds at most: so much later than possible a pod starts after its role was corrected."""

_PAUSES: Final = backoff.Exponential(first=FIRST, longest=LONGEST, jitter=(1.0, 1.0))
_FORGET: Final = 60.0
_LIMIT: Final = 1000


class LoginBackoff:
    """Refused logins by key, the latest thousand."""

    def __init__(self, time: clock.Clock) -> None:
        self._backoff = backoff.Backoff(time, _PAUSES, limit=_LIMIT, forget=_FORGET)
        self._refusals: cache.Bounded[Hashable, errors.LoginRefused] = cache.Bounded(_LIMIT, time)

    def check(self, key: Hashable) -> None:
        """Return where a login may be tried.

        Raises:
            errors.LoginRefused: it was refused a moment ago; says the same again, and when the next try is due.
        """
        remaining = self._backoff.remaining(key)
        refusal = self._refusals.get(key) if remaining > 0.0 else None
        if refusal is not None:
            # A new error each time: an exception that is raised again drags every earlier traceback along.
            raise errors.LoginRefused(
                f"{refusal.message} (next login attempt in {remaining:.1f} s)",
                status=refusal.status,
                hint=refusal.hint,
                path=refusal.path,
            )

    def refused(self, key: Hashable, error: errors.LoginRefused) -> None:
        """Note that Vault refused a login."""
        self._backoff.failed(key)
        self._refusals.put(key, error)

    def accepted(self, key: Hashable) -> None:
        """Note that Vault accepted a login."""
        self._backoff.succeeded(key)
        self._refusals.drop(key)
