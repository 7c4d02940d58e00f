"""The README of the template engine shows how to call it, and what it shows is what happens."""

import doctest
from pathlib import Path

from provider import gotemplate

README = Path(gotemplate.__file__).with_name("README.md")


def test_its_examples_run_as_shown() -> None:
    """Calling it, a fault with its place, and a function that is added."""
    outcome = doctest.testfile(str(README), module_relative=False, encoding="utf-8")
    assert outcome.failed == 0
    assert outcome.attempted >= 15
