"""The recipes of docs/templates.md: each template with its answers gives the file that the page shows."""

import re
from pathlib import Path

import pytest

from provider.cli import render

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
RECIPES = re.findall(r"```gotemplate\n(.*?)```\s+```json\n(.*?)```\s+```text\n(.*?)```", PAGE, re.DOTALL)


def test_every_template_of_the_page_is_a_recipe() -> None:
    """None stands there without answers and file."""
    assert len(RECIPES) == PAGE.count("```gotemplate")
    assert len(RECIPES) >= 8


@pytest.mark.parametrize(("template", "answers", "file"), RECIPES)
def test_a_recipe_gives_its_file(
    template: str, answers: str, file: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """To the byte, but for the line break at the end of the page's block."""
    (tmp_path / "template").write_text(template)
    (tmp_path / "answers.json").write_text(answers)
    code = render.run([str(tmp_path / "template"), "--data", str(tmp_path / "answers.json")], {})
    out, err = capfdbinary.readouterr()
    assert (code, err) == (0, b"")
    assert out.decode().rstrip("\n") == file.rstrip("\n")
