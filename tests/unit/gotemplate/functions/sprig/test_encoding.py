"""sprig's base64, base32 and JSON: expected values are what sprig v3.3 gave."""

import math
from typing import Any

import pytest

from provider.golang import failures, gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("b64enc", ("hi",), "aGk="),
    ("b64enc", ("\udcff",), "/w=="),
    ("b64enc", ("",), ""),
    ("b32enc", ("hi",), "NBUQ===="),
    ("b32enc", ("",), ""),
    ("b64dec", ("aGk=",), "hi"),
    ("b64dec", ("aG\r\nk=\n",), "hi"),
    ("b64dec", ("/w==",), "\udcff"),
    ("b64dec", ("YWJ=",), "ab"),
    ("b64dec", ("",), ""),
    ("b64dec", ("***",), "illegal base64 data at input byte 0"),
    ("b64dec", ("aGk",), "illegal base64 data at input byte 0"),
    ("b64dec", ("aGk=x",), "illegal base64 data at input byte 4"),
    ("b64dec", ("aG=k",), "illegal base64 data at input byte 2"),
    ("b64dec", ("aG=",), "illegal base64 data at input byte 3"),
    ("b64dec", ("aG=\n=",), "h"),
    ("b64dec", ("a",), "illegal base64 data at input byte 0"),
    ("b64dec", ("\na*",), "illegal base64 data at input byte 2"),
    ("b64dec", ("aGVs\nbG8\n",), "illegal base64 data at input byte 6"),
    ("b64dec", ("aGVsbG8h=",), "illegal base64 data at input byte 8"),
    ("b64dec", ("=",), "illegal base64 data at input byte 0"),
    ("b64dec", ("aG=\nx",), "illegal base64 data at input byte 3"),
    ("b64dec", ("aGk=\naGk=",), "illegal base64 data at input byte 5"),
    ("b64dec", ("aGVsb\nG8*AA",), "illegal base64 data at input byte 8"),
    ("b64dec", ("é",), "illegal base64 data at input byte 0"),
    ("b32dec", ("NBUQ====",), "hi"),
    ("b32dec", ("NBUQ\n====",), "hi"),
    ("b32dec", ("NBUQ=====",), "hi"),
    ("b32dec", ("NBUQA===",), "hi\x00"),
    ("b32dec", ("",), ""),
    ("b32dec", ("NBUQ",), "illegal base32 data at input byte 0"),
    ("b32dec", ("NBUQ===",), "illegal base32 data at input byte 7"),
    ("b32dec", ("nbuq====",), "illegal base32 data at input byte 0"),
    ("b32dec", ("NBU=====",), "illegal base32 data at input byte 3"),
    ("b32dec", ("N=======",), "illegal base32 data at input byte 1"),
    ("b32dec", ("NB=====x",), "illegal base32 data at input byte 6"),
    ("b32dec", ("NB==x===",), "illegal base32 data at input byte 3"),
    ("b32dec", ("*",), "illegal base32 data at input byte 0"),
    ("b32dec", ("NBUQ====NBUQ====",), "illegal base32 data at input byte 4"),
    ("b32dec", ("NBUQNBUQ=",), "illegal base32 data at input byte 8"),
    ("b32dec", ("NBUQNB=",), "illegal base32 data at input byte 7"),
    ("b32dec", ("NBUQNB==",), "illegal base32 data at input byte 6"),
    ("b32dec", ("NBUQNBU=x",), "hi\x06\udc86"),
    (
        "toJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{"a":"\\u003c\\u0026\\u2028\\u003e","b":1,"c":[1.5,null,1.10]}',
    ),
    ("toJson", ([],), "[]"),
    ("toJson", ({},), "{}"),
    ("toJson", (None,), "null"),
    ("toJson", ("\udcff",), '"\\ufffd"'),
    ("toJson", (math.nan,), ""),
    ("toJson", (values.AnyMap({"k": 1}),), ""),
    ("toJson", (b"hi",), '"aGk="'),
    ("toJson", (values.Int64(5),), "5"),
    (
        "toPrettyJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{\n  "a": "\\u003c\\u0026\\u2028\\u003e",\n  "b": 1,\n  "c": [\n    1.5,\n    null,\n    1.10\n  ]\n}',
    ),
    ("toPrettyJson", ([],), "[]"),
    ("toPrettyJson", ({},), "{}"),
    ("toPrettyJson", (None,), "null"),
    ("toPrettyJson", ("\udcff",), '"\\ufffd"'),
    ("toPrettyJson", (math.nan,), ""),
    ("toPrettyJson", (values.AnyMap({"k": 1}),), ""),
    ("toPrettyJson", (b"hi",), '"aGk="'),
    ("toPrettyJson", (values.Int64(5),), "5"),
    (
        "toRawJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{"a":"<&\\u2028>","b":1,"c":[1.5,null,1.10]}',
    ),
    ("toRawJson", ([],), "[]"),
    ("toRawJson", ({},), "{}"),
    ("toRawJson", (None,), "null"),
    ("toRawJson", ("\udcff",), '"\\ufffd"'),
    ("toRawJson", (b"hi",), '"aGk="'),
    ("toRawJson", (values.Int64(5),), "5"),
    (
        "mustToJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{"a":"\\u003c\\u0026\\u2028\\u003e","b":1,"c":[1.5,null,1.10]}',
    ),
    ("mustToJson", ([],), "[]"),
    ("mustToJson", ({},), "{}"),
    ("mustToJson", (None,), "null"),
    ("mustToJson", ("\udcff",), '"\\ufffd"'),
    ("mustToJson", (b"hi",), '"aGk="'),
    ("mustToJson", (values.Int64(5),), "5"),
    (
        "mustToPrettyJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{\n  "a": "\\u003c\\u0026\\u2028\\u003e",\n  "b": 1,\n  "c": [\n    1.5,\n    null,\n    1.10\n  ]\n}',
    ),
    ("mustToPrettyJson", ([],), "[]"),
    ("mustToPrettyJson", ({},), "{}"),
    ("mustToPrettyJson", (None,), "null"),
    ("mustToPrettyJson", ("\udcff",), '"\\ufffd"'),
    ("mustToPrettyJson", (b"hi",), '"aGk="'),
    ("mustToPrettyJson", (values.Int64(5),), "5"),
    (
        "mustToRawJson",
        ({"b": 1, "a": "<&\u2028>", "c": [1.5, None, gojson.Number("1.10")]},),
        '{"a":"<&\\u2028>","b":1,"c":[1.5,null,1.10]}',
    ),
    ("mustToRawJson", ([],), "[]"),
    ("mustToRawJson", ({},), "{}"),
    ("mustToRawJson", (None,), "null"),
    ("mustToRawJson", ("\udcff",), '"\\ufffd"'),
    ("mustToRawJson", (b"hi",), '"aGk="'),
    ("mustToRawJson", (values.Int64(5),), "5"),
    ("fromJson", ('{"a":[1,"x",null,true,1e3]}',), {"a": [1.0, "x", None, True, 1000.0]}),
    ("fromJson", ("5",), 5.0),
    ("fromJson", ('"x"',), "x"),
    ("fromJson", ("null",), None),
    ("fromJson", ("",), None),
    ("fromJson", ("{secret",), None),
    ("fromJson", ("1 2",), None),
    ("fromJson", ("[1,]",), None),
    ("fromJson", ("NaN",), None),
    ("mustFromJson", ('{"a":[1,"x",null,true,1e3]}',), {"a": [1.0, "x", None, True, 1000.0]}),
    ("mustFromJson", ("5",), 5.0),
    ("mustFromJson", ('"x"',), "x"),
    ("mustFromJson", ("null",), None),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("toRawJson", (math.nan,)),
    ("toRawJson", (values.AnyMap({"k": 1}),)),
    ("mustToJson", (math.nan,)),
    ("mustToJson", (values.AnyMap({"k": 1}),)),
    ("mustToPrettyJson", (math.nan,)),
    ("mustToPrettyJson", (values.AnyMap({"k": 1}),)),
    ("mustToRawJson", (math.nan,)),
    ("mustToRawJson", (values.AnyMap({"k": 1}),)),
    ("mustFromJson", ("",)),
    ("mustFromJson", ("{secret",)),
    ("mustFromJson", ("1 2",)),
    ("mustFromJson", ("[1,]",)),
    ("mustFromJson", ("NaN",)),
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
