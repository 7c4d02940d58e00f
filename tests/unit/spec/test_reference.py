"""The reference page is what the tables say."""

from pathlib import Path

from provider.spec import objects, parameters, reference

PAGE = Path(__file__).parents[3] / "docs" / "parameters.md"


def test_the_page_in_docs_is_current() -> None:
    """A parameter that is added without `make docs` fails here."""
    assert PAGE.read_text() == reference.page()


def test_the_page_names_every_parameter_and_field() -> None:
    """In both dialects."""
    text = reference.page()
    names = [name for row in parameters.TABLE for dialect in parameters.DIALECTS for name in row.names(dialect)]
    for name in [*names, *objects.FIELDS]:
        assert f"`{name}`" in text
