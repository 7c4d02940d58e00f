"""Vault's responses behind one volume, or behind all volumes of one identity, for as long as they are good.

A static secret is good for its interval. A response with a lease is good while the lease lives: `upkeep.renewals` keeps
it alive, and as long as it does, nothing is issued again. Values are in memory only.
"""

import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from provider import errors, model
from provider.base import cache, weight
from provider.vault import leases, sessions

_EARLY_SHARE: Final = 0.1
"""Share of an interval by which one response may be requested early, along with another that is due: one generation."""

ROUNDING: Final = 2.0
"""Seconds by which two ends that are one to Vault may differ here: it reports whole seconds, per request."""

_OVERHEAD: Final = 1024
"""Bytes that a response takes besides its body: its dates, its read, its place in the cache."""

_DROPPED: Final = model.Reply(None, {})


_OF_THE_CALLER: Final = (errors.VaultUnavailable, errors.DeadlineSpent, errors.IdentityError, errors.LoginRefused)
"""Failures that another caller need not share; what Vault says of a path or a request, it says to all."""


@dataclass(slots=True)
class CachedResponse:
    """One response.

    Attributes:
        reply: the response.
        lease: how long it is good; replaced when it is renewed.
        session: the token it was given to, with which its lease ends.
        is_lost: whether Vault has refused to renew the lease: it is requested again at the next republish.
        is_forced: whether an operator wants it requested again at the next republish; until then it is renewed.
        has_body: whether the response itself is still here: that of a static secret can be dropped, since reading it
            again issues nothing. Its dates stay, and so does what the files were made of.
    """

    reply: model.Reply
    lease: leases.Lease
    session: sessions.Session
    is_lost: bool = False
    is_forced: bool = False
    has_body: bool = True

    @property
    def is_droppable(self) -> bool:
        """Whether the body can be dropped."""
        return self.has_body and self.lease.kind in (leases.Kind.STATIC, leases.Kind.STATIC_ROLE)

    def drop_body(self) -> None:
        """Keep the dates only."""
        self.reply, self.has_body = _DROPPED, False

    @property
    def ends_with_token(self) -> bool:
        """Whether it ends with the token it was given to: a lease does, and a token made with that token."""
        return self.lease.kind is leases.Kind.LEASE or "auth" in self.reply.envelope

    @property
    def is_capped_by_token(self) -> bool:
        """Whether it lives until its token ends for good: renewing it would gain nothing."""
        if not self.ends_with_token or self.session.renewable:
            return False
        return self.lease.expires > self.session.ends - ROUNDING

    def is_good(self, now: float, *, early: bool = False) -> bool:
        """Whether it may be used again at `now` (monotonic seconds).

        Args:
            now: the moment.
            early: whether it is requested along with another that is due, a little before its own time.
        """
        return now < self.good_until(early=early)

    def good_until(self, *, early: bool = False) -> float:
        """Until when it may be used, unless it is renewed before, in monotonic seconds; -inf where it may not."""
        if self.is_forced:
            return -math.inf
        if self.lease.final:
            return math.inf
        if self.is_lost:
            return -math.inf
        return min(self._lease_good_until(early=early), self.session.expires if self.ends_with_token else math.inf)

    def renewal_due(self) -> float:
        """When its lease is to be renewed, in monotonic seconds: because it is due, or for a check; inf for never."""
        if self.is_lost or self.lease.kind is not leases.Kind.LEASE:
            return math.inf
        due = self.lease.due if self.lease.renewable and not self.is_capped_by_token else math.inf
        return min(due, self.lease.check if self.session.renews_leases else math.inf)

    def _lease_good_until(self, *, early: bool) -> float:
        lease = self.lease
        if self.is_capped_by_token:
            return self.session.expires
        if lease.kind is leases.Kind.LEASE and lease.renewable:
            # Renewing has from `due` on some time to succeed before the credentials are given up.
            return lease.due + (lease.expires - lease.due) / 2
        if early and lease.kind is leases.Kind.STATIC and lease.due < math.inf:
            return lease.due - _EARLY_SHARE * (lease.due - lease.obtained)
        return lease.due


