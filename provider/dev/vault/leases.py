"""Leases: what was given for a time, under which token, and how it is taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provider.base import clock
from provider.dev.vault import replies, tokens


@dataclass(slots=True)
class Lease:
    """Leased content. Times in seconds since the epoch, lifetimes in seconds; `revoke` takes the content back."""

    id: str
    token: str
    issued: float
    ttl: int
    max_ttl: int
    expires: float
    revoke: Callable[[], None]
    renewed: float | None = None


class Leases:
    """All leases of the server."""

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time
        self._held: dict[str, Lease] = {}

    def create(self, path: str, token: str, ttl: int, max_ttl: int, revoke: Callable[[], None]) -> Lease:
        """Lease something that was read from `path`; 0 = the server's own lifetime."""
        limit = min(max_ttl or tokens.SYSTEM_TTL, tokens.SYSTEM_TTL)
        lived = min(ttl or tokens.SYSTEM_TTL, limit)
        now = self._clock.now()
        lease = Lease(f"{path}/{tokens.random_text(24)}", token, now, lived, limit, now + lived, revoke)
        self._held[lease.id] = lease
        return lease

    def find(self, lease_id: str) -> Lease | None:
        """A lease that has not ended."""
        self.sweep()
        return self._held.get(lease_id)

    def sweep(self) -> None:
        """End what has run out."""
        now = self._clock.now()
        for lease in [lease for lease in self._held.values() if lease.expires <= now]:
            self.revoke(lease.id)

    def renew(self, lease_id: str, increment: int) -> replies.Reply:
        """Give it new time.

        Raises:
            replies.Refusal: no such lease.
        """
        lease = self.find(lease_id)
        if lease is None:
            raise replies.bad_request("lease not found")
        now = self._clock.now()
        wanted, last = increment or lease.ttl, lease.issued + lease.max_ttl
        warnings = [tokens.capped(wanted, lease.max_ttl)] if increment and now + wanted > last else []
        lease.expires, lease.renewed = min(now + wanted, last), now
        left = max(0, int(lease.expires - now + 0.999))
        return replies.Reply(lease_id=lease.id, renewable=True, lease_duration=left, warnings=warnings)

    def lookup(self, lease_id: str) -> dict[str, Any]:
        """What sys/leases/lookup tells.

        Raises:
            replies.Refusal: no such lease.
        """
        lease = self.find(lease_id)
        if lease is None:
            raise replies.bad_request("invalid lease")
        return {
            "expire_time": replies.timestamp(lease.expires),
            "id": lease.id,
            "issue_time": replies.timestamp(lease.issued),
            "last_renewal": None if lease.renewed is None else replies.timestamp(lease.renewed),
            "renewable": True,
            "ttl": int(lease.expires - self._clock.now()),
        }

    def revoke(self, lease_id: str) -> None:
        """End it now; one that is not there is none the worse."""
        lease = self._held.pop(lease_id, None)
        if lease is not None:
            lease.revoke()

    def revoke_prefix(self, prefix: str) -> None:
        """End all below a path."""
        for lease_id in [held for held in self._held if held.startswith(prefix)]:
            self.revoke(lease_id)

    def revoke_of(self, token: str) -> None:
        """End all that were read with a token that has died."""
        for lease_id in [lease.id for lease in self._held.values() if lease.token == token]:
            self.revoke(lease_id)
