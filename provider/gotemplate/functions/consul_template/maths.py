"""consul-template's arithmetic: integers of 64 bits that wrap, floats, and the two mixed.

The operands come in reverse: `subtract 1 5` is 4, so that `5 | subtract 1` reads well. Signed integers give int64,
two unsigned ones uint64, one of each int64, a float with anything float64; a string or json.Number is not a number.
"""

import math
import operator
from collections.abc import Callable
from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state

Value = values.Value

TABLE = function.Table()

_SIGN: Final = 1 << 63
_MASK: Final = (1 << 64) - 1

_IntegerOperation = Callable[[int, int], int]
_FloatOperation = Callable[[float, float], float]


@TABLE.add("add", "any", "any")
def _add(_rendering: state.State, b: Value, a: Value) -> Value:
    return _calculate(a, b, operator.add, operator.add)


@TABLE.add("subtract", "any", "any")
def _subtract(_rendering: state.State, b: Value, a: Value) -> Value:
    return _calculate(a, b, operator.sub, operator.sub)


@TABLE.add("multiply", "any", "any")
def _multiply(_rendering: state.State, b: Value, a: Value) -> Value:
    return _calculate(a, b, operator.mul, operator.mul)


@TABLE.add("divide", "any", "any")
def _divide(_rendering: state.State, b: Value, a: Value) -> Value:
    return _calculate(a, b, _quotient, _float_quotient)


@TABLE.add("modulo", "any", "any")
def _modulo(_rendering: state.State, b: Value, a: Value) -> Value:
    return _calculate(a, b, _remainder, None)


@TABLE.add("minimum", "any", "any")
def _minimum(_rendering: state.State, b: Value, a: Value) -> Value:
    left, right = _comparable(a, b)
    return _kept(a if left < right else b)


@TABLE.add("maximum", "any", "any")
def _maximum(_rendering: state.State, b: Value, a: Value) -> Value:
    left, right = _comparable(a, b)
    return _kept(a if left > right else b)


def int64(value: int) -> values.Int64:
    """Return the low 64 bits as a signed integer, as Go's arithmetic leaves them."""
    return values.Int64(((value + _SIGN) & _MASK) - _SIGN)


def _calculate(a: Value, b: Value, integers: _IntegerOperation, floats: _FloatOperation | None) -> Value:
    _require_numbers(a, b, floats=floats is not None)
    if floats is not None and (isinstance(a, float) or isinstance(b, float)):
        return floats(float(a), float(b))
    if isinstance(a, values.Uint64) and isinstance(b, values.Uint64):
        return values.Uint64(integers(a, b) & _MASK)
    return int64(integers(int64(a), int64(b)))


def _comparable(a: Value, b: Value) -> tuple[float, float]:
    """Return both as Go compares them: as floats if one is a float, else signed unless both are unsigned."""
    _require_numbers(a, b, floats=True)
    if isinstance(a, float) or isinstance(b, float):
        return float(a), float(b)
    if isinstance(a, values.Uint64) and isinstance(b, values.Uint64):
        return a, b
    return int64(a), int64(b)


def _kept(value: Value) -> Value:
    return value if isinstance(value, float | values.Uint64) else values.Int64(value)


def _require_numbers(a: Value, b: Value, *, floats: bool) -> None:
    wanted = (int, float) if floats else (int,)
    for each in (a, b):
        if isinstance(each, bool) or not isinstance(each, wanted):
            hint = "; parseInt and parseFloat make numbers of strings" if isinstance(each, str) else ""
            raise failures.Failed(f"needs {'numbers' if floats else 'integers'}, got {values.type_name(each)}{hint}")


def _quotient(a: int, b: int) -> int:
    if b == 0:
        raise failures.Failed("integer divide by zero")
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def _remainder(a: int, b: int) -> int:
    return a - b * _quotient(a, b)


def _float_quotient(a: float, b: float) -> float:
    if b:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, math.copysign(1, a) * math.copysign(1, b))
