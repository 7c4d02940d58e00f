"""What `make coverage` compares with its floors."""

from typing import Any

import pytest

from tests import coverage_floors


def _summary(statements: int, branches: int, covered: int) -> dict[str, Any]:
    counts = {"num_statements": statements, "num_branches": branches, "covered_lines": covered, "covered_branches": 0}
    return {"summary": counts}


def test_a_package_is_all_of_its_modules() -> None:
    """Statements and branches count together; modules elsewhere do not."""
    files = {
        "provider/spec/check.py": _summary(60, 20, 80),
        "provider/spec/deep/objects.py": _summary(10, 10, 0),
        "provider/spectrum.py": _summary(1000, 0, 0),
    }
    assert coverage_floors.percentages(files, ["provider/spec/"]) == {"provider/spec/": 80.0}


def test_a_row_whose_module_is_gone_is_an_error() -> None:
    """A floor is not lost when a module is renamed."""
    with pytest.raises(LookupError, match="provider/spec/: has it been renamed"):
        coverage_floors.percentages({"provider/check.py": _summary(1, 0, 1)}, coverage_floors.FLOORS)
