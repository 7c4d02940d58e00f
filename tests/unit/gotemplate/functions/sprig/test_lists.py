"""sprig's functions on lists: expected values are what sprig v3.3 gave."""

import math
from typing import Any

import pytest

from provider.golang import failures, gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("first", ([3, 1, 2],), 3),
    ("first", ([],), None),
    ("first", (values.StringList(["a", "", "a"]),), "a"),
    ("last", ([3, 1, 2],), 2),
    ("last", ([],), None),
    ("last", (values.StringList(["a", "", "a"]),), "a"),
    ("rest", ([3, 1, 2],), [1, 2]),
    ("rest", ([],), []),
    ("rest", (values.StringList(["a", "", "a"]),), ["", "a"]),
    ("initial", ([3, 1, 2],), [3, 1]),
    ("initial", ([],), []),
    ("initial", (values.StringList(["a", "", "a"]),), ["a", ""]),
    ("reverse", ([3, 1, 2],), [2, 1, 3]),
    ("reverse", ([],), []),
    ("reverse", (values.StringList(["a", "", "a"]),), ["a", "", "a"]),
    ("compact", ([3, 1, 2],), [3, 1, 2]),
    ("compact", ([],), []),
    ("compact", (values.StringList(["a", "", "a"]),), ["a", "a"]),
    ("uniq", ([3, 1, 2],), [3, 1, 2]),
    ("uniq", ([],), []),
    ("uniq", (values.StringList(["a", "", "a"]),), ["a", ""]),
    ("mustFirst", ([3, 1, 2],), 3),
    ("mustFirst", ([],), None),
    ("mustFirst", (values.StringList(["a", "", "a"]),), "a"),
    ("mustLast", ([3, 1, 2],), 2),
    ("mustLast", ([],), None),
    ("mustLast", (values.StringList(["a", "", "a"]),), "a"),
    ("mustRest", ([3, 1, 2],), [1, 2]),
    ("mustRest", ([],), []),
    ("mustRest", (values.StringList(["a", "", "a"]),), ["", "a"]),
    ("mustInitial", ([3, 1, 2],), [3, 1]),
    ("mustInitial", ([],), []),
    ("mustInitial", (values.StringList(["a", "", "a"]),), ["a", ""]),
    ("mustReverse", ([3, 1, 2],), [2, 1, 3]),
    ("mustReverse", ([],), []),
    ("mustReverse", (values.StringList(["a", "", "a"]),), ["a", "", "a"]),
    ("mustCompact", ([3, 1, 2],), [3, 1, 2]),
    ("mustCompact", ([],), []),
    ("mustCompact", (values.StringList(["a", "", "a"]),), ["a", "a"]),
    ("mustUniq", ([3, 1, 2],), [3, 1, 2]),
    ("mustUniq", ([],), []),
    ("mustUniq", (values.StringList(["a", "", "a"]),), ["a", ""]),
    ("list", (), []),
    ("list", (1, "a", None), [1, "a", None]),
    ("tuple", (1,), [1]),
    ("append", ([3, 1, 2], "x"), [3, 1, 2, "x"]),
    ("push", (values.StringList(["a"]), 1), ["a", 1]),
    ("prepend", ([3, 1, 2], 0), [0, 3, 1, 2]),
    ("prepend", (values.IntList([1]), "a"), ["a", 1]),
    (
        "uniq",
        (
            [
                1,
                values.Int64(1),
                1.0,
                True,
                "1",
                gojson.Number("1"),
                "1",
                1,
                None,
                None,
                [1],
                [1],
                {"a": 1},
                {"a": 1},
                math.nan,
                math.nan,
                0.0,
                -0.0,
            ],
        ),
        [1, values.Int64(1), 1.0, True, "1", gojson.Number("1"), None, [1], {"a": 1}, math.nan, math.nan, 0.0],
    ),
    ("without", ([1, 2, 1, "1", [1]], 1, [1]), [2, "1"]),
    ("mustWithout", (values.StringList(["a", "b"]), "a"), ["b"]),
    ("has", (2, [3, 1, 2]), True),
    ("has", (values.Int64(2), [3, 1, 2]), False),
    ("has", (2, None), False),
    ("has", ([1], [[1]]), True),
    ("mustHas", ({"a": [1]}, [{"a": [1]}]), True),
    ("has", ("a", values.StringList(["a"])), True),
    ("has", (None, [None]), True),
    ("slice", ([3, 1, 2],), [3, 1, 2]),
    ("slice", ([3, 1, 2], 1), [1, 2]),
    ("slice", ([3, 1, 2], 1, 2), [1]),
    ("slice", (values.StringList(["a", "b"]), 1), values.StringList(["b"])),
    ("slice", ([], 5), None),
    ("slice", ([3, 1, 2], "1", 2.9), [1]),
    ("concat", ([3, 1, 2], values.StringList(["a"]), [[1]]), [3, 1, 2, "a", [1]]),
    ("concat", (), []),
    ("chunk", (2, [3, 1, 2]), [[3, 1], [2]]),
    ("chunk", (9, [3, 1, 2]), [[3, 1, 2]]),
    ("chunk", (1, []), []),
    ("chunk", (-9, [3, 1, 2]), []),
    ("chunk", (-9, [1]), [[1]]),
    ("mustChunk", (2, values.IntList([1, 2, 3])), [[1, 2], [3]]),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("first", (None,)),
    ("first", ("secret",)),
    ("first", ({"a": 1},)),
    ("last", (None,)),
    ("last", ("secret",)),
    ("last", ({"a": 1},)),
    ("rest", (None,)),
    ("rest", ("secret",)),
    ("rest", ({"a": 1},)),
    ("initial", (None,)),
    ("initial", ("secret",)),
    ("initial", ({"a": 1},)),
    ("reverse", (None,)),
    ("reverse", ("secret",)),
    ("reverse", ({"a": 1},)),
    ("compact", (None,)),
    ("compact", ("secret",)),
    ("compact", ({"a": 1},)),
    ("uniq", (None,)),
    ("uniq", ("secret",)),
    ("uniq", ({"a": 1},)),
    ("mustFirst", (None,)),
    ("mustFirst", ("secret",)),
    ("mustFirst", ({"a": 1},)),
    ("mustLast", (None,)),
    ("mustLast", ("secret",)),
    ("mustLast", ({"a": 1},)),
    ("mustRest", (None,)),
    ("mustRest", ("secret",)),
    ("mustRest", ({"a": 1},)),
    ("mustInitial", (None,)),
    ("mustInitial", ("secret",)),
    ("mustInitial", ({"a": 1},)),
    ("mustReverse", (None,)),
    ("mustReverse", ("secret",)),
    ("mustReverse", ({"a": 1},)),
    ("mustCompact", (None,)),
    ("mustCompact", ("secret",)),
    ("mustCompact", ({"a": 1},)),
    ("mustUniq", (None,)),
    ("mustUniq", ("secret",)),
    ("mustUniq", ({"a": 1},)),
    ("mustAppend", ("secret", 1)),
    ("mustPush", (None, 1)),
    ("mustPrepend", ({}, 0)),
    ("without", ("secret", 1)),
    ("has", ("e", "secret")),
    ("mustHas", (1, 1)),
    ("slice", ([3, 1, 2], 2, 1)),
    ("slice", ([3, 1, 2], 0, 9)),
    ("slice", ([3, 1, 2], -1)),
    ("mustSlice", ("secret", 1)),
    ("slice", (None,)),
    ("concat", (None,)),
    ("concat", ([3, 1, 2], "secret")),
    ("chunk", (0, [3, 1, 2])),
    ("chunk", (-1, [3, 1, 2])),
    ("mustChunk", (2, "secret")),
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


@pytest.mark.parametrize("name", ["append", "prepend", "reverse", "uniq", "rest", "slice", "without", "concat"])
def test_leaves_its_list_as_it_was(name: str) -> None:
    """A list is never changed, and a new one is made."""
    items = [2, 1]
    made = calls.call(name, items, *([[3]] if name in {"append", "prepend", "concat"} else []))
    assert items == [2, 1]
    assert made is not items


def test_finds_what_is_unique_in_a_long_list() -> None:
    """Plain values are found at once, so that ten thousand take no more steps than there are."""
    items = [str(number) for number in range(10_000)]
    assert calls.call("uniq", items) == items


def test_ends_on_lists_that_are_too_deep_or_too_wide() -> None:
    """Comparing ends with the budget: at a depth of a hundred, or after all steps."""
    deep: list[Any] = []
    deeper: list[Any] = []
    wide: list[Any] = [0]
    wider: list[Any] = [0]
    for _ in range(200):
        deep, deeper = [deep], [deeper]
    for _ in range(40):
        wide, wider = [wide, wide], [wider, wider]
    for first, second in ((deep, deeper), (wide, wider)):
        with pytest.raises(failures.Exceeded):
            calls.call("deepEqual", first, second)
