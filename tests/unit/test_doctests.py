"""The examples in docstrings: each shows what comes out."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8").count(">>> ")
    for path in sorted((ROOT / "provider").rglob("*.py"))
}
WITH_EXAMPLES = [name for name, count in EXAMPLES.items() if count]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_come_out_as_shown(name: str) -> None:
    """Each one of a module is found, and gives what is written below it; modules without examples are not imported."""
    report: list[str] = []
    runner = doctest.DocTestRunner()
    for examples in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(examples, out=report.append)
    assert not report, "".join(report)
    assert runner.summarize(verbose=False).attempted == EXAMPLES[name]


def test_there_are_examples() -> None:
    """They are found where they are."""
    assert len(WITH_EXAMPLES) >= 20
