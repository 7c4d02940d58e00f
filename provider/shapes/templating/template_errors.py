"""Errors of templates for the people who write them: what is wrong, where, and what to do. Never a value.

The engine raises faults with a place; these are their texts in the provider's error tree.
"""

from typing import Final

from provider import errors
from provider.base import units
from provider.gotemplate import faults
from provider.shapes.templating import allowance

_LIMITS_HINT: Final = (
    f"a template may make {units.format_bytes(allowance.WHOLE.output)}, in {allowance.WHOLE.seconds:g} s of CPU time; "
    "look for a loop or a recursion that does not end"
)


def invalid(fault: faults.ParseFault) -> errors.TemplateInvalid:
    """Return the error for what is not a valid template."""
    return errors.TemplateInvalid(
        _message(fault), hint=advice(fault), template=fault.template, line=fault.line, column=fault.column
    )


def failed(fault: faults.ExecFault) -> errors.TemplateFailed:
    """Return the error for a template that cannot be rendered."""
    return errors.TemplateFailed(
        _message(fault), hint=advice(fault), template=fault.template, line=fault.line, column=fault.column
    )


def all_used() -> errors.TemplateFailed:
    """Return the error for a volume whose templates have used up their CPU time, each within its own limit."""
    return errors.TemplateFailed(
        "the templates of this volume take too much CPU time together",
        hint="split them over several SecretProviderClasses",
    )


def advice(fault: faults.Fault) -> str | None:
    """Return what to do about a fault; None where there is no more to say than what is wrong."""
    if isinstance(fault, faults.LimitFault):
        return _LIMITS_HINT
    if isinstance(fault, faults.ParseFault) and "not defined" in fault.message and "function" in fault.message:
        return "docs/functions.md lists the functions there are"
    return None


def _message(fault: faults.Fault) -> str:
    name = f' "{fault.template}"' if fault.template else ""
    column = f", column {fault.column}" if fault.column else ""
    return f"template{name} line {fault.line}{column}: {fault.message}"
