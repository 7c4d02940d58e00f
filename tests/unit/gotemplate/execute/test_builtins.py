"""The builtin functions as Go 1.26 gives them: expected outputs are what Go printed for the same template and data."""

import itertools
from typing import Any

import pytest

from provider.golang import gojson, limits, values
from provider.gotemplate import faults, function
from provider.gotemplate.execute import builtins, executor
from provider.gotemplate.parse import parser
from tests.doubles import template_state

DATA: dict[str, Any] = {
    "s": "str",
    "n": 3,
    "f": 2.5,
    "nul": None,
    "l": [1, "b", None],
    "el": [],
    "m": {"k": "v", "nul": None},
    "num": gojson.Number("42"),
    "ss": values.StringList(["a", "é", "c"]),
    "sm": values.StringMap({"a": "1"}),
    "im": values.IntMap({9: "nine"}),
    "am": values.AnyMap({1: "one", "k": "v"}),
    "bs": b"\x00\xff\x80",
    "u": values.Uint64(7),
    "none": values.NilPointer("*api.SecretAuth"),
    "bad": "a\udcff<é",
}


def rendered(source: str, most: limits.Limits = limits.Limits()) -> str:  # noqa: B008 -- frozen
    """What a template gives with DATA as its dot."""
    state = template_state.build(most)
    state.missing_key = "zero"
    program = parser.parse("", source, known=builtins.NAMES)
    return executor.execute(program, DATA, state, {})


def test_they_are_the_nineteen() -> None:
    """The parser is told all names that Go has."""
    assert len(builtins.NAMES) == 19


