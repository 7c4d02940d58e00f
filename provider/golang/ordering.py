"""Compares values as Go's templates do: `eq` and `lt` by kind, and the order in which `range` visits a map.

Ints compare with unsigned ints and with nothing else; a json.Number is a string. Comparing anything else fails.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from provider.golang import failures, gojson, limits, values

Value = Any
"""Any value of a template."""

_KINDS: Final[dict[type, str]] = {
    bool: "bool",
    int: "int",
    values.Int64: "int",
    values.Uint64: "uint",
    float: "float",
    str: "string",
    gojson.Number: "string",
}
_INTEGERS: Final = frozenset({"int", "uint"})


def equal(first: Value, second: Value) -> bool:
    """Whether two values of one kind are equal in Go. Nil equals nil and nothing else.

    Raises:
        failures.Failed: they cannot be compared.
    """
    kinds = _KINDS.get(type(first), ""), _KINDS.get(type(second), "")
    if kinds[0] == kinds[1]:
        return bool(first == second) if kinds[0] else _same(first, second)
    if _INTEGERS.issuperset(kinds):
        return bool(first == second)
    if _is_nothing(first) or _is_nothing(second):
        return False
    raise _incompatible(first, second)


def _is_nothing(value: Value) -> bool:
    return value is None or value is values.MISSING


def _same(first: Value, second: Value) -> bool:
    """Whether two values that are not basic (maps, lists, structs, channels, nil) are equal."""
    if _is_nothing(first) or _is_nothing(second):
        return _is_nil(first) and _is_nil(second)
    if _kind(first) is not _kind(second):
        raise failures.Failed(f"non-comparable types {values.type_name(first)} and {values.type_name(second)}")
    if _is_nil(first) or _is_nil(second):
        return _is_nil(first) and _is_nil(second)
    if isinstance(second, dict | list | bytes):
        raise failures.Failed(f"non-comparable type {values.type_name(second)}")
    return first is second


def _is_nil(value: Value) -> bool:
    return _is_nothing(value) or isinstance(value, values.NilPointer)


def _kind(value: Value) -> type:
    """Return a stand-in for Go's reflect.Kind of a value that is not basic."""
    if isinstance(value, dict):
        return dict
    if isinstance(value, list | bytes):
        return list
    return values.Struct if isinstance(value, values.NilPointer) else type(value)


def _incompatible(first: Value, second: Value) -> failures.Failed:
    types = f"{values.type_name(first)} and {values.type_name(second)}"
    return failures.Failed(f"incompatible types for comparison: {types}")


def less(first: Value, second: Value) -> bool:
    """Whether an int, float or string is less than another in Go; strings compare by bytes.

    Raises:
        failures.Failed: they cannot be ordered.
    """
    kinds = _KINDS.get(type(first)), _KINDS.get(type(second))
    if None in kinds:
        raise failures.Failed("invalid type for comparison")
    if kinds[0] != kinds[1]:
        if _INTEGERS.issuperset(kinds):
            return bool(first < second)
        raise _incompatible(first, second)
    if kinds[0] == "bool":
        raise failures.Failed("invalid type for comparison")
    if kinds[0] == "string":
        return values.to_bytes(first) < values.to_bytes(second)
    return bool(first < second)


def sorted_keys(mapping: dict[Any, Any], budget: limits.Budget) -> list[Any]:
    """Return the keys of a map in Go's order: strings by bytes, numbers by size, nil first.

    Keys of several types (YAML makes such maps) are grouped by type. Go leaves it to the linker which type comes first;
    this is what its linker does.

    Raises:
        failures.Exceeded: so many keys are not paid for.
    """
    budget.step(1 + len(mapping) // 8)
    if not isinstance(mapping, values.AnyMap):
        return _of_one_type(mapping)
    groups: dict[str, list[Any]] = {}
    for key in mapping:
        groups.setdefault("" if key is None else values.type_name(key), []).append(key)
    return [key for name in sorted(groups, key=_rank) for key in _of_one_type(groups[name])]


_RANKS: Final = {name: rank for rank, name in enumerate(("", "string", "int", "float64", "bool"))}


def _rank(name: str) -> tuple[int, str]:
    return _RANKS.get(name, len(_RANKS)), name


def _of_one_type(keys: Iterable[Any]) -> list[Any]:
    listed = list(keys)
    first = listed[0] if listed else None
    if isinstance(first, str):
        by_bytes: Callable[[str], bytes] = values.to_bytes
        return sorted(listed, key=by_bytes)
    return sorted(listed) if isinstance(first, int | float) else listed
