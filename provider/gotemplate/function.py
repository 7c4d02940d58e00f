"""Declares the functions of templates: name, Go signature, and what each does.

The signature is declared once, so that the number and the types of arguments are checked in one place, with Go's rules:
`pipeline_evaluator` knows which arguments were written as constants.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider.golang import failures

TYPES: Final = frozenset(
    {
        "any",  # interface{}: anything; an absent key arrives as None
        "value",  # reflect.Value: as any, but an absent key arrives as values.MISSING
        "string",
        "int",
        "int64",
        "uint64",
        "float64",
        "bool",
        "[]string",
        "[]any",
        "map",  # map[string]interface{}
        "scratch",  # a value of ours with methods
    }
)


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        name: what templates call.
        params: the type of each parameter (`TYPES`); of a variadic function the last is that of each further argument.
        variadic: whether the last parameter takes any number of arguments, none included.
        call: takes the `state.State` and then the arguments. May raise `failures.Failed`, whose text never holds an
            argument's value. It returns new values; arguments are changed only where Go's function changes them.
    """

    name: str
    params: tuple[str, ...]
    variadic: bool
    call: Callable[..., Any]

    @property
    def is_denied(self) -> bool:
        """Whether it always fails when it is called."""
        return self.call is _refuse


class Table:
    """Collects the functions of one module, by a decorator.

    >>> TABLE = Table()
    >>> @TABLE.add("trimPrefix", "string", "string")
    ... def _trim_prefix(state, prefix, text):
    ...     return text.removeprefix(prefix)
    >>> TABLE.functions["trimPrefix"].params
    ('string', 'string')
    """

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def add(self, name: str, *params: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register the decorated function under `name`. A last parameter that ends in "..." is variadic."""

        def register(call: Callable[..., Any]) -> Callable[..., Any]:
            self.functions[name] = _made(name, params, call)
            return call

        return register

    def deny(self, names: Iterable[str]) -> None:
        """Register functions that fail when they are called; a template that names one is still parsed."""
        for name in names:
            self.functions[name] = _made(name, ("any...",), _refuse)


def _refuse(_rendering: object, *_arguments: object) -> None:
    raise failures.Failed("function is disabled")


def _made(name: str, params: tuple[str, ...], call: Callable[..., Any]) -> Function:
    variadic = bool(params) and params[-1].endswith("...")
    types = tuple(each.removesuffix("...") for each in params)
    unknown = [each for each in types if each not in TYPES]
    assert not unknown, f"{name}: no such types: {unknown}"  # noqa: S101 -- a mistake in our own table
    assert variadic or len(inspect.signature(call).parameters) == len(types) + 1, name  # noqa: S101
    return Function(name, types, variadic, call)


Functions = Mapping[str, Function]
