"""sprig's sequences: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("until", (0,), values.IntList([])),
    ("until", (3,), values.IntList([0, 1, 2])),
    ("until", (-3,), values.IntList([0, -1, -2])),
    ("untilStep", (0, 5, 2), values.IntList([0, 2, 4])),
    ("untilStep", (5, 0, -2), values.IntList([5, 3, 1])),
    ("untilStep", (0, 5, -1), values.IntList([])),
    ("untilStep", (5, 0, 1), values.IntList([])),
    ("untilStep", (0, 5, 0), values.IntList([])),
    ("untilStep", (3, 3, 1), values.IntList([])),
    ("untilStep", (3, 3, 0), values.IntList([])),
    ("seq", (), ""),
    ("seq", (5,), "1 2 3 4 5"),
    ("seq", (-3,), "1 0 -1 -2 -3"),
    ("seq", (1,), "1"),
    ("seq", (0,), "1 0"),
    ("seq", (2, 4), "2 3 4"),
    ("seq", (4, 2), "4 3 2"),
    ("seq", (2, 2), "2"),
    ("seq", (0, 2, 7), "0 2 4 6"),
    ("seq", (7, -2, 0), "7 5 3 1"),
    ("seq", (7, 2, 0), ""),
    ("seq", (0, -1, 7), ""),
    ("seq", (5, 1, 5), "5"),
    ("seq", (1, 2, 3, 4), ""),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


HOSTILE: list[tuple[str, tuple[Any, ...]]] = [
    ("until", (2**40,)),
    ("until", (-(2**63),)),
    ("untilStep", (-(2**63), 2**63 - 1, 1)),
    ("seq", (2**40,)),
    ("seq", (100_000,)),
    ("seq", (0, 1, 2**62)),
]


@pytest.mark.parametrize(("name", "args"), HOSTILE)
def test_pays_before_it_makes_anything(name: str, args: tuple[Any, ...]) -> None:
    """What would be larger than a string or list may be ends at once."""
    with pytest.raises(failures.Exceeded):
        calls.call(name, *args)
