"""Every template of the corpus comes out as with real Go and consul-template."""

from pathlib import Path
from typing import Final

import pytest

from tests.corpus import cases, deviations

_FOLDER: Final = Path(__file__).parent
CASES: Final = [
    case for name in ("go_templates", "go_templates_more") for case in cases.read(_FOLDER / f"{name}.jsonl")
]
_BINDING: Final = {"vault", "denied", "realistic", "whitespace", "fields", "range", "if-with", "errors"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_comes_out_as_with_go(case: cases.Case) -> None:
    """A case gives Go's output or fails where Go fails; a known deviation does not."""
    different = cases.difference(case, cases.run(case))
    if case.name in deviations.DEVIATIONS:
        assert different, "it no longer deviates: take it off the list"
    else:
        assert not different, different


def test_names_are_unique() -> None:
    """A case is found by its name."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def test_deviations_are_few_and_known() -> None:
    """What deviates is a case, and of no category that users rely on."""
    categories = {case.name: case.category for case in CASES}
    assert deviations.DEVIATIONS.keys() <= categories.keys()
    assert not {categories[name] for name in deviations.DEVIATIONS} & _BINDING
    assert len(deviations.DEVIATIONS) <= 8
