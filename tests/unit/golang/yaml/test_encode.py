"""YAML as yaml.v2 writes it: expected values are what v2.4.0 gave for the same values, without the last line's end."""

import itertools
import math
from typing import Any

import pytest

from provider.golang import failures, gojson, values
from provider.golang.yaml import encode
from tests.doubles import cost, template_state

STRINGS = [
    ("a", "a"),
    ("", '""'),
    ("yes", '"yes"'),
    ("n", '"n"'),
    ("~", '"~"'),
    ("1", '"1"'),
    ("017", '"017"'),
    ("1_000", '"1_000"'),
    ("_1", "_1"),
    ("1e3", '"1e3"'),
    ("1.5.2", "1.5.2"),
    (".5_1", '".5_1"'),
    (".nan", '".nan"'),
    (".", "."),
    ("<<", "<<"),
    ("2024-01-02", '"2024-01-02"'),
    ("1:30", '"1:30"'),
    ("a: b", "'a: b'"),
    ("a:b", "a:b"),
    ("a:", "'a:'"),
    ("a #b", "'a #b'"),
    ("a#b", "a#b"),
    ("#a", "'#a'"),
    ("- a", "'- a'"),
    ("-a", "-a"),
    ("-", "'-'"),
    ("? a", "'? a'"),
    ("?a", "?a"),
    *((f"{mark}a", f"'{mark}a'") for mark in "*&!%@`{[,]}|>"),
    ("a,b", "a,b"),
    ("it's", "it's"),
    ("'a'", "'''a'''"),
    ('"a"', "'\"a\"'"),
    ("a\\b", "a\\b"),
    (" a", "' a'"),
    ("a ", "'a '"),
    ("--- a", "'--- a'"),
    ("...", "'...'"),
    ("a\tb", '"a\\tb"'),
    ("a\rb", '"a\\rb"'),
    ("\0\x07\x1b\x7f\x85\xa0", '"\\0\\a\\e\\x7F\\N\xa0"'),
    ("é☃", "é☃"),
    ("😀", '"\\U0001F600"'),
    ("\u2028a", "'\u2028  a'"),
    ("a\u2028b", "'a\u2028  b'"),
    ("\u2028a b\u2029", "'\u2028  a b\u2029'"),
    ("\ufeffa b", '"\\uFEFF\\x61\\x20\\x62"'),
    ("x\ufeff", '"x\\uFEFF"'),
    ("a\udcffb", "!!binary Yf9i"),
    ("a\n", "|\n  a"),
    ("a\nb", "|-\n  a\n  b"),
    ("a\n\n", "|+\n  a\n"),
    ("\n", "|2+\n"),
    ("\na", "|2-\n\n  a"),
    (" a\nb", "|2-\n   a\n  b"),
    ("a \nb", '"a \\nb"'),
    ("a\nb ", '"a\\nb "'),
    ("a\tb\nc", '"a\\tb\\nc"'),
    ("a\n b\n", "|\n  a\n   b"),
    ("a\n\u2028b", "|-\n  a\n\u2028  b"),
]

OTHERS: list[tuple[Any, str]] = [
    (None, "null"),
    (values.MISSING, "null"),
    (values.NilPointer("*api.SecretAuth"), "null"),
    (True, "true"),
    (-5, "-5"),
    (values.Uint64(2**64 - 1), "18446744073709551615"),
    (1.0, "1"),
    (1e6, "1e+06"),
    (math.inf, ".inf"),
    (-math.inf, "-.inf"),
    (math.nan, ".nan"),
    (gojson.Number("5432"), "5432"),
    (gojson.Number("1.0"), "1"),
    (gojson.Number("-0"), "0"),
    (gojson.Number("1E5"), "100000"),
    (gojson.Number("12345678901234567890123"), "1.2345678901234568e+22"),
    (gojson.Number("1e400"), "1e400"),
    (gojson.Number("x"), "x"),
    (b"hi", "- 104\n- 105"),
    ([], "[]"),
    (values.StringList.nil(), "[]"),
    ({}, "{}"),
]

NESTED: list[tuple[Any, str]] = [
    (
        {"b": [1, [2, [3]], {"c": [4], "d": {}}], "a": {"e": []}},
        "a:\n  e: []\nb:\n- 1\n- - 2\n  - - 3\n- c:\n  - 4\n  d: {}",
    ),
    ([[[]]], "- - []"),
    ([{"a": 1, "b": 2}], "- a: 1\n  b: 2"),
    ([[1, 2], [3]], "- - 1\n  - 2\n- - 3"),
    (values.AnyMap({1: "a", None: "b", 2.5: [1], "x": "c"}), "1: a\n2.5:\n- 1\nnull: b\nx: c"),
    (
        values.AnyMap({300: 1, True: 2, 2.5: 3, values.Uint64(2**63): 4}),
        "true: 2\n2.5: 3\n300: 1\n9223372036854775808: 4",
    ),
    (values.IntMap({10: "a", 9: "b", -1: "c"}), "-1: c\n9: b\n10: a"),
    ({"a\nb": [1], "c": {"a\u2028b": 1}}, "? |-\n  a\n  b\n: - 1\nc:\n  ? 'a\u2028    b'\n  : 1"),
    ({"x" * 128: 1}, f"{'x' * 128}: 1"),
    ({"x" * 129: [1, 2]}, f"? {'x' * 129}\n: - 1\n  - 2"),
    ({"é" * 65: {"a": 1}}, f"? {'é' * 65}\n: a: 1"),
    ({"a\udcff": 1}, "!!binary Yf8=: 1"),
    ({"k": "\udcff" * 60}, f"k: !!binary |\n  {'/' * 70}\n  {'/' * 10}"),
    ({"k": "-----BEGIN X-----\nMIIC\n", "l": 1}, "k: |\n  -----BEGIN X-----\n  MIIC\nl: 1"),
    (
        values.Struct("*dependency.Secret", {"RequestID": "r", "Data": {"b": 1, "a": 2}, "Auth": None}),
        "requestid: r\ndata:\n  a: 2\n  b: 1\nauth: null",
    ),
    (values.Struct("*template.Scratch", {}), "{}"),
]

