"""sprig's sequences of integers, each paid for before it is made."""

from collections.abc import Sequence
from typing import Final

from provider.golang import limits, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import numbers

TABLE: Final = function.Table()

_LONGEST: Final = 20
"""Characters that an int64 and the space behind it take."""


def _steps(start: int, stop: int, step: int, budget: limits.Budget) -> Sequence[int]:
    """From `start` up to but not including `stop`; nothing if the step leads away from it."""
    if (step >= 0) if stop < start else (step <= 0):
        return ()
    steps = range(start, stop, step)
    budget.allocate((stop - start) // step)  # the range's length may be more than Python's len takes
    budget.step(len(steps) // 10)
    return steps


def _text(start: int, stop: int, step: int, budget: limits.Budget) -> str:
    steps = _steps(start, int(numbers.wrapped(stop)), step, budget)
    budget.allocate(len(steps) * _LONGEST)
    return " ".join(map(str, steps))


@TABLE.add("until", "int")
def _until(rendering: state.State, count: int) -> values.IntList:
    return values.IntList(_steps(0, count, -1 if count < 0 else 1, rendering.budget))


@TABLE.add("untilStep", "int", "int", "int")
def _until_step(rendering: state.State, start: int, stop: int, step: int) -> values.IntList:
    return values.IntList(_steps(start, stop, step, rendering.budget))


@TABLE.add("seq", "int...")
def _seq(rendering: state.State, *given: int) -> str:
    if len(given) == 1:
        start, end = 1, given[0]
    elif len(given) in {2, 3}:
        start, end = given[0], given[-1]
    else:
        return ""
    onwards = -1 if end < start else 1
    if len(given) == 3:
        step = given[1]
        return "" if onwards < 0 < step else _text(start, end + onwards, step, rendering.budget)
    return _text(start, end + onwards, onwards, rendering.budget)
