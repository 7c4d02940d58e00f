"""The fragments in changes/ are ones that towncrier takes."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TYPES = [
    each["directory"] for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]["type"]
]
FRAGMENTS = sorted(path for path in (ROOT / "changes").iterdir() if path.name != "README.md")


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_a_fragment_has_a_name_and_a_text(path: Path) -> None:
    """`+what.type.md`, with whole sentences that stand alone once they are in CHANGELOG.md."""
    assert re.fullmatch(rf"\+[a-z0-9-]+\.({'|'.join(TYPES)})\.md", path.name), "see changes/README.md"
    text = path.read_text()
    assert re.match(r"[A-Z`]", text), "its type stands in its name"
    assert text.endswith(".\n")
    assert "](" not in text, "a link would lead nowhere from CHANGELOG.md"


def test_the_types_are_those_that_the_page_names() -> None:
    """changes/README.md and pyproject.toml say the same."""
    page = " ".join((ROOT / "changes" / "README.md").read_text().split())
    *others, last = (f"`{each}`" for each in TYPES)
    assert f"the types are {', '.join(others)} and {last}." in page