FOLDED = [
    ("word " * 18 + "end", "k: " + "word " * 15 + "word\n  word word end"),
    ("word  " * 18 + "end", "k: " + "word  " * 18 + "end"),
    ("it's: " + "word " * 18 + "end", "k: 'it''s: " + "word " * 14 + "word\n  word word word end'"),
    ("\t" + "word " * 18 + "end", 'k: "\\t' + "word " * 15 + 'word\n  word word end"'),
    ("\t" + "word   " * 18 + "end", 'k: "\\t' + "word   " * 11 + "word\n  \\  " + "word   " * 6 + 'end"'),
    ("x" * 90 + " y", "k: " + "x" * 90 + "\n  y"),
    ("x" * 90 + "\t y z", 'k: "' + "x" * 90 + '\\t\n  y z"'),
]

KEYS = [
    ["", "_x", "1", "B", "a1", "a01", "a9", "a10", "b"],
    ["0", "1", "01", "001", "9", "10"],
    ["1a", "1b", "a1b2", "a1b10"],
    ["-", ".", "z", "ä", "é"],
    ["a", "a0", "a00", "a1"],
    ["a100", "a101", "a110"],
]


def written(value: object) -> str:
    return encode.marshal(value, template_state.build().budget)


@pytest.mark.parametrize(("value", "text"), [*STRINGS, *OTHERS, *NESTED])
def test_it_writes_what_go_writes(value: object, text: str) -> None:
    """To the byte: what is quoted, how, and where lists and maps stand."""
    assert written(value) == f"{text}\n"


@pytest.mark.parametrize(("string", "text"), FOLDED)
def test_long_lines_are_folded(string: str, text: str) -> None:
    """Beyond 80 columns, at single spaces."""
    assert written({"k": string}) == f"{text}\n"


def test_keys_are_not_folded() -> None:
    """They stand in one line."""
    key = "word " * 20 + "end"
    assert written({key: 1}) == f"{key}: 1\n"


@pytest.mark.parametrize("keys", KEYS)
def test_keys_are_in_the_order_people_count_in(keys: list[str]) -> None:
    """Digits count as numbers; letters come last."""
    orders = list(itertools.islice(itertools.permutations(keys), 0, None, 97)) or [tuple(keys[::-1])]
    for order in orders:
        lines = written(dict.fromkeys(order, 1)).splitlines()
        assert [line.split(":")[0].strip("\"'") for line in lines] == keys


@pytest.mark.parametrize("value", [values.Channel(0, 1), {"a": [values.Channel(0, 1)]}])
def test_what_has_no_form_in_yaml_fails(value: object) -> None:
    """A channel."""
    with pytest.raises(failures.Failed, match="cannot be written as YAML"):
        written(value)


@pytest.mark.parametrize("text", ["b\n" * 100_000, "ab " * 100_000, '"' + " a" * 100_000])
def test_indentation_is_paid_for(text: str) -> None:
    """A text of many lines, or words, far to the right takes far more room than the text."""
    value: Any = text
    for _ in range(95):
        value = {"a": value}
    with pytest.raises(failures.Exceeded):
        written(value)


def test_a_value_that_doubles_itself_ends_the_rendering() -> None:
    """Forty doublings of a small value are paid for as they are written."""
    value: Any = "x"
    for _ in range(20):
        value = [{"a": value}, {"b": value}]
        value = {"a": value, "b": value}
    with pytest.raises(failures.Exceeded):
        written(value)


def test_depth_is_bounded() -> None:
    """Deep lists, deep maps, and a map inside itself are too deep; nothing recurses."""
    deep_list: list[Any] = []
    deep_map: dict[str, Any] = {}
    for _ in range(50_000):
        deep_list, deep_map = [deep_list], {"a": deep_map}
    inside: dict[str, Any] = {}
    inside["self"] = inside
    for value in (deep_list, deep_map, inside):
        with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
            written(value)


def test_keys_of_many_digits_end_the_rendering_or_are_sorted() -> None:
    """Comparing them is paid for, takes time in proportion, and counts in 64 bits as Go does."""
    assert cost.is_in_proportion(
        written, lambda size: {f"{digit}{'1' * size}": 1 for digit in range(1, 10)}, size=40_000
    )
