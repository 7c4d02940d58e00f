"""The fan-out: everybody learns of everything, whatever becomes of the others."""

import pytest

from provider import errors, model
from provider.observe import events, observers
from tests.doubles import remembering

EVENT = events.VolumeForgotten()


class Broken(observers.Silent):
    """Fails at every event."""

    def observe(self, event: events.Event) -> None:
        raise ValueError("broken")


class Full(observers.Silent):
    """Has no room for what must be written."""

    async def settled(self, who: model.Origin) -> None:
        raise errors.SettingsError("the disk is full")


def test_a_fault_of_one_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and whoever caused the event goes on."""
    first, last = remembering.Remembering(), remembering.Remembering()
    observers.FanOut([first, Broken(), last]).observe(EVENT)
    assert first.events == last.events == [EVENT]
    assert "internal error in Broken at VolumeForgotten" in caplog.text


async def test_what_could_not_be_written_is_for_the_caller() -> None:
    """A mount that may not be answered without its audit line is not."""
    await observers.FanOut([observers.Silent(), remembering.Remembering()]).settled(model.Origin())
    with pytest.raises(errors.SettingsError, match="disk is full"):
        await observers.FanOut([observers.Silent(), Full()]).settled(model.Origin())
