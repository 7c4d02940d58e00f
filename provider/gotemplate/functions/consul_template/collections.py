"""consul-template's functions on lists and maps: looking for elements, merging, counting."""

import re
from typing import Any, Final

from provider.golang import failures, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,30}")
_INT64: Final = range(-(2**63), 2**63)


def holds(rendering: state.State, holder: values.Value, value: values.Value) -> bool:
    """Whether a list has an element, or a string a part. Values of two kinds are never equal; a map holds nothing.

    Raises:
        failures.Failed: nil is looked for among strings, where Go panics.
    """
    if isinstance(holder, str):
        rendering.budget.step(1 + len(holder) // 100)
        _refuse_nil(value)
        return type(value) is type(holder) and values.to_bytes(value) in values.to_bytes(holder)
    if not isinstance(holder, list):
        return False
    for element in holder:
        rendering.budget.step()
        if _is_same(element, value):
            return True
    return False


def _is_same(element: values.Value, value: values.Value) -> bool:
    if isinstance(element, str):
        _refuse_nil(value)
        return type(element) is type(value) and element == value
    if isinstance(element, float):
        return isinstance(value, float) and element == value
    return _is_signed(element) and _is_signed(value) and bool(element == value)


def _is_signed(value: values.Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool | values.Uint64)


def _refuse_nil(value: values.Value) -> None:
    if value is None:
        raise failures.Failed("nil cannot be compared with a string")


@TABLE.add("in", "any", "any")
def _in(rendering: state.State, holder: values.Value, value: values.Value) -> bool:
    return holds(rendering, holder, value)


@TABLE.add("contains", "any", "any")
def _contains(rendering: state.State, value: values.Value, holder: values.Value) -> bool:
    return holds(rendering, holder, value)


@TABLE.add("containsAll", "[]any", "any")
def _contains_all(rendering: state.State, wanted: list[Any] | None, holder: values.Value) -> bool:
    return all(holds(rendering, holder, each) for each in wanted or ())


@TABLE.add("containsAny", "[]any", "any")
def _contains_any(rendering: state.State, wanted: list[Any] | None, holder: values.Value) -> bool:
    return any(holds(rendering, holder, each) for each in wanted or ())


@TABLE.add("containsNone", "[]any", "any")
def _contains_none(rendering: state.State, wanted: list[Any] | None, holder: values.Value) -> bool:
    return not any(holds(rendering, holder, each) for each in wanted or ())


@TABLE.add("containsNotAll", "[]any", "any")
def _contains_not_all(rendering: state.State, wanted: list[Any] | None, holder: values.Value) -> bool:
    return not all(holds(rendering, holder, each) for each in wanted or ())


@TABLE.add("mergeMap", "map", "map")
def _merge_map(rendering: state.State, target: dict[str, Any] | None, source: dict[str, Any] | None) -> dict[str, Any]:
    return _merged(rendering, target or {}, source or {}, overrides=False)


@TABLE.add("mergeMapWithOverride", "map", "map")
def _merge_over(rendering: state.State, target: dict[str, Any] | None, source: dict[str, Any] | None) -> dict[str, Any]:
    return _merged(rendering, target or {}, source or {}, overrides=True)


def _merged(
    rendering: state.State, target: dict[Any, Any], source: dict[Any, Any], *, overrides: bool
) -> dict[Any, Any]:
    """Return a copy of `target` with the entries of `source`: where it has none or an empty one, or over what it has.

    consul-template merges into `target` itself; a template that looks at it again here finds what it was.
    """
    rendering.budget.allocate(len(target))
    rendering.budget.step(1 + len(target) // 10 + len(source))
    made = _empty_like(target)
    made.update(target)
    for key, value in source.items():
        there = made.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _refuse_other_maps(there, value)
            made[key] = _merged_below(rendering, there, value, overrides=overrides)
        elif overrides or (value is not None and not values.is_true(there)):
            made[key] = value
    return made


def _merged_below(
    rendering: state.State, target: dict[Any, Any], source: dict[Any, Any], *, overrides: bool
) -> dict[Any, Any]:
    rendering.budget.enter()
    try:
        return _merged(rendering, target, source, overrides=overrides)
    finally:
        rendering.budget.leave()


def _empty_like(target: dict[Any, Any]) -> dict[Any, Any]:
    return type(target)() if isinstance(target, values.StringMap | values.IntMap | values.AnyMap) else {}


def _refuse_other_maps(target: dict[Any, Any], source: dict[Any, Any]) -> None:
    takes_it = type(target) is dict and isinstance(source, values.StringMap)
    if source and type(target) is not type(source) and not takes_it:
        raise failures.Failed(f"a {values.type_name(source)} does not merge into a {values.type_name(target)}")


@TABLE.add("loop", "any...")
def _loop(_rendering: state.State, *bounds: values.Value) -> values.Channel:
    if len(bounds) not in (1, 2):
        raise failures.Failed(f"wrong number of arguments, expected 1 or 2, but got {len(bounds)}")
    first, last = (0, *bounds) if len(bounds) == 1 else bounds
    return values.Channel(_bound(first), _bound(last))


def _bound(value: values.Value) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        # A uint64 beyond an int64 wraps round in Go.
        return (value + 2**63) % 2**64 - 2**63
    if not isinstance(value, str):
        raise failures.Failed(f"bad argument type: {values.type_name(value)}")
    if not value:
        return 0
    number = int(value) if _INTEGER.fullmatch(value) else None
    if number is None or number not in _INT64:
        raise failures.Failed("a bound is not an integer")
    return number
