"""Calls of sprig's functions as a template makes them, and their results with the types that Go tells apart."""

import math
from typing import Any

from provider.golang import values
from provider.gotemplate import state
from provider.gotemplate.functions import sprig
from tests.doubles import template_state


def call(name: str, *args: Any, at: state.State | None = None) -> Any:
    """What `sprig_<name>` gives for these arguments."""
    return sprig.TABLE.functions[f"sprig_{name}"].call(at or template_state.build(), *args)


def typed(value: Any) -> Any:
    """A value with the name of its type, and those of its parts, so that 1, 1.0 and true differ."""
    if isinstance(value, list):
        return values.type_name(value), [typed(each) for each in value]
    if isinstance(value, dict):
        return values.type_name(value), {key: typed(each) for key, each in value.items()}
    if isinstance(value, float):
        return "float64", "NaN" if math.isnan(value) else repr(value)
    return values.type_name(value), value
