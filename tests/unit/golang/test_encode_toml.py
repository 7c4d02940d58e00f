"""TOML in BurntSushi's layout: expected values are what v1.5.0 gave for the same values."""

import math
from typing import Any

import pytest

from provider.golang import encode_toml, failures, gojson, values
from tests.doubles import template_state

AUTH = values.Struct(
    "*api.SecretAuth",
    {"ClientToken": "t", "Policies": values.StringList(["p"]), "Metadata": values.StringMap({"k": "v"})},
)
SECRET = values.Struct(
    "*dependency.Secret",
    {
        "RequestID": "r",
        "LeaseDuration": 5,
        "Data": {"a": 1},
        "Warnings": values.StringList(["w"]),
        "Auth": AUTH,
        "WrapInfo": values.NilPointer("*api.SecretWrapInfo"),
    },
)

WRITTEN: list[tuple[Any, str]] = [
    ({}, ""),
    (
        {"b": {"c": 1, "a": {"x": True}}, "a": "s", "z": 1.0},
        'a = "s"\nz = 1.0\n\n[b]\n  c = 1\n  [b.a]\n    x = true\n',
    ),
    (
        {"srv": [{"n": "a"}, {"n": "b", "t": {"k": 1}, "u": [{"v": 1}]}]},
        '[[srv]]\n  n = "a"\n\n[[srv]]\n  n = "b"\n  [srv.t]\n    k = 1\n\n  [[srv.u]]\n    v = 1\n',
    ),
    ({"x": {"y": 1}, "b": [{"a": 1}], "a": 2}, "a = 2\n\n[[b]]\n  a = 1\n\n[x]\n  y = 1\n"),
    ({"a": {"b": {}}, "c": [{"d": [{}]}]}, "[a]\n  [a.b]\n\n[[c]]\n\n  [[c.d]]\n"),
    ({"nil": None, "a": {}, "l": [], "ll": [[1, 2], ["a"]]}, 'l = []\nll = [[1, 2], ["a"]]\n\n[a]\n'),
    (
        {"a b": {"é": 1, "c.d": {"": 1}}, "-_9Z": 1},
        '-_9Z = 1\n\n["a b"]\n  "é" = 1\n  ["a b"."c.d"]\n    "" = 1\n',
    ),
    (
        {"s": "\"\\\b\t\n\f\r\0\x1f\x7fé\udcff😀'"},
        's = "\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f\\u007fé\udcff😀\'"\n',
    ),
    (
        {name: gojson.Number(text) for name, text in (("n", "5432"), ("f", "1.5"), ("e", "1e3"), ("", ""))},
        '"" = 0\ne = 1000.0\nf = 1.5\nn = 5432\n',
    ),
    ({"n": gojson.Number("12345678901234567890123")}, "n = 12345678901234568000000.0\n"),
    (
        {"f": [1e6, 1e21, 1e-7, -0.0, math.inf, -math.inf, math.nan]},
        "f = [1000000.0, 1000000000000000000000.0, 0.0000001, -0.0, inf, -inf, nan]\n",
    ),
    (
        {
            "by": b"hi",
            "sl": values.StringList(["a"]),
            "sm": values.StringMap({"k": "v"}),
            "u": values.Uint64(2**64 - 1),
        },
        'by = [104, 105]\nsl = ["a"]\nu = 18446744073709551615\n\n[sm]\n  k = "v"\n',
    ),
    # In lists of mixed elements tables are inline; what is nil at the end leaves its comma.
    ({"m": [1, {"b": [{"c": 1}], "a": None, "z": None}]}, "m = [1, {b = [{c = 1}]}]\n"),
    ({"m": [1, {"a": 1, "b": {}}, {"b": 1, "z": None}]}, "m = [1, {a = 1, b = {}}, {b = 1, }]\n"),
    (
        SECRET,
        (
            'RequestID = "r"\nLeaseDuration = 5\nWarnings = ["w"]\n\n[Data]\n  a = 1\n\n'
            '[Auth]\n  ClientToken = "t"\n  Policies = ["p"]\n  [Auth.Metadata]\n    k = "v"\n'
        ),
    ),
    (
        {"l": [1, SECRET]},
        (
            'l = [1, {RequestID = "r", LeaseDuration = 5, Warnings = ["w"], Data = {a = 1}, '
            'Auth = {ClientToken = "t", Policies = ["p"], Metadata = {k = "v"}}, }]\n'
        ),
    ),
    ({"l": [AUTH]}, '[[l]]\n  ClientToken = "t"\n  Policies = ["p"]\n  [l.Metadata]\n    k = "v"\n'),
    ({"a": 1, "l": values.StringList.nil()}, "a = 1\n"),
    (values.StringList.nil(), "[]"),
    (values.NilPointer("*api.SecretAuth"), ""),
    ('a"b', '"a\\"b"'),
    (5, "5"),
    (1.0, "1.0"),
    ([1, "a"], '[1, "a"]'),
]

REFUSED: list[Any] = [
    None,
    values.MISSING,
    {"l": [1, None]},
    {"l": [values.StringList.nil()]},
    {"l": [[values.MISSING]]},
    [{"a": 1}],
    values.AnyMap({"a": 1}),
    {"m": [1, values.IntMap({1: "a"})]},
    {"n": gojson.Number("1e400")},
    {"n": gojson.Number("x")},
    {"c": values.Channel(0, 1)},
]


@pytest.mark.parametrize(("value", "text"), WRITTEN)
def test_it_writes_what_go_writes(value: object, text: str) -> None:
    """What is no table first, then tables; keys in order of bytes."""
    assert encode_toml.marshal(value, template_state.build().budget) == text


@pytest.mark.parametrize("value", REFUSED)
def test_what_has_no_form_in_toml_fails(value: object) -> None:
    """Nil in a list, keys that are no strings, a list of maps without a key."""
    with pytest.raises(failures.Failed) as caught:
        encode_toml.marshal(value, template_state.build().budget)
    assert not isinstance(caught.value, failures.Exceeded)


def doubled(value: Any, *, maps: bool) -> Any:
    for _ in range(40):
        value = {"a": value, "b": value} if maps else [value, value]
    return value


@pytest.mark.parametrize(
    "value",
    [{"a": doubled("x", maps=True)}, {"a": doubled("x", maps=False)}, {"a": [1, doubled({}, maps=True)]}],
)
def test_a_value_that_doubles_itself_ends_the_rendering(value: object) -> None:
    """Forty doublings are paid for as they are looked at or written."""
    with pytest.raises(failures.Exceeded):
        encode_toml.marshal(value, template_state.build().budget)


def test_depth_is_bounded() -> None:
    """Deep lists, deep maps, and a map inside itself are too deep; nothing recurses."""
    deep_list: list[Any] = []
    deep_map: dict[str, Any] = {}
    for _ in range(50_000):
        deep_list, deep_map = [deep_list], {"a": deep_map}
    inside: dict[str, Any] = {}
    inside["self"] = inside
    for value in (deep_list, {"l": deep_list}, deep_map, inside):
        with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
            encode_toml.marshal(value, template_state.build().budget)
