"""sprig's functions on maps: expected values are what sprig v3.3 gave."""

import math
from typing import Any

import pytest

from provider.golang import failures, gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("dict", (), {}),
    ("dict", ("a",), {"a": ""}),
    ("dict", ("b", 2, 1, "x"), {"1": "x", "b": 2}),
    ("dict", ([1], None), {"[1]": None}),
    ("get", ({"b": 2, "a": 1}, "a"), 1),
    ("get", ({"b": 2, "a": 1}, "z"), ""),
    ("set", ({}, "k", 1), {"k": 1}),
    ("set", ({"k": 1}, "k", None), {"k": None}),
    ("unset", ({"a": 1, "b": 2}, "a"), {"b": 2}),
    ("unset", ({}, "a"), {}),
    ("hasKey", ({"b": 2, "a": 1}, "a"), True),
    ("hasKey", ({"b": 2, "a": 1}, "z"), False),
    ("pluck", ("a", {"b": 2, "a": 1}, {"a": None}, {}), [1, None]),
    ("keys", ({"b": 2, "a": 1},), values.StringList(["a", "b"])),
    ("keys", (), values.StringList([])),
    ("keys", ({"x": 1},), values.StringList(["x"])),
    ("values", ({"a": 1},), [1]),
    ("pick", ({"b": 2, "a": 1}, "a", "z"), {"a": 1}),
    ("omit", ({"b": 2, "a": 1}, "a", "z"), {"b": 2}),
    ("deepCopy", ({"a": [1, None, values.StringList(["x"])]},), {"a": [1, None, values.StringList(["x"])]}),
    ("mustDeepCopy", (5,), 5),
    ("deepEqual", ([1, 2], [1, 2]), True),
    ("deepEqual", (1, values.Int64(1)), False),
    ("deepEqual", ("1", gojson.Number("1")), False),
    ("deepEqual", ({"a": [1]}, {"a": [1]}), True),
    ("deepEqual", ({"a": None}, {"b": None}), False),
    ("deepEqual", (values.StringList(["a"]), ["a"]), False),
    ("deepEqual", (None, None), True),
    ("deepEqual", (math.nan, math.nan), False),
    ("deepEqual", (None, []), False),
    ("dig", ("a", "b", "dflt", {"a": {"b": 7}}), 7),
    ("dig", ("x", "dflt", {"b": 2, "a": 1}), "dflt"),
    ("dig", ("a", "b", "dflt", {"a": {}}), "dflt"),
    (
        "merge",
        (
            {"a": {"b": 1}, "l": [], "n": None, "s": "", "z": 0, "t": "x"},
            {"a": {"c": 2, "b": 9}, "l": [1], "n": {"x": 1}, "s": "q", "z": 5, "new": [1], "nn": None, "t": ""},
        ),
        {"a": {"b": 1, "c": 2}, "l": [1], "n": {"x": 1}, "new": [1], "s": "q", "t": "x", "z": 5},
    ),
    (
        "merge",
        ({"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"}, {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}}),
        {"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"},
    ),
    ("merge", ({}, {"a": [], "m": {}}), {"a": [], "m": {}}),
    ("merge", ({"b": 2, "a": 1},), {"a": 1, "b": 2}),
    ("merge", ({"a": 1}, {"b": 2}, {"b": 3, "c": 4}), {"a": 1, "b": 2, "c": 4}),
    ("merge", ({"a": {"x": 1}}, {"a": values.StringMap({"y": "2"})}), {"a": {"x": 1, "y": "2"}}),
    ("merge", ({"a": values.AnyMap({"k": 1})}, {"a": {"x": 1}}), {"a": values.AnyMap({"k": 1, "x": 1})}),
    (
        "mergeOverwrite",
        (
            {"a": {"b": 1}, "l": [], "n": None, "s": "", "z": 0, "t": "x"},
            {"a": {"c": 2, "b": 9}, "l": [1], "n": {"x": 1}, "s": "q", "z": 5, "new": [1], "nn": None, "t": ""},
        ),
        {"a": {"b": 9, "c": 2}, "l": [1], "n": {"x": 1}, "new": [1], "nn": None, "s": "q", "t": "", "z": 5},
    ),
    (
        "mergeOverwrite",
        ({"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"}, {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}}),
        {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}},
    ),
    ("mergeOverwrite", ({}, {"a": [], "m": {}}), {"a": [], "m": {}}),
    ("mergeOverwrite", ({"b": 2, "a": 1},), {"a": 1, "b": 2}),
    ("mergeOverwrite", ({"a": 1}, {"b": 2}, {"b": 3, "c": 4}), {"a": 1, "b": 3, "c": 4}),
    ("mergeOverwrite", ({"a": {"x": 1}}, {"a": values.StringMap({"y": "2"})}), {"a": {"x": 1, "y": "2"}}),
    ("mergeOverwrite", ({"a": values.AnyMap({"k": 1})}, {"a": {"x": 1}}), {"a": values.AnyMap({"k": 1, "x": 1})}),
    (
        "mustMerge",
        (
            {"a": {"b": 1}, "l": [], "n": None, "s": "", "z": 0, "t": "x"},
            {"a": {"c": 2, "b": 9}, "l": [1], "n": {"x": 1}, "s": "q", "z": 5, "new": [1], "nn": None, "t": ""},
        ),
        {"a": {"b": 1, "c": 2}, "l": [1], "n": {"x": 1}, "new": [1], "s": "q", "t": "x", "z": 5},
    ),
    (
        "mustMerge",
        ({"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"}, {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}}),
        {"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"},
    ),
    ("mustMerge", ({}, {"a": [], "m": {}}), {"a": [], "m": {}}),
    ("mustMerge", ({"b": 2, "a": 1},), {"a": 1, "b": 2}),
    ("mustMerge", ({"a": 1}, {"b": 2}, {"b": 3, "c": 4}), {"a": 1, "b": 2, "c": 4}),
    ("mustMerge", ({"a": {"x": 1}}, {"a": values.StringMap({"y": "2"})}), {"a": {"x": 1, "y": "2"}}),
    ("mustMerge", ({"a": values.AnyMap({"k": 1})}, {"a": {"x": 1}}), {"a": values.AnyMap({"k": 1, "x": 1})}),
    (
        "mustMergeOverwrite",
        (
            {"a": {"b": 1}, "l": [], "n": None, "s": "", "z": 0, "t": "x"},
            {"a": {"c": 2, "b": 9}, "l": [1], "n": {"x": 1}, "s": "q", "z": 5, "new": [1], "nn": None, "t": ""},
        ),
        {"a": {"b": 9, "c": 2}, "l": [1], "n": {"x": 1}, "new": [1], "nn": None, "s": "q", "t": "", "z": 5},
    ),
    (
        "mustMergeOverwrite",
        ({"a": {"b": 1}, "l": [5], "m": {"q": 1}, "w": "str"}, {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}}),
        {"a": {"b": None}, "l": [], "m": "flat", "w": {"k": 1}},
    ),
    ("mustMergeOverwrite", ({}, {"a": [], "m": {}}), {"a": [], "m": {}}),
    ("mustMergeOverwrite", ({"b": 2, "a": 1},), {"a": 1, "b": 2}),
    ("mustMergeOverwrite", ({"a": 1}, {"b": 2}, {"b": 3, "c": 4}), {"a": 1, "b": 3, "c": 4}),
    ("mustMergeOverwrite", ({"a": {"x": 1}}, {"a": values.StringMap({"y": "2"})}), {"a": {"x": 1, "y": "2"}}),
    ("mustMergeOverwrite", ({"a": values.AnyMap({"k": 1})}, {"a": {"x": 1}}), {"a": values.AnyMap({"k": 1, "x": 1})}),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("deepCopy", (None,)),
    ("mustDeepCopy", (None,)),
    ("dig", ("a", "b", "dflt", {"a": "secret"})),
    ("dig", ("a", "b", "dflt", {"a": None})),
    ("dig", ("a", {})),
    ("dig", (1, "dflt", {"b": 2, "a": 1})),
    ("dig", ("a", "dflt", "secret")),
    ("dig", ("a", "b", 1, {"a": values.StringMap({"b": "x"})})),
    ("merge", ({"a": values.StringMap({"y": "2"})}, {"a": {"x": 1}})),
    ("merge", ({"a": {"x": 1}}, {"a": values.AnyMap({"k": 1})})),
    ("mergeOverwrite", ({"a": values.StringMap({"y": "2"})}, {"a": {"x": 1}})),
    ("mergeOverwrite", ({"a": {"x": 1}}, {"a": values.AnyMap({"k": 1})})),
    ("mustMerge", ({"a": values.StringMap({"y": "2"})}, {"a": {"x": 1}})),
    ("mustMerge", ({"a": {"x": 1}}, {"a": values.AnyMap({"k": 1})})),
    ("mustMergeOverwrite", ({"a": values.StringMap({"y": "2"})}, {"a": {"x": 1}})),
    ("mustMergeOverwrite", ({"a": {"x": 1}}, {"a": values.AnyMap({"k": 1})})),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_fails_where_sprig_fails(name: str, args: tuple[Any, ...]) -> None:
    """What makes sprig fail or panic fails here, and the text has no argument in it."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert all(str(each) not in caught.value.message for each in args if isinstance(each, str) and len(each) > 4)


@pytest.mark.parametrize(
    ("name", "args"), [("set", ("k", 1)), ("unset", ("a",)), ("merge", ({"k": 1},)), ("mergeOverwrite", ({"a": 2},))]
)
def test_changes_the_map_that_it_is_given(name: str, args: tuple[Any, ...]) -> None:
    """Templates use these for their effect, as in Go."""
    target = {"a": 1}
    made = calls.call(name, target, *args)
    assert made is target
    assert target != {"a": 1}


@pytest.mark.parametrize(("name", "args"), [("pick", ("a",)), ("omit", ("a",)), ("deepCopy", ())])
def test_leaves_the_map_as_it_was(name: str, args: tuple[str, ...]) -> None:
    """What makes a new map changes none."""
    source = {"a": {"b": 1}}
    made = calls.call(name, source, *args)
    made["z"] = 1
    assert source == {"a": {"b": 1}}


def test_copies_what_is_inside() -> None:
    """A deep copy shares no list and no map."""
    source = {"a": {"b": [1]}}
    calls.call("deepCopy", source)["a"]["b"].append(2)
    assert source == {"a": {"b": [1]}}


def test_orders_keys_and_values_by_the_bytes_of_the_keys() -> None:
    """Go has no order; here it is always the same, so that a file changes only with its values."""
    source = {"b": 1, "é": 2, "B": 3, "a": 4}
    assert calls.call("keys", source, {"0": 0}) == ["B", "a", "b", "é", "0"]
    assert calls.call("values", source) == [3, 4, 1, 2]


def test_ends_on_maps_within_themselves() -> None:
    """A map that holds itself is too deep to be merged, copied or compared."""
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    first["a"], second["a"] = first, second
    for name, args in (("merge", (first, second)), ("deepCopy", (first,)), ("deepEqual", (first, second))):
        with pytest.raises(failures.Exceeded):
            calls.call(name, *args)
