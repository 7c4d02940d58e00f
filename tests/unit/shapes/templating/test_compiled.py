"""Templates are compiled once, and what is not a valid one is a fault with a place."""

import subprocess
import sys

import pytest

from provider import model
from provider.gotemplate import faults
from provider.shapes.templating import compiled
from tests.doubles import clocks


@pytest.mark.parametrize(
    ("template", "place", "message"),
    [
        (model.Template("fine\n  {{ nope }}"), ("", 2, 6, "  {{ nope }}"), 'function "nope" not defined'),
        (
            model.Template("fine", fragments=(("url", "a\n\n{{ .x | | }}"),)),
            ("url", 3, 9, "{{ .x | | }}"),
            'unexpected "|" in command',
        ),
        (model.Template("<< if >>", left="<<", right=">>"), ("", 1, 7, "<< if >>"), "missing value for if"),
        (model.Template("{{ if true }}\n"), ("", 2, 0, ""), "unexpected EOF; the {{if}} of line 1 has no {{end}}"),
    ],
)
def test_a_fault_has_its_place_as_attributes(
    template: model.Template, place: tuple[str, int, int, str], message: str
) -> None:
    """Nobody has to parse a text for the fragment, the line, the column and the line of source."""
    with pytest.raises(faults.ParseFault) as caught:
        compiled.compile_template(template)
    found = caught.value
    assert (found.template, found.line, found.column, found.source_line) == place
    assert found.message == message


def test_a_template_is_compiled_once() -> None:
    """An equal template of another mount gets the same program; other delimiters make another one."""
    templates = compiled.CompiledTemplates(clocks.TestClock())
    first = templates.get(model.Template("{{ .x }}"))
    assert model.Template("{{ .x }}") in templates
    assert templates.get(model.Template("{{ .x }}")) is first
    assert model.Template("{{ .x }}", left="<<", right=">>") not in templates


def test_a_template_that_is_large_is_not_kept() -> None:
    """A few of them would take more memory than all others together."""
    templates = compiled.CompiledTemplates(clocks.TestClock())
    large = model.Template("x" * (compiled.LARGEST_KEPT + 1))
    many = model.Template("x", fragments=(("a", "x" * compiled.LARGEST_KEPT),))
    for template in (large, many):
        templates.get(template)
        assert template not in templates


def test_the_engine_is_imported_with_the_first_template() -> None:
    """The daemon of a node without templates does not pay for it."""
    code = (
        "import sys; from provider import app; "
        "engine = {'provider.gotemplate.parse', 'provider.gotemplate.execute', 're2'}; "
        "sys.exit(bool(engine & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
