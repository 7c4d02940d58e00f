"""consul-template's parseBool, parseInt, parseUint and parseFloat: strings of Go's syntax, "" being false or zero."""

from provider.base import units
from provider.golang import failures, values
from provider.golang.strconv import atoi
from provider.gotemplate import function, state

TABLE = function.Table()


@TABLE.add("parseBool", "string")
def _parse_bool(_rendering: state.State, text: str) -> bool:
    try:
        return units.parse_bool(text or "false")
    except ValueError:
        # Without its cause, whose text has the value.
        raise failures.Failed("invalid syntax: the argument is not a boolean") from None


@TABLE.add("parseInt", "string")
def _parse_int(_rendering: state.State, text: str) -> values.Int64:
    try:
        return values.Int64(atoi.parse_int(text or "0"))
    except ValueError as error:
        raise failures.Failed(f"{error}: the argument is not an int64") from None


@TABLE.add("parseUint", "string")
def _parse_uint(_rendering: state.State, text: str) -> values.Uint64:
    try:
        return values.Uint64(atoi.parse_uint(text or "0"))
    except ValueError as error:
        raise failures.Failed(f"{error}: the argument is not a uint64") from None


@TABLE.add("parseFloat", "string")
def _parse_float(_rendering: state.State, text: str) -> float:
    try:
        return atoi.parse_float(text or "0")
    except ValueError as error:
        raise failures.Failed(f"{error}: the argument is not a float64") from None
