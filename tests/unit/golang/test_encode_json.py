"""JSON as Go 1.26 writes and reads it: expected values are what encoding/json gave for the same values."""

import json
import math
from typing import Any

import pytest

from provider.golang import decode_json, encode_json, failures, gojson, limits, values
from tests.doubles import template_state

MIXED: dict[str, Any] = {"b": [1, 1.5, None, True, [], {}], "a": "<&>'\"\\é\u2028\u2029\n\r\t\b\f\0\x1f\x7f\udcff😀"}
SECRET = values.Struct(
    "*dependency.Secret", {"RequestID": "r", "Data": {"b": 1, "a": 2}, "Auth": values.NilPointer("*api.SecretAuth")}
)

WRITTEN: list[tuple[Any, str]] = [
    (
        MIXED,
        (
            '{"a":"\\u003c\\u0026\\u003e\'\\"\\\\é\\u2028\\u2029\\n\\r\\t\\b\\f\\u0000\\u001f\x7f\\ufffd😀",'
            '"b":[1,1.5,null,true,[],{}]}'
        ),
    ),
    (None, "null"),
    (values.MISSING, "null"),
    (False, "false"),
    (1.0, "1"),
    (1e21, "1e+21"),
    (1e-7, "1e-7"),
    (-0.0, "-0"),
    (gojson.Number("1.0"), "1.0"),
    (gojson.Number(""), "0"),
    (gojson.Number("12345678901234567890"), "12345678901234567890"),
    (values.Uint64(2**64 - 1), "18446744073709551615"),
    (b"hi\xff", '"aGn/"'),
    (values.StringList(["a"]), '["a"]'),
    ([values.StringList(), values.StringList.nil()], "[[],null]"),
    (values.StringMap({"b": "1", "a": "2"}), '{"a":"2","b":"1"}'),
    (values.IntMap({10: "a", 9: "b", -1: "c"}), '{"-1":"c","10":"a","9":"b"}'),
    ({"é": 1, "z": 2, "\udcff": 3, "😀": 4, "\uffff": 5}, '{"z":2,"é":1,"\uffff":5,"😀":4,"\\ufffd":3}'),
    (SECRET, '{"RequestID":"r","Data":{"a":2,"b":1},"Auth":null}'),
]

REFUSED: list[Any] = [
    gojson.Number("01"),
    math.nan,
    math.inf,
    values.AnyMap(),
    {"a": [values.AnyMap({"a": 1})]},
    values.Channel(0, 5),
]

READ: list[tuple[str, Any]] = [
    ('{"a": 1, "b": [1.5, null, true, "x"]}', {"a": 1.0, "b": [1.5, None, True, "x"]}),
    ("1000000", 1000000.0),
    ('"\\ud83d\\ude00 \\ud800 \\ud800\\u0041 \\udc00"', "😀 \ufffd \ufffdA \ufffd"),
    ('"\udcff"', "\ufffd"),
    ('{"\\ud800":["\\ud800",{"a":[]}]}', {"\ufffd": ["\ufffd", {"a": []}]}),
    ('{"a":1,"a":2}', {"a": 2.0}),
    (" [] ", []),
    ("1e-400", 0.0),
    ('"\\/\\b"', "/\b"),
]

NO_JSON = [
    *("", "{", "[1,]", "1 2", "01", ".5", "NaN", "-Infinity", '"\t"', '"\\x"', "1e400", "\ufeff1", "{'a':1}", "\udcff"),
    *("nul", "[1]]", "-", "+1", '"a', "\xa01"),
]


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(("value", "text"), WRITTEN)
def test_it_writes_what_go_writes(value: object, text: str) -> None:
    """Keys in order of bytes, HTML escaped, numbers of Vault as their text."""
    assert encode_json.marshal(value, template_state.build().budget) == text


def test_html_is_left_alone_if_asked() -> None:
    """`<`, `>` and `&` stay; the line separators of Unicode are escaped all the same."""
    written = encode_json.marshal("<&>\u2028", template_state.build().budget, escape_html=False)
    assert written == '"<&>\\u2028"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, {}], "a": {"x": []}}, '{\n  "a": {\n    "x": []\n  },\n  "b": [\n    1,\n    {}\n  ]\n}'),
        ([], "[]"),
        ({}, "{}"),
        ("x", '"x"'),
    ],
)
def test_it_indents(value: object, text: str) -> None:
    """Each member in its own line; what is empty stays in one."""
    assert encode_json.marshal(value, template_state.build().budget, indent="  ") == text


@pytest.mark.parametrize("value", REFUSED)
def test_what_has_no_form_in_json_fails(value: object) -> None:
    """Maps of YAML, infinities, channels."""
    with pytest.raises(failures.Failed) as caught:
        encode_json.marshal(value, template_state.build().budget)
    assert not isinstance(caught.value, failures.Exceeded)


@pytest.mark.parametrize(("text", "value"), READ)
def test_it_reads_what_go_reads(text: str, value: object) -> None:
    """Numbers are floats, and what is no Unicode is U+FFFD."""
    read = decode_json.unmarshal(text, template_state.build().budget)
    assert read == value
    assert type(read) is type(value)


def test_minus_zero_keeps_its_sign() -> None:
    """As in Go, where all numbers are floats."""
    assert math.copysign(1, decode_json.unmarshal("-0", template_state.build().budget)) == -1


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_fails_without_telling_the_text(text: str) -> None:
    """One document and nothing else, in JSON's own notation."""
    with pytest.raises(failures.Failed, match="JSON document"):
        decode_json.unmarshal(text, template_state.build().budget)


@pytest.mark.parametrize("indent", ["", "  "])
def test_a_value_that_doubles_itself_ends_the_rendering(indent: str) -> None:
    """Forty doublings of a small value are paid for as they are written."""
    value: Any = {"a": "x"}
    for _ in range(40):
        value = {"a": value, "b": [value]}
    with pytest.raises(failures.Exceeded):
        encode_json.marshal(value, template_state.build().budget, indent=indent)


def test_depth_is_bounded_both_ways() -> None:
    """A hundred levels and no more, written or read, without recursion; a value inside itself is too deep."""
    budget = template_state.build().budget
    assert decode_json.unmarshal(encode_json.marshal(deep(100), budget), budget) == deep(100)
    inside: dict[str, Any] = {}
    inside["self"] = [inside]
    for value in (deep(101), deep(100_000), inside):
        with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
            encode_json.marshal(value, budget)
    for text in ("[" * 101, '{"a":' * 50_000, "[" * 101 + '"' + '\\"' * 50_000):
        with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
            decode_json.unmarshal(text, budget)
    assert decode_json.unmarshal(json.dumps(["[" * 1000 + '"' + "{" * 1000]), budget) == ["[" * 1000 + '"' + "{" * 1000]


def test_a_document_of_many_values_is_paid_for() -> None:
    """Before it is parsed."""
    with pytest.raises(failures.Exceeded):
        decode_json.unmarshal("[" + "1," * 5000 + "1]", template_state.build(limits.Limits(steps=5000)).budget)