class ResponseCache:
    """The responses by the read that asked for them, and the requests under way for more."""

    def __init__(self) -> None:
        self._responses: dict[model.Read, CachedResponse] = {}
        self._requests: cache.SingleFlight[model.Read, CachedResponse] = cache.SingleFlight()
        self._forced_under_way: list[set[leases.Kind]] = []
        self._weights: dict[model.Read, tuple[model.Reply, int]] = {}

    @property
    def size(self) -> int:
        """Bytes held. Each response is weighed once."""
        for read, cached in self._responses.items():
            weighed = self._weights.get(read)
            if weighed is None or weighed[0] is not cached.reply:
                self._weights[read] = (cached.reply, _OVERHEAD + weight.of(cached.reply.data))
        if len(self._weights) > len(self._responses):
            self._weights = {read: self._weights[read] for read in self._responses}
        return sum(each for _, each in self._weights.values())

    def __iter__(self) -> Iterator[tuple[model.Read, CachedResponse]]:
        return iter(list(self._responses.items()))

    def get(self, read: model.Read) -> CachedResponse | None:
        """The response, good or not."""
        return self._responses.get(read)

    def good(self, read: model.Read, now: float, *, early: bool = False) -> CachedResponse | None:
        """The response, if it is here and good; see `CachedResponse.is_good`."""
        cached = self._responses.get(read)
        return cached if cached is not None and cached.is_good(now, early=early) else None

    def usable(self, read: model.Read, now: float, *, early: bool = False) -> CachedResponse | None:
        """The response, if it is good and its body is here."""
        cached = self.good(read, now, early=early)
        return cached if cached is not None and cached.has_body else None

    def drop_bodies(self) -> None:
        """Drop every body that can be had again without anything being issued."""
        for cached in self._responses.values():
            if cached.is_droppable:
                cached.drop_body()

    async def fetch(self, read: model.Read, request: Callable[[], Awaitable[CachedResponse]]) -> CachedResponse:
        """Make a request, once for all who want it at the same time, and keep the response.

        Who joins the request of another shares its success. Its failure may be the other's own: out of time, or
        without a token of its pod. So the request is made again then, within the time of those who still want it.
        """
        while True:
            joined = True

            async def own() -> CachedResponse:
                nonlocal joined
                joined = False
                return await self._fetch_and_keep(read, request)

            try:
                return await self._requests.run(read, own)
            except _OF_THE_CALLER:
                if not joined:
                    raise

    async def _fetch_and_keep(
        self, read: model.Read, request: Callable[[], Awaitable[CachedResponse]]
    ) -> CachedResponse:
        forced: set[leases.Kind] = set()
        self._forced_under_way.append(forced)
        try:
            cached = await request()
        finally:
            self._forced_under_way = [each for each in self._forced_under_way if each is not forced]
        cached.is_forced = cached.lease.kind in forced
        self._responses[read] = cached
        return cached

    def force(self, kinds: Collection[leases.Kind]) -> None:
        """Have responses of these kinds requested again, and those under way: they may be older than the wish."""
        for cached in self._responses.values():
            cached.is_forced = cached.is_forced or cached.lease.kind in kinds
        for forced in self._forced_under_way:
            forced.update(kinds)

    def put(self, read: model.Read, cached: CachedResponse) -> None:
        """Keep a response that is there already."""
        self._responses[read] = cached

    def merge(self, other: "ResponseCache") -> None:
        """Take in what another has, of each response the later one."""
        for read, cached in other:
            mine = self._responses.get(read)
            if mine is None or _age(mine) < _age(cached):
                self._responses[read] = cached

    def retain(self, reads: Iterable[model.Read]) -> None:
        """Drop everything else."""
        wanted = set(reads)
        self._responses = {read: cached for read, cached in self._responses.items() if read in wanted}


def _age(cached: CachedResponse) -> tuple[float, float]:
    return cached.lease.obtained, cached.lease.expires
