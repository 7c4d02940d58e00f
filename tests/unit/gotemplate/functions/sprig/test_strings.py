"""sprig's functions on strings: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures, gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("upper", ("",), ""),
    ("upper", ("héllo wörld",), "HÉLLO WÖRLD"),
    ("upper", ("a\udcffb",), "A\ufffdB"),
    ("upper", ("ßtraße ŉ",), "ßTRAßE ŉ"),
    ("upper", ("ǆ Ǆ",), "Ǆ Ǆ"),
    ("upper", ("don't 3rd x_y",), "DON'T 3RD X_Y"),
    ("lower", ("",), ""),
    ("lower", ("héllo wörld",), "héllo wörld"),
    ("lower", ("a\udcffb",), "a\ufffdb"),
    ("lower", ("ßtraße ŉ",), "ßtraße ŉ"),
    ("lower", ("ǆ Ǆ",), "ǆ ǆ"),
    ("lower", ("don't 3rd x_y",), "don't 3rd x_y"),
    ("title", ("",), ""),
    ("title", ("héllo wörld",), "Héllo Wörld"),
    ("title", ("a\udcffb",), "A\ufffdb"),
    ("title", ("ßtraße ŉ",), "ßtraße ŉ"),
    ("title", ("ǆ Ǆ",), "ǅ ǅ"),
    ("title", ("don't 3rd x_y",), "Don'T 3rd X_y"),
    ("trim", (" \t\xa0\u2028x\x1c ",), "x\x1c"),
    ("trimAll", ("$", "$5$"), "5"),
    ("trimall", ("ab", "abcba"), "c"),
    ("trimAll", ("", "x"), "x"),
    ("trimPrefix", ("-", "--a"), "-a"),
    ("trimSuffix", ("\udca9", "é"), "\udcc3"),
    ("trimSuffix", ("-", "a--"), "a-"),
    ("contains", ("", "x"), True),
    ("contains", ("\udca9", "é"), True),
    ("hasPrefix", ("h", "hi"), True),
    ("hasPrefix", ("x", "hi"), False),
    ("hasSuffix", ("i", "hi"), True),
    ("hasSuffix", ("h", "hi"), False),
    ("repeat", (3, "ab"), "ababab"),
    ("repeat", (0, "ab"), ""),
    ("replace", ("a", "b", "banana"), "bbnbnb"),
    ("replace", ("", "-", "\xe9\udcffa"), "-\xe9-\udcff-a-"),
    ("replace", ("an", "", "banana"), "ba"),
    ("quote", ('a"b', 1, None, "\xe9\n\udcff", True), '"a\\"b" "1" "é\\n\\xff" "true"'),
    ("quote", (), ""),
    ("quote", (b"hi",), '"hi"'),
    ("squote", ("a'b", 2, None, b"hi"), "'a'b' '2' '[104 105]'"),
    ("cat", ("a", 1, None, "b "), "a 1 b "),
    ("cat", (), ""),
    ("cat", (None,), ""),
    ("cat", ([1], {"a": 2}), "[1] map[a:2]"),
    ("indent", (2, "a\n\nb"), "  a\n  \n  b"),
    ("indent", (0, "a"), "a"),
    ("nindent", (2, "a\nb"), "\n  a\n  b"),
    ("plural", ("one", "many", 1), "one"),
    ("plural", ("one", "many", 0), "many"),
    ("toString", (None,), "<nil>"),
    ("toString", (1500000.0,), "1.5e+06"),
    ("toString", (b"hi",), "hi"),
    ("toString", ([1, "a"],), "[1 a]"),
    ("toString", (gojson.Number("5.0"),), "5.0"),
    ("toStrings", ([1, None, "a", 1e21],), values.StringList(["1", "a", "1e+21"])),
    ("toStrings", (None,), values.StringList([])),
    ("toStrings", ("x",), values.StringList(["x"])),
    ("toStrings", (b"hi",), values.StringList(["104", "105"])),
    ("toStrings", ({"a": 1},), values.StringList(["map[a:1]"])),
    ("join", ("-", [1, "a", None, True]), "1-a-true"),
    ("join", ("-", "x"), "x"),
    ("join", ("-", None), ""),
    ("join", (",", values.IntList([3, 1])), "3,1"),
    ("sortAlpha", (["b", "a", 10, 9],), values.StringList(["10", "9", "a", "b"])),
    ("sortAlpha", (None,), values.StringList(["<nil>"])),
    ("sortAlpha", ({"b": 1},), values.StringList(["map[b:1]"])),
    ("sortAlpha", (values.StringList(["é", "z", "\udcff"]),), values.StringList(["z", "é", "\udcff"])),
    ("splitList", (",", "a,b,,c"), values.StringList(["a", "b", "", "c"])),
    ("splitList", ("", "\xe9\udcffa"), values.StringList(["é", "\udcff", "a"])),
    ("splitList", (",", ""), values.StringList([""])),
    ("split", ("$", "a$b"), values.StringMap({"_0": "a", "_1": "b"})),
    ("splitn", (",", 2, "a,b,c"), values.StringMap({"_0": "a", "_1": "b,c"})),
    ("splitn", (",", 0, "a"), values.StringMap({})),
    ("splitn", (",", -1, "a,b"), values.StringMap({"_0": "a", "_1": "b"})),
    ("splitn", ("", 2, "héa"), values.StringMap({"_0": "h", "_1": "éa"})),
    ("splitn", ("", 1, "héa"), values.StringMap({"_0": "héa"})),
    ("trunc", (2, "\xe9\u2603"), "é"),
    ("trunc", (-2, "hello"), "lo"),
    ("trunc", (-9, "hello"), "hello"),
    ("trunc", (9, "hello"), "hello"),
    ("trunc", (-5, "hello"), "hello"),
    ("substr", (1, 3, "hello"), "el"),
    ("substr", (-1, 3, "hello"), "hel"),
    ("substr", (2, -1, "hello"), "llo"),
    ("substr", (2, 99, "hello"), "llo"),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("repeat", (-1, "secret-text")),
    ("indent", (-1, "secret")),
    ("nindent", (-2, "secret")),
    ("substr", (3, 2, "secret")),
    ("substr", (-1, 9, "secret")),
    ("substr", (9, -1, "secret")),
    ("substr", (-1, -1, "secret")),
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


HOSTILE: list[tuple[str, tuple[Any, ...]]] = [
    ("repeat", (2**40, "x")),
    ("repeat", (2, "x" * 600_000)),
    ("indent", (2**40, "x")),
    ("nindent", (20, "\n" * 100_000)),
    ("replace", ("", "y" * 2000, "x" * 2000)),
    ("join", ("s" * 2000, ["a"] * 2000)),
    ("splitList", ("", "x" * 2_000_000)),
]


@pytest.mark.parametrize(("name", "args"), HOSTILE)
def test_pays_before_it_makes_anything(name: str, args: tuple[Any, ...]) -> None:
    """What would be larger than a string or list may be ends at once."""
    with pytest.raises(failures.Exceeded):
        calls.call(name, *args)
