"""An observer for tests."""

from provider.observe import events, observers


class Remembering(observers.Silent):
    """Remembers every event, in order."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []

    def observe(self, event: events.Event) -> None:
        """See `observers.Observer`."""
        self.events.append(event)


NOBODY = observers.Reporter(observers.Silent())
"""Reports to nobody, for no mount."""
