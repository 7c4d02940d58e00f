"""What the service needs from its caller: the call itself, tokens for pods, and the key of versions."""

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


class VersionKey(Protocol):
    """The key that versions are made with."""

    def look(self) -> None:
        """Look for it again beside what follows, if the last look was long ago. Returns at once."""

    async def current(self) -> secret.Secret | None:
        """The key, None where there is none. Waits only while no key is held."""

    async def settled(self, patience: float) -> secret.Secret | None:
        """The key, after `patience` seconds at most for a look that may be under way; starts none."""
