from typing import Any

import pytest

from provider.golang import failures, gojson, limits, values
from provider.gotemplate.functions.consul_template import collections
from tests.doubles import template_state


def call(name: str, *arguments: Any) -> Any:
    return collections.TABLE.functions[name].call(template_state.build(), *arguments)


NUMBER = gojson.Number("5")

# List or string, what is looked for, whether Go finds it.
HOLDERS: list[tuple[Any, Any, bool]] = [
    (["a", 1, None], "a", True),
    (["a", 1], 1, True),
    (["a", 1], "z", False),
    ([1], 1.0, False),
    ([1.5, 1.0], 1.0, True),
    ([1], values.Int64(1), True),
    ([values.Uint64(1)], 1, False),
    ([True], True, False),
    ([True], 1, False),
    ([1], True, False),
    ([NUMBER], "5", False),
    ([NUMBER], gojson.Number("5"), True),
    (["5"], NUMBER, False),
    ([1], None, False),
    ([[1]], [1], False),
    (values.StringList(["a"]), "a", True),
    (values.IntList([1]), 1, True),
    (b"abc", 97, False),
    ({"a": 1}, "a", False),
    ("haystack", "st", True),
    ("a5", NUMBER, False),
    (NUMBER, "5", False),
    (NUMBER, NUMBER, True),
    ("é", "\udcc3", True),
    (None, "a", False),
    (5, 5, False),
]


@pytest.mark.parametrize(("holder", "value", "found"), HOLDERS)
def test_only_values_of_one_kind_are_the_same(holder: Any, value: Any, found: bool) -> None:
    """Numbers by kind, a json.Number is no string, and a map holds nothing."""
    assert call("in", holder, value) is found
    assert call("contains", value, holder) is found


@pytest.mark.parametrize("holder", [["a"], "abc"])
def test_nil_is_not_looked_for_among_strings(holder: Any) -> None:
    """Go panics there; here it is an error."""
    with pytest.raises(failures.Failed, match="nil cannot be compared with a string"):
        call("in", holder, None)


# Wanted, the list or string, then all, any, none, not all.
QUANTIFIED: list[tuple[list[Any] | None, Any, tuple[bool, bool, bool, bool]]] = [
    (["a", "z"], ["a", "b"], (False, True, False, True)),
    (["x"], ["x"], (True, True, False, False)),
    (["z", "y"], ["x"], (False, False, True, True)),
    ([], ["x"], (True, False, True, False)),
    (None, ["x"], (True, False, True, False)),
    (["a", "b"], "cab", (True, True, False, False)),
]


@pytest.mark.parametrize(("wanted", "holder", "answers"), QUANTIFIED)
def test_several_are_looked_for_at_once(wanted: list[Any] | None, holder: Any, answers: tuple[bool, ...]) -> None:
    """All, any, none and not all of a list."""
    names = ("containsAll", "containsAny", "containsNone", "containsNotAll")
    assert tuple(call(name, wanted, holder) for name in names) == answers


TARGET = gojson.loads('{"x":"1","n":{"p":"1"},"l":["1"],"e":"","f":false,"el":[],"em":{},"s":"a","nul":null}') | {
    "z": 0
}
SOURCE = gojson.loads(
    '{"x":"2","n":{"p":"9","q":"2"},"l":["2","3"],"e":"E","z":"5","f":true,"el":["4"],"em":{"k":"1"},"s":{"m":"1"},'
    '"nul":"7","new":[],"newmap":{"a":"1"},"newnil":null}'
)
FILLED = gojson.loads(
    '{"e":"E","el":["4"],"em":{"k":"1"},"f":true,"l":["1"],"n":{"p":"1","q":"2"},"new":[],"newmap":{"a":"1"},'
    '"nul":"7","s":"a","x":"1","z":"5"}'
)
OVERRIDDEN = gojson.loads(
    '{"e":"E","el":["4"],"em":{"k":"1"},"f":true,"l":["2","3"],"n":{"p":"9","q":"2"},"new":[],"newmap":{"a":"1"},'
    '"newnil":null,"nul":"7","s":{"m":"1"},"x":"2","z":"5"}'
)
EMPTIES: dict[str, Any] = {"x": None, "n": None, "l": [], "s": "", "em": {}, "e": 0, "n2": {}}