VALUES = [
    # and, or, not
    ("{{ and 1 0 2 }}", "0"),
    ("{{ and 1 2 }}", "2"),
    ("{{ and .s }}", "str"),
    ("{{ or 0 `` .s 1 }}", "str"),
    ("{{ or 0 `` }}|", "|"),
    ("{{ or .nul .absent }}", "<no value>"),
    ("{{ 5 | and 1 }}{{ 5 | or 0 }}{{ 5 | and 0 }}{{ 5 | or 1 }}", "5501"),
    ("{{ or 1 (index .el 5) }}", "1"),
    ("{{ and 0 (index .el 5) }}", "0"),
    (
        "{{ not 1 }} {{ not .nul }} {{ not .absent }} {{ not `` }} {{ not .el }} {{ not .m }}",
        "false true true true true false",
    ),
    ("{{ not .num }} {{ not .none }}", "false true"),
    # eq and ne
    ("{{ eq 1 1 }} {{ eq 1 2 }} {{ eq 1 2 1 }} {{ eq 1.5 1.5 }} {{ eq true true }}", "true false true true true"),
    ("{{ eq .num `42` }} {{ eq .s `str` }} {{ eq .u 7 }} {{ eq 7 .u }} {{ eq -1 .u }}", "true true true true false"),
    (
        "{{ eq .nul nil }} {{ eq .absent nil }} {{ eq .s nil }} {{ eq nil .m }} {{ eq .none nil }}",
        "true true false false true",
    ),
    ("{{ ne 1 2 }} {{ ne .s `str` }}", "true false"),
    ("{{ eq .m .nul }} {{ eq .nul .l }}", "false false"),
    # order
    (
        "{{ lt 1 2 }} {{ lt 2 1 }} {{ le 1 1 }} {{ gt 2 1 }} {{ ge 1 1 }} {{ ge 1 2 }}",
        "true false true true true false",
    ),
    ("{{ lt 1.5 2.5 }} {{ lt `a` `b` }} {{ lt `Z` `a` }} {{ lt .num `5` }}", "true true true true"),
    ("{{ lt -1 .u }} {{ lt .u -1 }} {{ lt .u 8 }}", "true false true"),
    ("{{ lt `é` `\U0001f600` }} {{ lt `\uffee` `\U0001f600` }} {{ gt `\uffee` `\udcff` }}", "true true false"),
    # len, index, slice
    (
        "{{ len `é` }} {{ len .bad }} {{ len .l }} {{ len .m }} {{ len .bs }} {{ len .num }} {{ len .el }}",
        "2 5 3 2 3 2 0",
    ),
    (
        "{{ index .l 0 }} {{ index .l 2 }} {{ index .ss 1 }} {{ index .bs 1 }} {{ index `é` 0 }}",
        "1 <no value> é 255 195",
    ),
    (
        "{{ index .m `k` }} {{ index .m `x` }} {{ index .sm `x` }}| {{ index .im 9 }} {{ index .im 1 }}|",
        "v <no value> | nine |",
    ),
    ("{{ index .am 1 }} {{ index .am `k` }} {{ index .am true }} {{ index .am 1.0 }}", "one v <no value> <no value>"),
    ("{{ index .s }} {{ index .u }}", "str 7"),
    ("{{ index .num 0 }}", "52"),
    ("{{ slice `hello` 1 3 }} {{ slice `hello` 2 }} {{ slice `hello` }} {{ slice `é` 1 | len }}", "el llo hello 1"),
    ("{{ slice .l 1 2 }} {{ slice .ss 1 }} {{ slice .l 0 1 2 }} {{ slice .bs 1 }}", "[b] [é c] [1] [255 128]"),
    ('{{ slice .num 1 | printf "%T" }} {{ slice .ss 1 | printf "%T" }}', "json.Number []string"),
    # printing
    ("{{ print 1 2 `a` `b` 3 4 }} {{ print nil }} {{ print }}|", "1 2ab3 4 <nil> |"),
    ("{{ println 1 `a` }}|", "1 a\n|"),
    ("{{ printf `%s-%d-%v` .s .n .nul }}", "str-3-<nil>"),
    # escaping
    ("{{ html `<a b='c'>&\"` }}", "&lt;a b=&#39;c&#39;&gt;&amp;&#34;"),
    ('{{ html "\\x00" }}', "\ufffd"),
    ("{{ html nil }} {{ html .absent }} {{ html 1 2 }} {{ html .num }}", "&lt;no value&gt; &lt;no value&gt; 1 2 42"),
    ("{{ html nil 1 }}", "&lt;no value&gt;1"),
    ("{{ html .bad }}", "a\udcff&lt;é"),
    ("{{ js `<a b='c'>&\"=\\/` }}", "\\u003Ca b\\u003D\\'c\\'\\u003E\\u0026\\\"\\u003D\\\\/"),
    (
        '{{ js "\\n\\x00\\x7f\\té\\u2028\\u200b\\U0001F600\\U000E0001" }}',
        "\\u000A\\u0000\x7f\\u0009é\\u2028\\u200B\U0001f600\\uE0001",
    ),
    ("{{ js nil }} {{ js .bad }}", "\\u003Cno value\\u003E a\udcff\\u003Cé"),
    ("{{ urlquery `a b/c?d=é&~-_.*` }}", "a+b%2Fc%3Fd%3D%C3%A9%26~-_.%2A"),
    ("{{ urlquery nil }} {{ urlquery 1 `x` }} {{ urlquery .bad }}", "%3Cno+value%3E 1x a%FF%3C%C3%A9"),
]


@pytest.mark.parametrize(("source", "wanted"), VALUES)
def test_gives_what_go_gives(source: str, wanted: str) -> None:
    """Every builtin gives what Go's gives."""
    assert rendered(source) == wanted


