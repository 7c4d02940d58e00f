"""A fault of a template has its place as attributes, and the line of the source that it is about."""

import pytest

from provider.gotemplate import faults, sources
from provider.gotemplate.execute import executor
from provider.gotemplate.parse import parser
from tests.doubles import rendering, template_state

Place = tuple[str, int, int, str]


def place(found: faults.Fault) -> Place:
    return found.template, found.line, found.column, found.source_line


@pytest.mark.parametrize(
    ("source", "fragments", "expected"),
    [
        ("fine\n  {{ nope }}\nfine", {}, ("", 2, 6, "  {{ nope }}")),
        ("fine\r\n{{ nope }}\r\n", {}, ("", 2, 4, "{{ nope }}")),
        ("{{ if }}", {}, ("", 1, 7, "{{ if }}")),
        ("fine", {"part": "a\n{{ define `x` }}\n{{ nope }}{{ end }}"}, ("part", 3, 4, "{{ nope }}{{ end }}")),
        ("{{ if true }}\n", {}, ("", 2, 0, "")),
    ],
)
def test_a_parse_fault_has_a_place_and_its_line(source: str, fragments: dict[str, str], expected: Place) -> None:
    """Of the fragment, where it is in one; the column is 0 where only the line is known."""
    with pytest.raises(faults.ParseFault) as caught:
        parser.parse("", source, known=rendering.KNOWN, fragments=fragments)
    assert place(caught.value) == expected


@pytest.mark.parametrize(
    ("source", "fragments", "expected"),
    [
        ("fine\n  {{ fail }}", {}, ("", 2, 6, "  {{ fail }}")),
        ("{{ define `x` }}\n{{ fail }}{{ end }}\n{{ template `x` }}", {}, ("", 2, 4, "{{ fail }}{{ end }}")),
        ("{{ template `part` }}", {"part": "a\nb {{ .s.x }}"}, ("part", 2, 8, "b {{ .s.x }}")),
    ],
)
def test_an_exec_fault_has_a_place_and_its_line(source: str, fragments: dict[str, str], expected: Place) -> None:
    """Of the source in which the node is written, however it was called."""
    program = parser.parse("", source, known=rendering.KNOWN, fragments=fragments)
    with pytest.raises(faults.ExecFault) as caught:
        executor.execute(program, rendering.DATA, template_state.build(), rendering.TABLE.functions)
    assert place(caught.value) == expected


def test_a_line_that_is_not_there_is_empty() -> None:
    """Lines count from one, and end at a line feed only, as Go counts them."""
    source = sources.Source("", "a\nb\vc\r\nd")
    assert [source.line(number) for number in range(6)] == ["", "a", "b\vc", "d", "", ""]


def test_the_repr_of_a_source_leaves_the_text_out() -> None:
    """It may be long, and a template may hold what nobody should read in a log."""
    assert repr(sources.Source("part", "canary")) == "Source(name='part')"
