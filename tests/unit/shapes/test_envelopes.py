"""Envelopes: what an object shows of a response besides its data, which stays while the data does."""

from provider import model
from provider.shapes import envelopes

READ = model.Read("", "secret/data/db")
OTHER = model.Read("", "secret/data/other")


def reply(request: str, value: str = "v") -> model.Reply:
    return model.Reply({"k": value}, {"request_id": request})


def request_of(shown: envelopes.Envelopes, answer: model.Reply, read: model.Read = READ) -> object:
    return shown.of(read, answer)["request_id"]


def test_the_first_envelope_is_kept_while_the_data_is_the_same() -> None:
    """request_id of a later answer does not reach the file; a change of data brings its own."""
    first = envelopes.Envelopes(())
    assert request_of(first, reply("first")) == "first"
    second = envelopes.Envelopes(first.shown)
    assert request_of(second, reply("second")) == "first"
    third = envelopes.Envelopes(second.shown)
    assert request_of(third, reply("third", "new")) == "third"
    assert request_of(third, reply("own", "new"), OTHER) == "own"
    assert [each.envelope["request_id"] for each in third.shown] == ["third", "own"]


def test_an_envelope_that_is_not_shown_any_more_is_dropped() -> None:
    """An object that reads another path leaves nothing behind."""
    before = envelopes.Envelopes(())
    request_of(before, reply("first"))
    after = envelopes.Envelopes(before.shown)
    request_of(after, reply("second"), OTHER)
    assert [each.read for each in after.shown] == [OTHER]


def test_what_is_shown_is_not_printed() -> None:
    """An envelope may hold a token."""
    shown = envelopes.Envelopes(())
    shown.of(READ, model.Reply(None, {"auth": {"client_token": "hvs.canary"}}))
    assert "canary" not in repr(shown.shown)
