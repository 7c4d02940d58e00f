"""Functions and data for templates in tests, and rendering with them."""

import sys
from typing import Any

import pytest

from provider.golang import failures, gojson, limits, values
from provider.gotemplate import faults, function, state
from provider.gotemplate.execute import builtins, executor
from provider.gotemplate.parse import parser
from tests.doubles import template_state

TABLE = function.Table()


@TABLE.add("str", "string")
def _str(_state: state.State, text: str) -> str:
    return f"<{text}>"


@TABLE.add("i", "int")
@TABLE.add("i64", "int64")
@TABLE.add("u64", "uint64")
@TABLE.add("f64", "float64")
@TABLE.add("b", "bool")
@TABLE.add("anyf", "any")
def _same(_state: state.State, value: Any) -> Any:
    return value


@TABLE.add("ls", "[]string")
@TABLE.add("la", "[]any")
@TABLE.add("mp", "map")
def _length(_state: state.State, items: Any) -> int:
    return len(items)


@TABLE.add("var", "string", "int...")
def _var(_state: state.State, text: str, *numbers: int) -> str:
    return f"{text}[{' '.join(map(str, numbers))}]"


@TABLE.add("nothing")
def _nothing(_state: state.State) -> None:
    return None


@TABLE.add("fail")
def _fail(_state: state.State) -> None:
    raise failures.Failed("no")


@TABLE.add("broken")
def _broken(_state: state.State) -> None:
    raise KeyError("a bug")


@TABLE.add("loop", "int")
def _loop(_state: state.State, stop: int) -> values.Channel:
    return values.Channel(0, stop)


@TABLE.add("executeTemplate", "string", "any...")
def _execute(state: state.State, name: str, *dot: Any) -> str:
    return state.execute(name, dot[0] if dot else None)


@TABLE.add("deepest")
def _deepest(state: state.State) -> str:
    state.scratch["frames"] = max(state.scratch.get("frames", 0), frames())
    return ""


def frames() -> int:
    """How deep Python's stack is."""
    frame, count = sys._getframe(), 0
    while frame.f_back is not None:
        frame, count = frame.f_back, count + 1
    return count


@TABLE.add("scratch")
def _scratch(_state: state.State) -> values.Struct:
    struct = values.Struct("*main.Scratch", {})

    def put(state: state.State, key: str, value: Any) -> str:
        state.scratch[key] = value
        return ""

    struct.methods = {
        "Set": function.Function("Set", ("string", "any"), variadic=False, call=put),
        "Get": function.Function("Get", ("string",), variadic=False, call=lambda state, key: state.scratch.get(key)),
        "Self": function.Function("Self", (), variadic=False, call=lambda _state: struct),
    }
    return struct


@TABLE.add("sec")
def _sec(_state: state.State) -> values.Struct:
    data = {"data": {"k": "v"}, "p": gojson.Number("5432")}
    auth = values.NilPointer("*main.Auth")
    return values.Struct("*main.Secret", {"Data": data, "Auth": auth, "LeaseDuration": 5})


DATA: dict[str, Any] = {
    "s": "str",
    "n": 3,
    "f": 2.5,
    "nul": None,
    "x": {"y": {"z": "deep"}, "nul": None},
    "l": [1, "b", None, {"x": 1}],
    "el": [],
    "em": {},
    "m": {"b": 2, "a": 1, "é": 4, "Z": 3},
    "num": gojson.Number("42"),
    "fnum": gojson.Number("1.50"),
    "big": gojson.Number("123456789012345678901234567890"),
    "ss": values.StringList(["a", "b", "c"]),
    "is": values.IntList([3, 1, 2]),
    "sm": values.StringMap({"a": "1"}),
    "im": values.IntMap({10: "ten", 9: "nine", -1: "neg"}),
    "u": values.Uint64(3),
    "bs": b"\x01\xff",
    "am": values.AnyMap({"k": "v", 1: "one"}),
}
KNOWN = builtins.NAMES | frozenset(TABLE.functions)
ROOMY = limits.Limits()


def rendered(
    source: str, *, dot: Any = DATA, missing: str = "zero", most: limits.Limits = ROOMY, made: state.State | None = None
) -> str:
    """What a template gives."""
    rendering = made or template_state.build(most)
    rendering.missing_key = missing
    return executor.execute(parser.parse("", source, known=KNOWN), dot, rendering, TABLE.functions)


def fault(source: str, *, missing: str = "zero", most: limits.Limits = ROOMY) -> faults.ExecFault:
    """What a template fails with."""
    with pytest.raises(faults.ExecFault) as caught:
        rendered(source, missing=missing, most=most)
    return caught.value
