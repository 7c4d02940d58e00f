"""Checks arguments against the Go types of a function's parameters. Constants take the type, values must have it.

One rule is laxer than Go's: a list of nothing but strings is a []string, so that `join` takes a list of JSON.
"""

from typing import Any, Final

from provider.golang import failures, limits, values
from provider.gotemplate import function
from provider.gotemplate.parse import nodes

Value = Any
"""Any value of a template."""

_EXACT: Final[dict[str, type]] = {
    "string": str,
    "int": int,
    "int64": values.Int64,
    "uint64": values.Uint64,
    "float64": float,
    "bool": bool,
    "[]string": values.StringList,
    "[]any": list,
    "map": dict,
    "scratch": values.Struct,
}
_GO_NAMES: Final = {
    "any": "interface {}",
    "value": "reflect.Value",
    "[]any": "[]interface {}",
    "map": "map[string]interface {}",
    "scratch": "*template.Scratch",
}
_NILS: Final[dict[str, type]] = {"[]string": values.StringList, "[]any": list, "map": dict}
"""A nil list or map is an empty one, since Go's functions make no difference."""

_INTEGERS: Final[dict[str, tuple[int, int, type, str]]] = {
    "int": (-(2**63), 2**63, int, "integer"),
    "int64": (-(2**63), 2**63, values.Int64, "integer"),
    "uint64": (0, 2**64, values.Uint64, "unsigned integer"),
}
_LONGEST_SHOWN: Final = 60


def wrong_number(called: function.Function, written: int, given: int) -> str:
    """Return what is wrong with the number of arguments; "" where nothing is.

    Args:
        called: the function.
        written: how many stand behind its name.
        given: the same with the one from the pipeline, if there is one.
    """
    wanted = len(called.params)
    if called.variadic:
        if given >= wanted - 1:
            return ""
        return f"wrong number of args for {called.name}: want at least {wanted - 1} got {written}"
    return "" if given == wanted else f"wrong number of args for {called.name}: want {wanted} got {given}"


def validate_type(value: Value, kind: str, budget: limits.Budget) -> Value:
    """Return a value as a parameter of this type (one of `function.TYPES`).

    Raises:
        failures.Exceeded: the list is too long to be looked at.
        failures.Failed: it is of another type.
    """
    if kind == "any":
        return None if value is values.MISSING else value
    if kind == "value" or type(value) is _EXACT[kind]:
        return value
    if value is values.MISSING:
        if kind in _NILS:
            return _NILS[kind]()
        raise failures.Failed(f"invalid value; expected {_GO_NAMES.get(kind, kind)}")
    if kind == "[]string" and type(value) is list:
        budget.allocate(len(value))
        budget.step(len(value) // 16)
        if all(type(each) is str for each in value):
            return values.StringList(value)
    got = "interface {}" if value is None else values.type_name(value)
    raise failures.Failed(f"wrong type for value; expected {_GO_NAMES.get(kind, kind)}; got {got}")


def nil(kind: str) -> Value:
    """Return the constant nil as a parameter of this type.

    Raises:
        failures.Failed: the type has no nil.
    """
    if kind == "any":
        return None
    if kind == "value":
        return values.MISSING
    if kind in _NILS:
        return _NILS[kind]()
    raise failures.Failed(f"cannot assign nil to {_GO_NAMES.get(kind, kind)}")


def constant(node: nodes.Constant, kind: str) -> Value:
    """Return a constant as a parameter of this type.

    Raises:
        failures.Failed: it cannot be of that type.
    """
    value = node.value
    if kind in ("any", "value"):
        return ideal_constant(node)
    if kind in _INTEGERS:
        return _integer(node, kind)
    if kind == "float64":
        if isinstance(value, bool | str):
            raise failures.Failed(f"expected float; found {node_text(node)}")
        return float(value)
    if kind in ("string", "bool"):
        if type(value) is not _EXACT[kind]:
            raise failures.Failed(f"expected {kind}; found {node_text(node)}")
        return value
    raise failures.Failed(f"can't handle {node_text(node)} for arg of type {_GO_NAMES.get(kind, kind)}")


def _integer(node: nodes.Constant, kind: str) -> Value:
    lowest, end, python, name = _INTEGERS[kind]
    value = node.value
    if isinstance(value, bool | str) or (isinstance(value, float) and not value.is_integer()):
        raise failures.Failed(f"expected {name}; found {node_text(node)}")
    if not lowest <= value < end:
        raise failures.Failed(f"expected {name}; found {node_text(node)}")
    return python(value)


def ideal_constant(node: nodes.Constant) -> Value:
    """Return a constant where no type is asked for.

    Raises:
        failures.Failed: it fits in no int.
    """
    value = node.value
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise failures.Failed(f"{node_text(node)} overflows int")
    return value


def node_text(node: nodes.Node) -> str:
    """Return the source of a node for errors, shortened; a pipeline in parentheses is "(...)"."""
    if isinstance(node, nodes.Pipe) or (isinstance(node, nodes.Chain) and isinstance(node.term, nodes.Pipe)):
        return "(...)"
    source = str(node)
    return source if len(source) <= _LONGEST_SHOWN else f"{source[:_LONGEST_SHOWN]}..."
