from typing import Any

import pytest

from provider.golang import failures, values
from provider.gotemplate import state
from provider.gotemplate.functions.consul_template import scratch
from tests.doubles import template_state


@pytest.fixture
def at() -> state.State:
    return template_state.build()


def call(at: state.State, method: str, *arguments: Any) -> Any:
    struct = scratch.TABLE.functions["scratch"].call(at)
    assert struct.type_name == "*template.Scratch"
    return struct.methods[method].call(at, *arguments)


def test_what_is_set_is_kept(at: state.State) -> None:
    """Setters print nothing; what was never set is nil."""
    assert call(at, "Set", "k", 5) == ""
    assert call(at, "Get", "k") == 5
    assert call(at, "Get", "z") is None
    assert (call(at, "Key", "k"), call(at, "Key", "z")) == (True, False)


def test_setx_keeps_what_is_there(at: state.State) -> None:
    """Nil is there too, once it is set."""
    call(at, "Set", "nil", None)
    for key in ("nil", "k"):
        assert call(at, "SetX", key, 1) == ""
        assert call(at, "SetX", key, 2) == ""
    assert (call(at, "Get", "nil"), call(at, "Get", "k")) == (None, 1)


def test_maps_are_made_when_they_are_needed(at: state.State) -> None:
    """Their values come in the order of their keys' bytes."""
    for name, value in (("b", 2), ("é", 3), ("\U00010000", 5), ("\uffff", 4), ("a", 1)):
        assert call(at, "MapSet", "m", name, value) == ""
    call(at, "MapSetX", "m", "a", 6)
    call(at, "MapSet", "m", "b", 7)
    assert call(at, "MapValues", "m") == [1, 7, 3, 4, 5]
    assert call(at, "MapValues", "none") == []


def test_a_map_got_before_shows_what_is_set_later(at: state.State) -> None:
    """It is one map, as in Go."""
    call(at, "MapSet", "m", "a", 1)
    got = call(at, "Get", "m")
    call(at, "MapSet", "m", "b", 2)
    assert got == {"a": 1, "b": 2}


@pytest.mark.parametrize("kept", ["hunter2", 1, None, [], values.StringMap()])
@pytest.mark.parametrize("method", ["MapSet", "MapSetX"])
def test_what_is_no_map_takes_no_key(at: state.State, method: str, kept: Any) -> None:
    """The type is told; listing its values gives none."""
    call(at, "Set", "m", kept)
    with pytest.raises(failures.Failed) as caught:
        call(at, method, "m", "a", 1)
    assert caught.value.message == f"what scratch keeps there is {values.type_name(kept)}, not a map"
    assert call(at, "MapValues", "m") == []


def test_each_rendering_has_its_own(at: state.State) -> None:
    """Nothing outlives a state."""
    call(at, "Set", "k", 1)
    assert call(template_state.build(), "Get", "k") is None
