"""What Vault has answered and is still good: the replies behind one volume, or behind all volumes of one identity.

A static secret is good for its interval. An answer with a lease is good while the lease lives: `renewals` keeps it
alive, and as long as it does, nothing is issued anew. Values are in memory only.
"""

import math
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from provider import cache, model
from provider.vault import leases, sessions

_TOGETHER: Final = 0.1
"""Share of an interval by which one answer may be asked for early, beside another that is due: one generation."""

_OVERHEAD: Final = 1024
"""Bytes that an answer takes beside its text, roughly; parsed, the text itself takes about three times its size."""


@dataclass(slots=True)
class Kept:
    """One answer.

    Attributes:
        reply: the answer.
        lease: how long it is good; replaced when it is renewed.
        session: the token it was given to, with which its lease dies.
        is_lost: whether Vault has refused to renew the lease: it is asked for anew at the next republish.
    """

    reply: model.Reply
    lease: leases.Lease
    session: sessions.Session
    is_lost: bool = False

    def is_good(self, now: float, *, early: bool = False) -> bool:
        """Whether it can be given out once more at `now` (monotonic seconds); `early` where another is due anyway."""
        return self.lease.final or (not self.is_lost and now < self._late(early=early))

    def _late(self, *, early: bool) -> float:
        lease = self.lease
        if lease.kind is leases.Kind.LEASE and lease.renewable:
            # Renewing has from `due` on some time to succeed before the credentials are given up.
            return lease.due + (lease.expires - lease.due) / 2
        if early and lease.kind is leases.Kind.STATIC and lease.due < math.inf:
            return lease.due - _TOGETHER * (lease.due - lease.obtained)
        return lease.due


class Holdings:
    """The answers, and the requests under way for more."""

    def __init__(self) -> None:
        self._kept: dict[model.Read, Kept] = {}
        self._asking: cache.SingleFlight[model.Read, Kept] = cache.SingleFlight()

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        return sum(_OVERHEAD + 3 * kept.reply.size for kept in self._kept.values())

    def __iter__(self) -> Iterator[tuple[model.Read, Kept]]:
        return iter(list(self._kept.items()))

    def are_good(self, reads: Iterable[model.Read], now: float) -> bool:
        """Whether all of them are held and good."""
        return all((kept := self._kept.get(read)) is not None and kept.is_good(now) for read in reads)

    def good(self, read: model.Read, now: float, *, early: bool = False) -> Kept | None:
        """The answer, if it is held and good."""
        kept = self._kept.get(read)
        return kept if kept is not None and kept.is_good(now, early=early) else None

    async def ask(self, read: model.Read, asking: Callable[[], Awaitable[Kept]]) -> Kept:
        """Ask Vault, once for all who want it at the same time, and keep the answer."""

        async def ask_and_keep() -> Kept:
            kept = await asking()
            self._kept[read] = kept
            return kept

        return await self._asking.run(read, ask_and_keep)

    def put(self, read: model.Read, kept: Kept) -> None:
        """Keep an answer that is there already."""
        self._kept[read] = kept

    def retain(self, reads: Iterable[model.Read]) -> None:
        """Forget everything else."""
        wanted = set(reads)
        self._kept = {read: kept for read, kept in self._kept.items() if read in wanted}