# Target, source, the merge that fills gaps, the merge that overrides.
MERGED: list[tuple[Any, Any, Any, Any]] = [
    (TARGET, SOURCE, FILLED, OVERRIDDEN),
    (TARGET, EMPTIES, TARGET | {"e": 0, "n2": {}}, TARGET | {"e": 0, "n2": {}, "l": [], "n": None, "s": "", "x": None}),
    ({"n": {"p": 1}}, {"n": [1]}, {"n": {"p": 1}}, {"n": [1]}),
    ({"d": gojson.Number("0")}, {"d": 2}, {"d": gojson.Number("0")}, {"d": 2}),
    (
        {"n": {"x": "y"}},
        {"n": values.StringMap(x="z", k="v")},
        {"n": {"x": "y", "k": "v"}},
        {"n": {"x": "z", "k": "v"}},
    ),
    (None, {"a": 1}, {"a": 1}, {"a": 1}),
    ({"a": 1}, None, {"a": 1}, {"a": 1}),
]


@pytest.mark.parametrize(("target", "source", "filled", "overridden"), MERGED)
def test_maps_merge_as_mergo_does_it(target: Any, source: Any, filled: Any, overridden: Any) -> None:
    """The one fills what is absent or empty, the other overrides, with empty values too."""
    assert call("mergeMap", target, source) == filled
    assert call("mergeMapWithOverride", target, source) == overridden


def test_merging_changes_no_argument() -> None:
    """A secret that is merged into something is still what Vault gave, for the objects after it."""
    target: dict[str, Any] = {"n": {"p": 1}}
    source = {"n": {"q": 2}}
    made = call("mergeMap", target, source)
    assert made == {"n": {"p": 1, "q": 2}}
    assert (target, source) == ({"n": {"p": 1}}, {"n": {"q": 2}})


def test_a_map_of_strings_takes_no_other_values() -> None:
    """Go cannot put any value into a map[string]string, and neither is it done here."""
    with pytest.raises(failures.Failed, match="does not merge into a map"):
        call("mergeMapWithOverride", {"n": values.StringMap(a="b")}, {"n": {"a": 1}})


def test_merging_goes_only_so_deep() -> None:
    """A map within itself ends in an error."""
    circle: dict[str, Any] = {}
    circle["self"] = circle
    with pytest.raises(failures.Exceeded):
        call("mergeMap", circle, circle)


def test_merging_shared_maps_again_and_again_is_paid_for() -> None:
    """Maps that double at each level end in an error with the steps."""
    shared: dict[str, Any] = {}
    for _ in range(60):
        shared = {"a": shared, "b": shared}
    with pytest.raises(failures.Exceeded):
        call("mergeMap", shared, shared)


@pytest.mark.parametrize(
    ("bounds", "start", "stop"),
    [
        ((3,), 0, 3),
        ((5, 8), 5, 8),
        ((-2, 1), -2, 1),
        (("2",), 0, 2),
        (("+2", "0004"), 2, 4),
        ((NUMBER,), 0, 5),
        (("",), 0, 0),
        ((values.Uint64(7),), 0, 7),
        ((values.Uint64(2**64 - 1), 1), -1, 1),
    ],
)
def test_loop_counts_between_integers_and_their_texts(bounds: tuple[Any, ...], start: int, stop: int) -> None:
    """From zero or from the first up to but not including the last."""
    made = call("loop", *bounds)
    assert (made.start, made.stop) == (start, stop)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((), "wrong number of arguments, expected 1 or 2, but got 0"),
        ((1, 2, 3), "wrong number of arguments, expected 1 or 2, but got 3"),
        ((2.0,), "bad argument type: float64"),
        ((True,), "bad argument type: bool"),
        ((None,), "bad argument type: <nil>"),
        (("hunter2",), "a bound is not an integer"),
        (("1_0",), "a bound is not an integer"),
        ((" 1",), "a bound is not an integer"),
        (("٣",), "a bound is not an integer"),
        (("9223372036854775808",), "a bound is not an integer"),
        (("9" * 5000,), "a bound is not an integer"),
    ],
)
def test_other_bounds_are_refused_without_their_value(bounds: tuple[Any, ...], message: str) -> None:
    """The type or the number of them is told."""
    with pytest.raises(failures.Failed) as caught:
        call("loop", *bounds)
    assert caught.value.message == message


def test_a_search_is_paid_for() -> None:
    """A list is looked through on the budget."""
    state = template_state.build(limits.Limits(steps=1000))
    with pytest.raises(failures.Exceeded):
        collections.TABLE.functions["in"].call(state, [0] * 2000, 1)
