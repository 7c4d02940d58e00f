"""Reads JSON as values of templates, the way Go's encoding/json does into `any`: numbers are floats."""

import json
import math
import re
from typing import Final, NoReturn

from provider.golang import failures, limits, recursion, values

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKETS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+["\\]?|[][{}]', re.DOTALL)


def unmarshal(text: str, budget: limits.Budget) -> values.Value:
    """Return the value of one JSON document; numbers are floats, bytes that are not UTF-8 become U+FFFD.

    Raises:
        failures.Failed: it is not one document, or has a number beyond a float. The text does not quote it.
        failures.Exceeded: it is too large or too deep.
    """
    source = _SURROGATE.sub("\ufffd", text)
    budget.step(1 + len(source) // 50 + sum(map(source.count, ",[{")))
    _check_depth(source, budget)
    try:
        value = json.loads(source, parse_int=_parse_float, parse_float=_parse_float, parse_constant=_refuse_constant)
    except RecursionError:
        raise failures.Exceeded("a JSON document is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise failures.Failed(f"not a JSON document, at position {error.pos}") from None
    return recursion.run(_mended(value), budget) if _SURROGATE_ESCAPE.search(source) else value


def _check_depth(source: str, budget: limits.Budget) -> None:
    """Refuse depth before the parser meets it, since the parser recurses."""
    if sum(map(source.count, "[{")) <= budget.limits.depth:
        return
    depth = 0
    for match in _BRACKETS.finditer(source):
        bracket = source[match.start()]
        if bracket in "[{":
            depth += 1
            recursion.check(depth, budget)
        elif bracket in "]}":
            depth -= 1


def _parse_float(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise failures.Failed("a number of a JSON document is beyond a float64")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise failures.Failed("not a JSON document: it has an infinity or NaN")


def _without_surrogates(value: values.Value) -> values.Value:
    """Return a string with U+FFFD for half surrogate pairs (escaped in the document), and any other value as it is."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _mended(value: values.Value) -> recursion.Work:
    if isinstance(value, dict):
        members = {}
        for key, item in value.items():
            is_nested = isinstance(item, dict | list)
            members[_without_surrogates(key)] = (yield _mended(item)) if is_nested else _without_surrogates(item)
        return members
    if isinstance(value, list):
        items = []
        for item in value:
            is_nested = isinstance(item, dict | list)
            items.append((yield _mended(item)) if is_nested else _without_surrogates(item))
        return items
    return _without_surrogates(value)
