"""sprig's arithmetic on whatever can be a number: int64 that wraps around, float64 by way of decimals."""

import math
from collections.abc import Callable
from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import decimals, floats, numbers, stringify

TABLE: Final = function.Table()

Value = values.Value


@TABLE.add("atoi", "string")
def _atoi(_rendering: state.State, text: str) -> int:
    try:
        return numbers.parse_int(text)[0]
    except numbers.Unreadable:
        return 0


@TABLE.add("int", "any")
def _int(_rendering: state.State, value: Value) -> int:
    return int(numbers.to_int64(value))


@TABLE.add("int64", "any")
def _int64(_rendering: state.State, value: Value) -> values.Int64:
    return numbers.to_int64(value)


@TABLE.add("float64", "any")
def _float64(_rendering: state.State, value: Value) -> float:
    return numbers.to_float64(value)


@TABLE.add("toDecimal", "any")
def _to_decimal(rendering: state.State, value: Value) -> values.Int64:
    try:
        number, fits = numbers.parse_int(stringify.printed(value, rendering.budget), 8)
    except numbers.Unreadable:
        return values.Int64(0)
    return values.Int64(number if fits else 0)


@TABLE.add("add", "any...")
def _add(_rendering: state.State, *given: Value) -> values.Int64:
    return numbers.wrapped(sum(map(numbers.to_int64, given)))


@TABLE.add("add1", "any")
def _add1(_rendering: state.State, value: Value) -> values.Int64:
    return numbers.wrapped(numbers.to_int64(value) + 1)


@TABLE.add("sub", "any", "any")
def _sub(_rendering: state.State, first: Value, second: Value) -> values.Int64:
    return numbers.wrapped(numbers.to_int64(first) - numbers.to_int64(second))


@TABLE.add("mul", "any", "any...")
def _mul(_rendering: state.State, first: Value, *others: Value) -> values.Int64:
    product = numbers.to_int64(first)
    for each in others:
        product = numbers.wrapped(product * numbers.to_int64(each))
    return product


@TABLE.add("div", "any", "any")
def _div(_rendering: state.State, first: Value, second: Value) -> values.Int64:
    return numbers.wrapped(_divided(first, second)[0])


@TABLE.add("mod", "any", "any")
def _mod(_rendering: state.State, first: Value, second: Value) -> values.Int64:
    return numbers.wrapped(_divided(first, second)[1])


def _divided(first: Value, second: Value) -> tuple[int, int]:
    """Quotient, towards zero, and remainder."""
    dividend, divisor = int(numbers.to_int64(first)), int(numbers.to_int64(second))
    if not divisor:
        raise failures.Failed("integer divide by zero")
    quotient = abs(dividend) // abs(divisor)
    if (dividend < 0) != (divisor < 0):
        quotient = -quotient
    return quotient, dividend - quotient * divisor


@TABLE.add("max", "any", "any...")
@TABLE.add("biggest", "any", "any...")
def _max(_rendering: state.State, *given: Value) -> values.Int64:
    return max(map(numbers.to_int64, given))


@TABLE.add("min", "any", "any...")
def _min(_rendering: state.State, *given: Value) -> values.Int64:
    return min(map(numbers.to_int64, given))


@TABLE.add("maxf", "any", "any...")
def _maxf(_rendering: state.State, *given: Value) -> float:
    return floats.largest(map(numbers.to_float64, given))


@TABLE.add("minf", "any", "any...")
def _minf(_rendering: state.State, *given: Value) -> float:
    return -floats.largest(-numbers.to_float64(each) for each in given)


@TABLE.add("floor", "any")
def _floor(_rendering: state.State, value: Value) -> float:
    return floats.floor(numbers.to_float64(value))


@TABLE.add("ceil", "any")
def _ceil(_rendering: state.State, value: Value) -> float:
    return floats.ceil(numbers.to_float64(value))


@TABLE.add("round", "any", "int", "float64...")
def _round(_rendering: state.State, value: Value, places: int, *round_on: float) -> float:
    power = floats.power_of_ten(float(places))
    shifted = power * numbers.to_float64(value)
    fraction = math.modf(shifted)[0] if math.isfinite(shifted) else math.nan
    up = fraction >= (round_on[0] if round_on else 0.5)
    return floats.divided(floats.ceil(shifted) if up else floats.floor(shifted), power)


def _folded(
    rendering: state.State, operate: Callable[[decimals.Decimal, decimals.Decimal], decimals.Decimal], *given: Value
) -> float:
    first, *others = (decimals.Decimal.of(numbers.to_float64(each)) for each in given)
    for other in others:
        rendering.budget.step(first.size // 100)
        rendering.budget.allocate(first.size)
        first = operate(first, other)
    return float(first)


@TABLE.add("addf", "any...")
def _addf(rendering: state.State, *given: Value) -> float:
    return _folded(rendering, decimals.Decimal.__add__, 0.0, *given)


@TABLE.add("add1f", "any")
def _add1f(rendering: state.State, value: Value) -> float:
    return _folded(rendering, decimals.Decimal.__add__, value, 1)


@TABLE.add("subf", "any", "any...")
def _subf(rendering: state.State, *given: Value) -> float:
    return _folded(rendering, decimals.Decimal.__sub__, *given)


@TABLE.add("mulf", "any", "any...")
def _mulf(rendering: state.State, *given: Value) -> float:
    return _folded(rendering, decimals.Decimal.__mul__, *given)


@TABLE.add("divf", "any", "any...")
def _divf(rendering: state.State, *given: Value) -> float:
    return _folded(rendering, decimals.Decimal.__truediv__, *given)
