"""What Vault has answered and is still good: the replies behind one volume, or behind all volumes of one identity.

A static secret is good for its interval. An answer with a lease is good while the lease lives: `renewals` keeps it
alive, and as long as it does, nothing is issued anew. Values are in memory only.
"""

import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from provider import model
from provider.base import cache
from provider.vault import leases, sessions

_TOGETHER: Final = 0.1
"""Share of an interval by which one answer may be asked for early, beside another that is due: one generation."""

ROUNDED: Final = 2.0
"""Seconds by which two ends that are one to Vault may differ here: it tells whole seconds, for each request anew."""

_OVERHEAD: Final = 1024
"""Bytes that an answer takes beside its text, roughly; parsed, the text itself takes about three times its size."""


@dataclass(slots=True)
class CachedResponse:
    """One answer.

    Attributes:
        reply: the answer.
        lease: how long it is good; replaced when it is renewed.
        session: the token it was given to, with which its lease dies.
        is_lost: whether Vault has refused to renew the lease: it is asked for anew at the next republish.
        is_forced: whether somebody wants it asked for anew at the next republish; until then it is renewed as ever.
    """

    reply: model.Reply
    lease: leases.Lease
    session: sessions.Session
    is_lost: bool = False
    is_forced: bool = False

    @property
    def ends_with_token(self) -> bool:
        """Whether it ends with the token it was given to: a lease does, and a token made with that token."""
        return self.lease.kind is leases.Kind.LEASE or "auth" in self.reply.envelope

    @property
    def is_capped_by_token(self) -> bool:
        """Whether it lives until its token ends for good: renewing it would gain nothing."""
        return self.ends_with_token and not self.session.renewable and self.lease.expires > self.session.ends - ROUNDED

    def is_good(self, now: float, *, early: bool = False) -> bool:
        """Whether it can be given out once more at `now` (monotonic seconds); `early` where another is due anyway."""
        if self.is_forced:
            return False
        if self.lease.final:
            return True
        lives = not self.ends_with_token or now < self.session.expires
        return lives and not self.is_lost and now < self._late(early=early)

    def _late(self, *, early: bool) -> float:
        lease = self.lease
        if self.is_capped_by_token:
            return self.session.expires
        if lease.kind is leases.Kind.LEASE and lease.renewable:
            # Renewing has from `due` on some time to succeed before the credentials are given up.
            return lease.due + (lease.expires - lease.due) / 2
        if early and lease.kind is leases.Kind.STATIC and lease.due < math.inf:
            return lease.due - _TOGETHER * (lease.due - lease.obtained)
        return lease.due


class ResponseCache:
    """The answers, and the requests under way for more."""

    def __init__(self) -> None:
        self._kept: dict[model.Read, CachedResponse] = {}
        self._asking: cache.SingleFlight[model.Read, CachedResponse] = cache.SingleFlight()
        self._under_way: list[set[leases.Kind]] = []

    @property
    def size(self) -> int:
        """Bytes held, roughly."""
        return sum(_OVERHEAD + 3 * kept.reply.size for kept in self._kept.values())

    def __iter__(self) -> Iterator[tuple[model.Read, CachedResponse]]:
        return iter(list(self._kept.items()))

    def good(self, read: model.Read, now: float, *, early: bool = False) -> CachedResponse | None:
        """The answer, if it is held and good."""
        kept = self._kept.get(read)
        return kept if kept is not None and kept.is_good(now, early=early) else None

    async def ask(self, read: model.Read, asking: Callable[[], Awaitable[CachedResponse]]) -> CachedResponse:
        """Ask Vault, once for all who want it at the same time, and keep the answer."""

        async def ask_and_keep() -> CachedResponse:
            forced: set[leases.Kind] = set()
            self._under_way.append(forced)
            try:
                kept = await asking()
            finally:
                self._under_way = [each for each in self._under_way if each is not forced]
            kept.is_forced = kept.lease.kind in forced
            self._kept[read] = kept
            return kept

        return await self._asking.run(read, ask_and_keep)

    def force(self, kinds: Collection[leases.Kind]) -> None:
        """Have the answers of these kinds asked for anew, and those under way: they may be older than the wish."""
        for kept in self._kept.values():
            kept.is_forced = kept.is_forced or kept.lease.kind in kinds
        for forced in self._under_way:
            forced.update(kinds)

    def put(self, read: model.Read, kept: CachedResponse) -> None:
        """Keep an answer that is there already."""
        self._kept[read] = kept

    def join(self, other: "ResponseCache") -> None:
        """Take in what another has, of each answer the later one."""
        for read, kept in other:
            mine = self._kept.get(read)
            if mine is None or (mine.lease.obtained, mine.lease.expires) < (kept.lease.obtained, kept.lease.expires):
                self._kept[read] = kept

    def retain(self, reads: Iterable[model.Read]) -> None:
        """Forget everything else."""
        wanted = set(reads)
        self._kept = {read: kept for read, kept in self._kept.items() if read in wanted}
