"""Walks nested values without Python's stack, and collects text within a budget. Shared by encoders and decoders."""

from collections.abc import Generator
from typing import Any

from provider.golang import failures, limits, values

Work = Generator["Work", Any, Any]
"""Work on one level: yields the work for a level inside it, and is sent the result of that."""


def run(work: Work | None, budget: limits.Budget) -> values.Value:
    """Do work and everything inside it, and return its result. None is work that was done already.

    Raises:
        failures.Exceeded: there are more levels than `Limits.depth`, as in a value that contains itself.
        failures.Failed: as the work does.
    """
    stack = [] if work is None else [work]
    result = None
    while stack:
        try:
            inner = stack[-1].send(result)
        except StopIteration as done:
            stack.pop()
            result = done.value
            continue
        check(len(stack) + 1, budget)
        stack.append(inner)
        result = None
    return result


def check(depth: int, budget: limits.Budget) -> None:
    """Check that a value may have this many levels.

    Raises:
        failures.Exceeded: there are too many.
    """
    if depth > budget.limits.depth:
        raise failures.Exceeded(f"a value is nested deeper than {budget.limits.depth} levels")


def fields(value: values.Struct, form: str) -> list[tuple[str, values.Value]]:
    """Return the fields of a struct, for writing them as JSON or the like.

    Raises:
        failures.Failed: it is written as text: Go writes a time or a version in a form of its own.
    """
    if value.string is not None:
        raise failures.Failed(f"{value.type_name} cannot be written as {form} here; print makes a string of it")
    return list(value.fields.items())


class Output:
    """Collects text piece by piece, within a budget: each piece is a step or more, the whole is one string."""

    def __init__(self, budget: limits.Budget) -> None:
        self.budget = budget
        self._pieces: list[str] = []
        self._size = 0

    def write(self, piece: str) -> None:
        """Add a piece.

        Raises:
            failures.Exceeded: that is too much.
        """
        size = values.size(piece)
        self._size += size
        if self._size > self.budget.limits.string:
            self.budget.allocate(self._size)
        self.budget.step(1 + size // 100)
        self._pieces.append(piece)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written yet."""
        return not self._size

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._pieces)
