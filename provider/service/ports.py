"""What a mount needs given. app.py fills these from the packages below; tests fill them as they like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from provider import model
from provider.base import secret
from provider.spec import parameters


@dataclass(frozen=True, slots=True)
class Call:
    """The driver's call, field by field, and the socket's dialect it came in on. Nothing of it is ever logged."""

    attributes: str = field(repr=False)
    secrets: str = field(repr=False)
    target_path: str
    permission: str
    dialect: parameters.Dialect
    remaining: float | None = None
    """Seconds that the caller will wait; None where it did not say."""


class PodTokens(Protocol):
    """Makes service-account tokens for pods whose mount request carries none."""

    async def __call__(self, pod: model.Pod, audience: str, patience: float) -> secret.Secret:
        """A token bound to `pod`, for `audience` ("" for the API server's default), within `patience` seconds.

        Raises:
            errors.IdentityError: none could be had.
        """


class Teller(Protocol):
    """Tells a pod's owner what became of a mounted volume. Returns at once, and never fails."""

    def rotated(self, pod: model.Pod, changes: Sequence[tuple[str, str, str]]) -> None:
        """Objects changed: name, version before, version now."""

    def refresh_failed(self, pod: model.Pod, reason: str, message: str, since: float) -> None:
        """A refresh failed, and the files stay: reason, text without any value, epoch seconds of the first failure."""


class Silent:
    """A `Teller` where there is nobody to tell."""

    def rotated(self, pod: model.Pod, changes: Sequence[tuple[str, str, str]]) -> None:
        """See `Teller`."""

    def refresh_failed(self, pod: model.Pod, reason: str, message: str, since: float) -> None:
        """See `Teller`."""


class VersionKey(Protocol):
    """The key that versions are made with."""

    def look(self) -> None:
        """Look for it again beside what follows, if the last look was long ago. Returns at once."""

    async def current(self) -> secret.Secret | None:
        """The key, None where there is none. Waits only while no key is held."""

    async def settled(self, patience: float) -> secret.Secret | None:
        """The key, after `patience` seconds at most for a look that may be under way; starts none."""
