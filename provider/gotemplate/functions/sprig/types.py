"""sprig's questions about types and kinds."""

from typing import Final

from provider.golang import values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import reflection

TABLE: Final = function.Table()

Value = values.Value


@TABLE.add("typeOf", "any")
def _type_of(_rendering: state.State, value: Value) -> str:
    return values.type_name(value)


@TABLE.add("typeIs", "string", "any")
def _type_is(_rendering: state.State, name: str, value: Value) -> bool:
    return name == values.type_name(value)


@TABLE.add("typeIsLike", "string", "any")
def _type_is_like(_rendering: state.State, name: str, value: Value) -> bool:
    return values.type_name(value) in {name, f"*{name}"}


@TABLE.add("kindOf", "any")
def _kind_of(_rendering: state.State, value: Value) -> str:
    return reflection.kind(value)


@TABLE.add("kindIs", "string", "any")
def _kind_is(_rendering: state.State, name: str, value: Value) -> bool:
    return name == reflection.kind(value)
