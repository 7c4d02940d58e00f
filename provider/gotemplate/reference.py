"""Writes the reference page of all functions of templates from the tables that define them."""

from collections.abc import Iterable, Mapping
from typing import Final

from provider.gotemplate import function
from provider.gotemplate.execute import builtins

_PREFIX: Final = "sprig_"


def page(functions: function.Functions) -> str:
    """Return docs/functions.md, as Markdown, for these functions and Go's own."""
    known = dict(sorted(functions.items(), key=lambda item: item[0].lower()))
    ours = {name: each for name, each in known.items() if not name.startswith(_PREFIX)}
    sprig = {name: each for name, each in known.items() if name.startswith(_PREFIX)}
    return f"""# Functions of templates

This page is written from the tables that templates are rendered by (`make docs`). Behaviour and order of arguments
are those of Go's text/template, of consul-template and, behind `{_PREFIX}`, of sprig. [templates.md](templates.md) has
recipes.

## Go's own

{", ".join(f"`{name}`" for name in sorted(builtins.NAMES))}

## consul-template's

{_signatures(ours)}

## sprig's

{_signatures(sprig)}

## Refused

These exist for consul-template and sprig and fail here when they are called ("function is disabled"): they read the
machine or Consul, cost too much, or make something new at every rotation.

{", ".join(f"`{name}`" for name, each in known.items() if each.is_denied)}
"""


def _signatures(functions: Mapping[str, function.Function]) -> str:
    lines = [
        f"- `{name}{''.join(f' {each}' for each in _written(known))}`"
        for name, known in functions.items()
        if not known.is_denied
    ]
    return "\n".join(lines)


def _written(known: function.Function) -> Iterable[str]:
    last = len(known.params) - 1
    for position, kind in enumerate(known.params):
        yield f"{kind}..." if known.variadic and position == last else kind
