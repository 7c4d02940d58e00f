"""A secret does not slip out."""

import copy
import json
import pickle
import traceback

import pytest

from provider.base import secret

VALUE = "canary-value-123"


@pytest.mark.parametrize("shown", [str, repr, lambda s: f"{s}", lambda s: f"{s!r:>40}", lambda s: f"{[s]}"])
def test_no_way_of_printing_shows_it(shown: object) -> None:
    """str, repr, format and containers show a placeholder."""
    assert callable(shown)
    assert VALUE not in shown(secret.Secret(VALUE))


def test_it_is_not_serialised() -> None:
    """JSON, pickle and copies that go through pickle refuse it."""
    for attempt in (json.dumps, pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            attempt(secret.Secret(VALUE))


def test_it_cannot_be_a_dictionary_key() -> None:
    """Nobody keeps tokens as keys by accident."""
    with pytest.raises(TypeError):
        {secret.Secret(VALUE): 1}


def test_a_traceback_with_its_locals_does_not_show_it() -> None:
    """Even a traceback that prints local variables shows the placeholder."""
    held = secret.Secret(VALUE)
    try:
        assert held
        raise ValueError(held)
    except ValueError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert VALUE not in "".join(line for line in lines if "VALUE" not in line)


def test_bytes_come_back_as_they_went_in() -> None:
    """Text, UTF-8 or not, survives."""
    assert secret.Secret(b"\xff\x00a").reveal() == b"\xff\x00a"
    assert secret.Secret(secret.Secret(b"\xff\x00a").reveal_text()).reveal() == b"\xff\x00a"
    assert secret.Secret("a") == secret.Secret(b"a") != secret.Secret("b")
