"""The page of functions."""

from pathlib import Path

from provider.render.gotemplate import reference
from provider.render.gotemplate.funcs import table

PAGE = Path(__file__).parents[4] / "docs" / "functions.md"


def test_the_page_in_docs_is_current() -> None:
    """`make docs` writes it."""
    assert PAGE.read_text() == reference.page()


def test_every_function_is_on_it() -> None:
    """What can be called as well as what is refused."""
    page = reference.page()
    assert [name for name in table.FUNCTIONS if f"`{name}`" not in page and f"- `{name} " not in page] == []
