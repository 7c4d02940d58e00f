"""The fan-out: everybody learns of everything, whatever becomes of the others."""

import pytest

from provider import errors, model
from provider.observe import events, observer
from tests.doubles import observers

EVENT = events.VolumeForgotten()


class Broken(observer.Silent):
    """Fails at every event."""

    def observe(self, event: events.Event) -> None:
        raise ValueError("broken")


class Full(observer.Silent):
    """Has no room for what must be written."""

    async def settled(self, who: model.Origin) -> None:
        raise errors.SettingsError("the disk is full")


def test_a_fault_of_one_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and whoever caused the event goes on."""
    first, last = observers.Remembering(), observers.Remembering()
    observer.FanOut([first, Broken(), last]).observe(EVENT)
    assert first.events == last.events == [EVENT]
    assert "internal error in Broken at VolumeForgotten" in caplog.text


async def test_what_could_not_be_written_is_for_the_caller() -> None:
    """A mount that may not be answered without its audit line is not."""
    await observer.FanOut([observer.Silent(), observers.Remembering()]).settled(model.Origin())
    with pytest.raises(errors.SettingsError, match="disk is full"):
        await observer.FanOut([observer.Silent(), Full()]).settled(model.Origin())
