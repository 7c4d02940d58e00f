"""Looks up `.name` of a value: a key of a map, a field of a struct, a method. Never an attribute of a Python object.

What an absent key is depends on `State.missing_key`. As in Go, a field of nil in an interface (None) is an error; a
field of no value at all (MISSING, which nil becomes at the end of a pipeline) is MISSING, and an error only in "error"
mode.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

from provider.golang import failures, gojson, ordering, values
from provider.gotemplate import function, state

Value = Any
"""Any value of a template."""

MOST_NAMES: Final = 20
"""How many names of keys an error lists."""

_LONGEST_NAME: Final = 60


def get(receiver: Value, name: str, rendering: state.State, *, has_arguments: bool) -> Value:
    """Return the key or field `name`. Methods are not looked at; arguments always fail, with the reason.

    Raises:
        failures.Failed: there is no such key or field.
    """
    if isinstance(receiver, dict) and not isinstance(receiver, values.IntMap):
        return _key(receiver, name, rendering, has_arguments=has_arguments)
    if isinstance(receiver, values.Struct) and name in receiver.fields:
        if has_arguments:
            raise failures.Failed(f"{name} has arguments but cannot be invoked as function")
        return receiver.fields[name]
    if receiver is values.MISSING:
        if rendering.missing_key == "error":
            raise failures.Failed(f'nil data; no entry for key "{name}"')
        return values.MISSING
    if receiver is None:
        raise failures.Failed(f"nil pointer evaluating interface {{}}.{name}")
    if isinstance(receiver, values.NilPointer):
        raise failures.Failed(f"nil pointer evaluating {receiver.type_name}.{name}")
    raise failures.Failed(f"can't evaluate field {name} in type {values.type_name(receiver)}")


def _key(receiver: dict[Any, Any], name: str, rendering: state.State, *, has_arguments: bool) -> Value:
    if has_arguments:
        raise failures.Failed(f"{name} is not a method but has arguments")
    if name in receiver:
        return receiver[name]
    if rendering.missing_key == "error":
        raise failures.Failed(_absent(receiver, name, rendering))
    if rendering.missing_key == "zero":
        return "" if isinstance(receiver, values.StringMap) else None
    return values.MISSING


def _absent(receiver: dict[Any, Any], name: str, rendering: state.State) -> str:
    path = rendering.path_of(receiver)
    if not path:
        return f'the map has no key "{name}"'
    message = f'key "{name}" is not in {path}'
    known = rendering.keys_of(receiver)
    keys = [key for key in ordering.sorted_keys(receiver, rendering.budget) if key in known and isinstance(key, str)]
    if not keys:
        return f"{message} (it has no keys)"
    more = ", ..." if len(keys) > MOST_NAMES else ""
    return f"{message} (it has: {', '.join(map(_printable, keys[:MOST_NAMES]))}{more})"


def _printable(name: str) -> str:
    cut = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
    return "".join(each if each.isprintable() else "\ufffd" for each in cut)


def method(receiver: Value, name: str) -> function.Function | None:
    """Return the method `name` of a value, bound to it; None where there is none."""
    if isinstance(receiver, values.Struct):
        return receiver.methods.get(name)
    if isinstance(receiver, gojson.Number) and name in _NUMBER_METHODS:
        convert = _NUMBER_METHODS[name]
        return function.Function(name, (), variadic=False, call=lambda _state: convert(receiver))
    return None


_INTEGER: Final = re.compile(r"[+-]?[0-9]+\Z")
_FLOAT: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_DIGITS: Final = 19
"""Of the largest int64; longer numbers are not converted first, which would take a while."""


def _integer(number: gojson.Number) -> values.Int64:
    if not _INTEGER.match(number):
        raise failures.Failed("strconv.ParseInt: invalid syntax")
    digits = number.lstrip("+-").lstrip("0") or "0"
    value = int(digits) * (-1 if number.startswith("-") else 1) if len(digits) <= _DIGITS else 2**64
    if not -(2**63) <= value < 2**63:
        raise failures.Failed("strconv.ParseInt: value out of range")
    return values.Int64(value)


def _float(number: gojson.Number) -> float:
    if not _FLOAT.match(number):
        raise failures.Failed("strconv.ParseFloat: invalid syntax")
    value = float(number)
    if math.isinf(value):
        raise failures.Failed("strconv.ParseFloat: value out of range")
    return value


_NUMBER_METHODS: Final[dict[str, Callable[[gojson.Number], Value]]] = {
    "String": str,
    "Int64": _integer,
    "Float64": _float,
}
