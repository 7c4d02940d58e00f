"""Go's own nineteen functions. `and` and `or` evaluate no more arguments than needed, which `pipeline_evaluator` does.

Left out: calling a function that is a value (`call` always fails), and a list's spare capacity, which `slice` may use
in Go.
"""

import re
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

from provider.golang import failures, gojson, ordering, values
from provider.golang.fmt import sprint
from provider.gotemplate import function, state
from provider.gotemplate.execute import print_action

Value = Any
"""Any value of a template."""

TABLE: Final = function.Table()


@TABLE.add("and", "value", "value...")
def _and(_rendering: state.State, *given: Value) -> Value:
    return next((each for each in given if not values.is_true(each)), given[-1])


@TABLE.add("or", "value", "value...")
def _or(_rendering: state.State, *given: Value) -> Value:
    return next((each for each in given if values.is_true(each)), given[-1])


STOPS: Final[dict[Callable[..., Any], bool]] = {_and: False, _or: True}
"""The functions that evaluate no further argument after one of this truth."""


@TABLE.add("not", "value")
def _not(_rendering: state.State, value: Value) -> bool:
    return not values.is_true(value)


@TABLE.add("call", "value", "value...")
def call(_rendering: state.State, name: str, called: Value, *_given: Value) -> Value:
    """Fail, since no value is a function. `pipeline_evaluator` adds the first argument, the source of the callee."""
    if called is None or called is values.MISSING:
        raise failures.Failed("call of nil")
    raise failures.Failed(f"non-function {name} of type {values.type_name(called)}")


# Comparisons.


@TABLE.add("eq", "value", "value...")
def _eq(rendering: state.State, first: Value, *others: Value) -> bool:
    if not others:
        raise failures.Failed("missing argument for comparison")
    for other in others:
        rendering.budget.step()
        if ordering.equal(first, other):
            return True
    return False


@TABLE.add("ne", "value", "value")
def _ne(_rendering: state.State, first: Value, second: Value) -> bool:
    return not ordering.equal(first, second)


@TABLE.add("lt", "value", "value")
def _lt(rendering: state.State, first: Value, second: Value) -> bool:
    for each in (first, second):
        _pay(each, rendering)
    return ordering.less(first, second)


@TABLE.add("le", "value", "value")
def _le(rendering: state.State, first: Value, second: Value) -> bool:
    return _lt(rendering, first, second) or ordering.equal(first, second)


@TABLE.add("gt", "value", "value")
def _gt(rendering: state.State, first: Value, second: Value) -> bool:
    return not (_lt(rendering, first, second) or ordering.equal(first, second))


@TABLE.add("ge", "value", "value")
def _ge(rendering: state.State, first: Value, second: Value) -> bool:
    return not _lt(rendering, first, second)


# Lengths and elements.


