"""Reads for one mount: what the response cache has that is good, and Vault for the rest."""

import dataclasses
import math
import random
from collections.abc import Mapping
from typing import Final

from provider import errors, model
from provider.base import clock
from provider.observe import events, observers
from provider.service.volumes import response_cache, token_ledger
from provider.vault import lease_policy, leases, reads


class CachedReader:
    """Reads for one mount.

    Args:
        responses: the volume's.
        reader: the way to Vault.
        objects: those of the SPC, which say how often each read is made.
        time: the clock.
        observer: learns of every read.
        account: of the mount in the ledger of tokens.
        who: the mount.
        early: whether static responses that are nearly due are requested now, with those that are.
        max_interval: seconds between two renewals of a lease at most.

    Attributes:
        requests: those that were made to Vault.
        used: every read that the mount relied on, and when its response came (monotonic seconds).
    """

    def __init__(
        self,
        responses: response_cache.ResponseCache,
        reader: reads.Reader,
        objects: tuple[model.Object, ...],
        *,
        time: clock.Clock,
        observer: observers.Observer,
        account: token_ledger.Account,
        who: model.Origin,
        early: bool,
        max_interval: float = math.inf,
    ) -> None:
        self._responses = responses
        self._reader = reader
        self._time = time
        self._observer = observer
        self._account = account
        self._who = who
        self._early = early
        self._max_interval = max_interval
        self._named, self._found = _policies(objects)
        self.requests = 0
        self.used: dict[model.Read, float | None] = {}

    def apply_policies(self, *, is_shared: bool) -> None:
        """Date what is cached by the policies of these objects, after an edit of the SPC.

        Args:
            is_shared: whether other volumes use the same responses: then nothing is due later than it was.
        """
        for read, cached in self._responses:
            lease = lease_policy.applied(cached.lease, read, self._named.get(read, self._found))
            if not is_shared or lease.due < cached.lease.due:
                cached.lease = lease

    async def read(self, read: model.Read) -> model.Reply:
        """See `passes.Reader`.

        Raises:
            errors.ProviderError: nothing usable came back.
        """
        self.used[read] = None
        started = self._time.monotonic()
        cached, source = self._responses.usable(read, started, early=self._early), events.Source.CACHE
        if cached is None:
            source = events.Source.VAULT
            try:
                cached = await self._responses.fetch(read, lambda: self._request(read))
            except errors.ProviderError as error:
                self._report_failure(read, error.reason, started)
                raise
        self.used[read] = cached.lease.obtained
        self._account.book(read, cached)
        self._observer.observe(
            events.SecretRead(
                who=self._who,
                method=read.method,
                path=read.path,
                namespace=read.namespace,
                source=source,
                request_id=str(cached.reply.envelope.get("request_id", "")),
                seconds=self._time.monotonic() - started,
            )
        )
        return cached.reply

    def has_lost(self, now: float) -> bool:
        """Whether a response that was used has ended with its token since, at `now` (monotonic seconds)."""
        return any(
            cached.is_lost or (cached.ends_with_token and now >= cached.session.ends)
            for cached in map(self._responses.get, self.used)
            if cached is not None and not cached.lease.final
        )

    def _report_failure(self, read: model.Read, reason: str, started: float) -> None:
        self._observer.observe(
            events.ReadFailed(
                who=self._who,
                method=read.method,
                path=read.path,
                namespace=read.namespace,
                reason=reason,
                seconds=self._time.monotonic() - started,
            )
        )

    async def _request(self, read: model.Read) -> response_cache.CachedResponse:
        sent = self._time.monotonic()
        self.requests += 1
        reply, session = await self._reader.read(read)
        lease = leases.of(
            read,
            reply,
            self._named.get(read, self._found),
            sent=sent,
            now=self._time.monotonic(),
            epoch=self._time.now(),
            spread=random.random(),  # noqa: S311 -- jitter
            max_interval=self._max_interval,
        )
        # Vault's clock at that moment is of no use later, and stays out of what is stored.
        return response_cache.CachedResponse(dataclasses.replace(reply, date=None), lease, session)


def _policies(objects: tuple[model.Object, ...]) -> tuple[Mapping[model.Read, model.Refresh], model.Refresh]:
    """How each read named in the SPC is refreshed, and those that templates find: by the most impatient object."""
    named: dict[model.Read, model.Refresh] = {}
    found = None
    for wanted in objects:
        if wanted.read is not None:
            named[wanted.read] = _sooner(named.get(wanted.read), wanted.refresh)
        if wanted.shape.FINDS_READS:
            found = _sooner(found, wanted.refresh)
    return named, found or model.Refresh()


_POLICIES: Final = tuple(model.WritePolicy)


def _sooner(one: model.Refresh | None, other: model.Refresh) -> model.Refresh:
    if one is None:
        return other
    writes = min(one.writes, other.writes, key=_POLICIES.index)
    return model.Refresh(min(one.interval, other.interval), writes)
