"""Prints the value of an action, as text/template's printValue does."""

from typing import Final

from provider.golang import limits, values
from provider.golang.fmt import print_value

_NO_VALUE: Final = "<no value>"


def print_action(value: values.Value, budget: limits.Budget) -> str:
    """Return what `{{ value }}` prints: nil as "<no value>", a pointer to a struct as the struct.

    Raises:
        failures.Failed: it has no text that stays the same, like a channel.
        failures.Exceeded: it is too large or nested too deeply.
    """
    if isinstance(value, str) or type(value) is int:
        return str(value)
    if value is None or value is values.MISSING:
        return _NO_VALUE
    printer = print_value.Printer(budget)
    if isinstance(value, values.Struct):
        printer.print_struct(value)
    else:
        printer.print_arg(value, "v")
    return printer.text()
