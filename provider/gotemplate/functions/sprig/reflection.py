"""What sprig asks Go's package reflect: the kind of a value, the elements of any list, deep equality.

A type matters: an int never equals an int64, a list of strings never a list of anything.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from provider.golang import failures, gojson, limits, values
from provider.gotemplate import function

_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (values.Int64, "int64"),
    (values.Uint64, "uint64"),
    (int, "int"),
    (float, "float64"),
    (str, "string"),
    (bytes, "slice"),
    (list, "slice"),
    (dict, "map"),
    (values.NilPointer, "ptr"),
    (values.Channel, "chan"),
)

_PLAIN: Final = frozenset({bool, int, values.Int64, values.Uint64, float, str, gojson.Number, bytes})


class Opaque(values.Struct):
    """A struct of Go's libraries, whose fields templates cannot reach: a version, a time.

    Attributes:
        hidden: what it holds; two are equal if these are.
        string: what its String method gives, and so how Go prints it.
    """

    __slots__ = ("hidden",)

    def __init__(
        self, type_name: str, hidden: Hashable, string: str, methods: Mapping[str, function.Function] | None = None
    ) -> None:
        super().__init__(type_name, {}, methods, string)
        self.hidden = hidden


def kind(value: values.Value) -> str:
    """The name of a value's kind: `string` for a json.Number, `invalid` for nil."""
    if value is None or value is values.MISSING:
        return "invalid"
    if isinstance(value, Opaque) and isinstance(value.hidden, int):
        return "int"
    if isinstance(value, values.Struct):
        return "ptr" if value.type_name.startswith("*") else "struct"
    return next((name for python, name in _KINDS if isinstance(value, python)), "func")


def elements(value: values.Value, action: str) -> Sequence[values.Value]:
    """The elements of any list, bytes included.

    Raises:
        failures.Failed: it is not a list.
    """
    if isinstance(value, list | bytes):
        return value
    raise failures.Failed(f"cannot {action} a value of type {values.type_name(value)}, only a list")


def equal(first: values.Value, second: values.Value, budget: limits.Budget) -> bool:
    """Go's reflect.DeepEqual.

    Raises:
        failures.Exceeded: the values are too large or too deep to be compared.
    """
    budget.step()
    if type(first) is not type(second):
        return False
    if type(first) in _PLAIN:
        return _equal_plain(first, second, budget)
    if first is second:
        return True
    if isinstance(first, values.NilPointer):
        return bool(first == second)
    budget.enter()
    try:
        if isinstance(first, list):
            return len(first) == len(second) and all(
                equal(one, other, budget) for one, other in zip(first, second, strict=True)
            )
        if isinstance(first, dict):
            return _equal_maps(first, second, budget)
        if isinstance(first, values.Struct):
            return first.type_name == second.type_name and _equal_structs(first, second, budget)
    finally:
        budget.leave()
    return False


def _equal_plain(first: values.Value, second: values.Value, budget: limits.Budget) -> bool:
    if not isinstance(first, str):
        return bool(first == second)
    budget.step(len(first) // 100)
    if first.isascii() or second.isascii():
        return str(first) == str(second)
    return values.to_bytes(first) == values.to_bytes(second)


def _equal_maps(
    first: dict[values.Value, values.Value], second: dict[values.Value, values.Value], budget: limits.Budget
) -> bool:
    if len(first) != len(second):
        return False
    return all(key in second and equal(value, second[key], budget) for key, value in first.items())


def _equal_structs(first: values.Struct, second: values.Struct, budget: limits.Budget) -> bool:
    if isinstance(first, Opaque) and isinstance(second, Opaque):
        return first.hidden == second.hidden
    return _equal_maps(first.fields, second.fields, budget)


class Members:
    """Values that a value is looked for among, by deep equality; each plain one is found at once."""

    def __init__(self, budget: limits.Budget) -> None:
        self._budget = budget
        self._plain: set[tuple[type, values.Value]] = set()
        self._others: list[values.Value] = []

    def add(self, value: values.Value) -> None:
        """Take in one more."""
        if _is_quick(value):
            self._plain.add(_key(value))
        else:
            self._others.append(value)

    def __contains__(self, value: values.Value) -> bool:
        self._budget.step()
        if _is_quick(value):
            return _key(value) in self._plain
        return any(equal(value, each, self._budget) for each in self._others)


def _is_quick(value: values.Value) -> bool:
    """Whether a set can hold it: not a NaN, which equals nothing, and which a set would find by identity."""
    return value is None or (type(value) in _PLAIN and bool(value == value))  # noqa: PLR0124 -- is it a NaN?


def _key(value: values.Value) -> tuple[type, values.Value]:
    return type(value), values.to_bytes(value) if isinstance(value, str) else value
