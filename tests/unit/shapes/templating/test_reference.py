"""The page of functions."""

from pathlib import Path

from provider.gotemplate import reference
from provider.shapes.templating import function_table

PAGE = Path(__file__).parents[4] / "docs" / "functions.md"


def test_the_page_in_docs_is_current() -> None:
    """`make docs` writes it."""
    assert PAGE.read_text() == reference.page(function_table.FUNCTIONS)


def test_every_function_is_on_it() -> None:
    """What can be called as well as what is refused."""
    page = reference.page(function_table.FUNCTIONS)
    assert [name for name in function_table.FUNCTIONS if f"`{name}`" not in page and f"- `{name} " not in page] == []