def _pay(value: Value, rendering: state.State) -> None:
    """Pay for the bytes of a string."""
    if isinstance(value, str):
        rendering.budget.step(1 + len(value) // 100)


@TABLE.add("len", "value")
def _len(rendering: state.State, value: Value) -> int:
    _pay(value, rendering)
    if isinstance(value, str):
        return values.size(value)
    if isinstance(value, list | dict | bytes):
        return len(value)
    if isinstance(value, values.Channel):
        return 0
    if isinstance(value, values.NilPointer) or value is None:
        raise failures.Failed("len of nil pointer")
    raise failures.Failed(f"len of {'nil' if value is values.MISSING else f'type {values.type_name(value)}'}")


@TABLE.add("index", "value", "value...")
def _index(rendering: state.State, value: Value, *indexes: Value) -> Value:
    if value is None or value is values.MISSING:
        raise failures.Failed("index of untyped nil")
    for index in indexes:
        rendering.budget.step()
        value = _element(value, index, rendering)
    return value


def _element(value: Value, index: Value, rendering: state.State) -> Value:
    if value is None or isinstance(value, values.NilPointer):
        raise failures.Failed("index of nil pointer")
    if isinstance(value, dict):
        return _entry(value, index, rendering)
    if not isinstance(value, str | list | bytes):
        raise failures.Failed(f"can't index item of type {values.type_name(value)}")
    _pay(value, rendering)
    items = values.to_bytes(value) if isinstance(value, str) else value
    position = _position(index, len(items) - 1)
    return values.Uint64(items[position]) if isinstance(items, bytes) else items[position]


_INTEGERS: Final = (int, values.Int64, values.Uint64)


def _position(index: Value, last: int) -> int:
    if type(index) not in _INTEGERS:
        message = "nil" if index is None or index is values.MISSING else f"type {values.type_name(index)}"
        raise failures.Failed(f"cannot index slice/array with {message}")
    if not 0 <= index <= last:
        raise failures.Failed("index out of range")
    return int(index)


def _entry(mapping: dict[Any, Any], key: Value, rendering: state.State) -> Value:
    if key is values.MISSING:
        key = None
    if isinstance(mapping, values.AnyMap):
        return _any_entry(mapping, key, rendering)
    wanted = "int" if isinstance(mapping, values.IntMap) else "string"
    if key is None:
        raise failures.Failed(f"value is nil; should be of type {wanted}")
    if not (type(key) in _INTEGERS if wanted == "int" else type(key) is str):
        raise failures.Failed(f"value has type {values.type_name(key)}; should be {wanted}")
    return mapping.get(key, "" if isinstance(mapping, values.StringMap | values.IntMap) else None)


def _any_entry(mapping: values.AnyMap, key: Value, rendering: state.State) -> Value:
    """Return an entry of a map with keys of any type: 1, 1.0 and true are one key in Python, and three in Go."""
    if isinstance(key, dict | list | bytes):
        raise failures.Failed(f"hash of unhashable type {values.type_name(key)}")
    if key in mapping and not isinstance(key, str):
        rendering.budget.step(1 + len(mapping) // 8)
        stored = next(each for each in mapping if each == key)
        return mapping[key] if type(stored) is type(key) else None
    return mapping.get(key)


@TABLE.add("slice", "value", "value...")
def _slice(rendering: state.State, value: Value, *indexes: Value) -> Value:
    if value is None or value is values.MISSING:
        raise failures.Failed("slice of untyped nil")
    if isinstance(value, values.NilPointer):
        raise failures.Failed("slice of nil pointer")
    if len(indexes) > 3:
        raise failures.Failed(f"too many slice indexes: {len(indexes)}")
    if not isinstance(value, str | list | bytes):
        raise failures.Failed(f"can't slice item of type {values.type_name(value)}")
    if isinstance(value, str) and len(indexes) == 3:
        raise failures.Failed("cannot 3-index slice a string")
    _pay(value, rendering)
    items = values.to_bytes(value) if isinstance(value, str) else value
    bounds = [0, len(items)]
    bounds[: len(indexes)] = [_position(index, len(items)) for index in indexes]
    if bounds != sorted(bounds):
        raise failures.Failed("invalid slice index: an end lies before its start")
    rendering.budget.allocate(bounds[1] - bounds[0])
    part = items[bounds[0] : bounds[1]]
    if isinstance(part, list):
        return type(value)(part) if type(value) is not list else part
    if isinstance(value, bytes):
        return part
    text = values.to_text(part)
    return gojson.Number(text) if isinstance(value, gojson.Number) else text


# Printing and escaping. Each escape makes at most six bytes of one, so asking for the size of the result once it is
# there is soon enough.


@TABLE.add("print", "any...")
def _print(rendering: state.State, *given: Value) -> str:
    return sprint.sprint(given, rendering.budget)


@TABLE.add("println", "any...")
def _println(rendering: state.State, *given: Value) -> str:
    return sprint.sprintln(given, rendering.budget)


@TABLE.add("printf", "string", "any...")
def _printf(rendering: state.State, form: str, *given: Value) -> str:
    return sprint.sprintf(form, given, rendering.budget)


def _printed(given: tuple[Value, ...], rendering: state.State) -> str:
    """Print the arguments of an escaping function, with nil as an action prints it."""
    if len(given) == 1:
        text = given[0] if type(given[0]) is str else print_action.print_action(given[0], rendering.budget)
    else:
        text = sprint.sprint([_printable(each) for each in given], rendering.budget)
    rendering.budget.allocate(len(text))
    return text


def _printable(value: Value) -> Value:
    if value is None:
        return "<no value>"
    if isinstance(value, values.Struct):
        return values.Struct(value.type_name.removeprefix("*"), value.fields, value.methods, value.string)
    return value


_HTML: Final = {
    0: "\ufffd",
    ord('"'): "&#34;",
    ord("'"): "&#39;",
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
}


@TABLE.add("html", "any...")
def _html(rendering: state.State, *given: Value) -> str:
    escaped = _printed(given, rendering).translate(_HTML)
    rendering.budget.allocate(len(escaped))
    return escaped


_JS_SPECIAL: Final = re.compile("[\x00-\x1f\\\\'\"<>&=]|[^\x00-\x7f\udc80-\udcff]")
_JS_QUOTED: Final = frozenset("\\'\"")


def _js_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _JS_QUOTED:
        return f"\\{char}"
    return char if char > "\x7f" and char.isprintable() else f"\\u{ord(char):04X}"


@TABLE.add("js", "any...")
def _js(rendering: state.State, *given: Value) -> str:
    text = _printed(given, rendering)
    rendering.budget.step(len(text) // 10)
    escaped = _JS_SPECIAL.sub(_js_escape, text)
    rendering.budget.allocate(len(escaped))
    return escaped


@TABLE.add("urlquery", "any...")
def _urlquery(rendering: state.State, *given: Value) -> str:
    escaped = urllib.parse.quote_plus(values.to_bytes(_printed(given, rendering)))
    rendering.budget.allocate(len(escaped))
    return escaped


NAMES: Final = frozenset(TABLE.functions)
"""Names of Go's own functions, for the parser."""