FAILURES = [
    ("{{ eq 1 }}", "error calling eq: missing argument for comparison"),
    ("{{ eq }}", "wrong number of args for eq: want at least 1 got 0"),
    ("{{ ne 1 2 3 }}", "wrong number of args for ne: want 2 got 3"),
    ("{{ eq 1 1.0 }}", "error calling eq: incompatible types for comparison: int and float64"),
    ("{{ eq .num 42 }}", "error calling eq: incompatible types for comparison: json.Number and int"),
    ("{{ eq .m .m }}", "error calling eq: non-comparable type map[string]interface {}"),
    ("{{ eq .l .l }}", "error calling eq: non-comparable type []interface {}"),
    ("{{ eq .l .m }}", "error calling eq: non-comparable types []interface {} and map[string]interface {}"),
    ("{{ eq .l 1 }}", "error calling eq: incompatible types for comparison: []interface {} and int"),
    ("{{ lt true false }}", "error calling lt: invalid type for comparison"),
    ("{{ lt nil 1 }}", "error calling lt: invalid type for comparison"),
    ("{{ lt 1 `2` }}", "error calling lt: incompatible types for comparison: int and string"),
    ("{{ len nil }}", "error calling len: len of nil"),
    ("{{ len .nul }}", "error calling len: len of nil pointer"),
    ("{{ len .none }}", "error calling len: len of nil pointer"),
    ("{{ len 3 }}", "error calling len: len of type int"),
    ("{{ index .l 3 }}", "error calling index: index out of range"),
    ("{{ index .l -1 }}", "error calling index: index out of range"),
    ("{{ index `abc` 3 }}", "error calling index: index out of range"),
    ("{{ index .l `x` }}", "error calling index: cannot index slice/array with type string"),
    ("{{ index .l nil }}", "error calling index: cannot index slice/array with nil"),
    ("{{ index .m 1 }}", "error calling index: value has type int; should be string"),
    ("{{ index .m .num }}", "error calling index: value has type json.Number; should be string"),
    ("{{ index .m nil }}", "error calling index: value is nil; should be of type string"),
    ("{{ index .am .m }}", "error calling index: hash of unhashable type map[string]interface {}"),
    ("{{ index .am .bs }}", "error calling index: hash of unhashable type []uint8"),
    ("{{ index .nul 1 }}", "error calling index: index of untyped nil"),
    ("{{ index .m `x` `y` }}", "error calling index: index of nil pointer"),
    ("{{ index .none `x` }}", "error calling index: index of nil pointer"),
    ("{{ index 3 0 }}", "error calling index: can't index item of type int"),
    ("{{ slice `abc` 1 4 }}", "error calling slice: index out of range"),
    ("{{ slice `abc` 2 1 }}", "error calling slice: invalid slice index: an end lies before its start"),
    ("{{ slice `abc` 0 1 2 }}", "error calling slice: cannot 3-index slice a string"),
    ("{{ slice .l 0 2 1 }}", "error calling slice: invalid slice index: an end lies before its start"),
    ("{{ slice .l 0 1 1 1 }}", "error calling slice: too many slice indexes: 4"),
    ("{{ slice .m 0 }}", "error calling slice: can't slice item of type map[string]interface {}"),
    ("{{ slice nil }}", "error calling slice: slice of untyped nil"),
    ("{{ slice .none }}", "error calling slice: slice of nil pointer"),
    ("{{ call nil }}", "error calling call: call of nil"),
    ("{{ call .n }}", "error calling call: non-function .n of type int"),
    ("{{ .s | call }}", "error calling call: non-function value of type string"),
    ("{{ printf 1 }}", "expected string; found 1"),
    ("{{ printf .num }}", "wrong type for value; expected string; got json.Number"),
]


@pytest.mark.parametrize(("source", "message"), FAILURES)
def test_fails_where_go_fails(source: str, message: str) -> None:
    """Every builtin fails where Go's does, and tells types but no values."""
    with pytest.raises(faults.ExecFault) as caught:
        rendered(source)
    assert caught.value.message == message


@pytest.mark.parametrize("name", ["html", "js", "urlquery"])
def test_an_escape_is_paid_for(name: str) -> None:
    """What escaping makes of a long string is no longer than a string may be."""
    with pytest.raises(faults.LimitFault, match="larger than"):
        rendered(
            "{{ printf `%300000s` `` | printf `%s<>` | html | html | html | html | NAME }}".replace("NAME", name),
            limits.Limits(string=300_002),
        )


def test_slices_of_a_long_list_are_paid_for() -> None:
    """Cutting a large list again and again ends with the steps, not with the memory."""
    state = template_state.build(limits.Limits(steps=10_000))
    rounds = itertools.count()
    counted = function.Function("count", (), variadic=False, call=lambda _state: next(rounds))
    source = "{{ $l := . }}{{ range 1000000 }}{{ $n := count }}{{ $x := slice $l 1 }}{{ end }}"
    program = parser.parse("", source, known=builtins.NAMES | {"count"})
    with pytest.raises(faults.LimitFault, match="10000 steps"):
        executor.execute(program, [0] * 100_000, state, {"count": counted})
    assert next(rounds) <= 10, "a slice of 100,000 elements costs a thousand steps"
