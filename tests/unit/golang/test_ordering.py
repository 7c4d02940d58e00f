"""The order of a map's keys: strings by bytes, numbers by size, as Go's range visits them."""

from typing import Any

import pytest

from provider.golang import failures, limits, ordering, values
from tests.doubles import template_state


@pytest.mark.parametrize(
    ("mapping", "keys"),
    [
        ({"b": 1, "a": 1, "B": 1, "é": 1, "z": 1}, ["B", "a", "b", "z", "é"]),
        ({"\U0001f600": 1, "\udcff": 1, "\uffee": 1}, ["\uffee", "\U0001f600", "\udcff"]),
        (values.IntMap({10: "", 9: "", -1: ""}), [-1, 9, 10]),
        (values.AnyMap({"b": 1, 2: 1, None: 1, "a": 1, 1: 1, 1.5: 1, False: 1}), [None, "a", "b", 1, 2, 1.5, False]),
        ({}, []),
    ],
)
def test_keys_are_in_order(mapping: dict[Any, Any], keys: list[Any]) -> None:
    """Keys of one type are in Go's order; of several types they are grouped by type, as in a binary of Go."""
    assert ordering.sorted_keys(mapping, template_state.build().budget) == keys


def test_sorting_is_paid_for() -> None:
    """A large map cannot be sorted again and again for nothing."""
    budget = template_state.build(limits.Limits(steps=100)).budget
    with pytest.raises(failures.Exceeded):
        ordering.sorted_keys({str(number): number for number in range(10_000)}, budget)
