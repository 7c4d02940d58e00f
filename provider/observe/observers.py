"""Who learns of events, and how: one interface, and the fan-out to all that implement it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from provider import model
from provider.observe import events

_log: Final = logging.getLogger("provider.observe")


class Observer(Protocol):
    """Learns of everything that happens."""

    def observe(self, event: events.Event) -> None:
        """Take note of an event. Returns at once, and decides nothing for the caller."""

    async def settled(self, who: model.Origin) -> None:
        """Return when whatever must be written about a mount is written; its answer is given only then.

        Raises:
            errors.ProviderError: it could not be written, and the mount may not be answered without.
        """


@dataclass(frozen=True, slots=True)
class Reporter:
    """An observer, and the mount for which others report to it."""

    observer: Observer
    who: model.Origin = model.Origin()  # noqa: RUF009 -- frozen

    def report(self, event: events.Event) -> None:
        """Have an event observed."""
        self.observer.observe(event)


class Silent:
    """An observer that takes no note, and the base of those that have nothing to settle."""

    def observe(self, event: events.Event) -> None:
        """See `Observer`."""

    async def settled(self, who: model.Origin) -> None:
        """See `Observer`."""


class FanOut:
    """All observers of the process, in order. A fault of one is logged, and keeps nothing from the others."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def observe(self, event: events.Event) -> None:
        """See `Observer`."""
        for each in self._observers:
            try:
                each.observe(event)
            except Exception:  # noqa: BLE001 -- whatever it is, what is observed goes on
                _log.exception("internal error in %s at %s", type(each).__name__, type(event).__name__)

    async def settled(self, who: model.Origin) -> None:
        """See `Observer`."""
        for each in self._observers:
            await each.settled(who)
