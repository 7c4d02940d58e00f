"""sprig's choices by whether a value is empty: nil, false, zero, or without a length."""

from typing import Final

from provider.golang import values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

Value = values.Value


@TABLE.add("default", "any", "any...")
def _default(_rendering: state.State, fallback: Value, *given: Value) -> Value:
    return given[0] if given and values.is_true(given[0]) else fallback


@TABLE.add("empty", "any")
def _empty(_rendering: state.State, value: Value) -> bool:
    return not values.is_true(value)


@TABLE.add("coalesce", "any...")
def _coalesce(_rendering: state.State, *given: Value) -> Value:
    return next(filter(values.is_true, given), None)


@TABLE.add("all", "any...")
def _all(_rendering: state.State, *given: Value) -> bool:
    return all(map(values.is_true, given))


@TABLE.add("any", "any...")
def _any(_rendering: state.State, *given: Value) -> bool:
    return any(map(values.is_true, given))


@TABLE.add("ternary", "any", "any", "bool")
def _ternary(_rendering: state.State, if_true: Value, if_false: Value, condition: bool) -> Value:
    return if_true if condition else if_false
