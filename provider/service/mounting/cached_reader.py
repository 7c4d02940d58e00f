"""The reader of one mount: what the holdings have that is good, and Vault for the rest."""

import random
from collections.abc import Mapping

from provider import model
from provider.base import clock
from provider.service.volumes import response_cache
from provider.vault import leases, reads


class CachedReader:
    """Reads for one mount.

    Attributes:
        asked: requests that were made of Vault.
        used: every read that the mount relied on, and when its answer came (monotonic seconds).
    """

    def __init__(
        self,
        held: response_cache.ResponseCache,
        reader: reads.Reader,
        objects: tuple[model.Object, ...],
        time: clock.Clock,
        *,
        early: bool,
    ) -> None:
        """`early`: whether static answers that are nearly due are asked for now, with those that are."""
        self._held = held
        self._reader = reader
        self._time = time
        self._early = early
        self._refreshes, self._found = _refreshes(objects)
        self.asked = 0
        self.used: dict[model.Read, float | None] = {}

    async def read(self, read: model.Read) -> model.Reply:
        """See `passes.Reader`.

        Raises:
            errors.ProviderError: nothing usable came back.
        """
        self.used[read] = None
        kept = self._held.good(read, self._time.monotonic(), early=self._early)
        if kept is None:
            kept = await self._held.ask(read, lambda: self._ask(read))
        self.used[read] = kept.lease.obtained
        return kept.reply

    async def _ask(self, read: model.Read) -> response_cache.CachedResponse:
        asked = self._time.monotonic()
        self.asked += 1
        reply = await self._reader.read(read)
        session = await self._reader.open()
        lease = leases.of(
            read,
            reply,
            self._refreshes.get(read, self._found),
            asked=asked,
            now=self._time.monotonic(),
            epoch=self._time.now(),
            spread=random.random(),  # noqa: S311 -- jitter
        )
        return response_cache.CachedResponse(reply, lease, session)


def _refreshes(objects: tuple[model.Object, ...]) -> tuple[Mapping[model.Read, model.Refresh], model.Refresh]:
    """How each read named in the SPC is refreshed, and those that templates find: by the most impatient object."""
    named: dict[model.Read, model.Refresh] = {}
    found = None
    for wanted in objects:
        if wanted.read is not None:
            named[wanted.read] = _sooner(named.get(wanted.read), wanted.refresh)
        if wanted.template is not None:
            found = _sooner(found, wanted.refresh)
    return named, found or model.Refresh()


_ORDER = ("always", "onExpiry", "once")


def _sooner(one: model.Refresh | None, other: model.Refresh) -> model.Refresh:
    if one is None:
        return other
    writes = min(one.writes, other.writes, key=_ORDER.index)
    return model.Refresh(min(one.interval, other.interval), writes)
