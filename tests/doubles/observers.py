"""An observer for tests."""

from provider.observe import events, observer


class Remembering(observer.Silent):
    """Remembers every event, in order."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []

    def observe(self, event: events.Event) -> None:
        """See `observer.Observer`."""
        self.events.append(event)
