"""Findings: their texts, and places that follow a text into the texts around it."""

import pytest

from provider import findings
from provider.golang.yaml import compose

PARAMETER = findings.Subject("vaultAddress")
ENTRY = findings.Subject("objects", "pw", "secretPath")
IN_OBJECTS = findings.Place(line=3, column=5, inside="objects")
IN_FILE = findings.Place(line=3, column=5, inside="objects", outer=findings.Place("spc.yaml", 0, 14, 9))


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (findings.Finding(PARAMETER, findings.Place(), "x is wrong"), "x is wrong"),
        (findings.Finding(PARAMETER, findings.Place(), "x is wrong", "write y"), "x is wrong; write y"),
        (findings.Finding(ENTRY, findings.Place(), "x is wrong", "write y"), "pw: x is wrong; write y"),
        (
            findings.Finding(ENTRY, IN_OBJECTS, "x is wrong", "write y"),
            "pw: x is wrong; write y (objects line 3, column 5)",
        ),
        (
            findings.Finding(findings.Subject("objects"), IN_OBJECTS, "objects: not YAML", "indent with spaces"),
            "objects: not YAML (objects line 3, column 5); indent with spaces",
        ),
        (findings.Finding(ENTRY, IN_FILE, "x is wrong"), "pw: x is wrong (spc.yaml line 14, column 9)"),
        (findings.Finding(ENTRY, findings.Place("spc.yaml", line=2), "x is wrong"), "pw: x is wrong (spc.yaml line 2)"),
    ],
)
def test_a_finding_reads_as_one_text(finding: findings.Finding, text: str) -> None:
    """Name, what is wrong, what to write, and the outermost place that is known."""
    assert finding.text == text


def inner(outer: str) -> findings.Source:
    """The text of the first scalar value in a YAML mapping."""
    root = compose.parse(outer).root
    assert root is not None
    node = root.children[1]
    source = findings.Source(outer, "file.yaml")
    return findings.Source(node.text, inside="x", outer=source, line=node.line, column=node.column, style=node.style)


@pytest.mark.parametrize(
    ("outer", "place", "found"),
    [
        ("x: |\n  abc\n  def\n", (1, 1), (2, 3)),
        ("x: |\n  abc\n  def\n", (2, 3), (3, 5)),
        ("x: |  # a comment\n  abc\n  def\n", (2, 2), (3, 4)),
        ("x: |-\n\n  abc\n\n  def\n", (4, 1), (5, 3)),
        ("x: |-\n\n  abc\n\n  def\n", (3, 1), (4, 1)),
        ("x: |1\n   abc\n  def\n", (1, 3), (2, 4)),
        ("x: |\r\n  abc\r\n  def\r\n", (2, 3), (3, 5)),
        ("x: !!str |\n  abc\n  def\n", (2, 1), (3, 3)),
        ("x: |\n  abc\n  def\n", (2, 0), (3, 0)),
        ("x: |\n  abc\n", (2, 1), (2, 0)),
        ("x: |\n  abc\n", (7, 1), (2, 0)),
        ("x: >\n  abc\n  def\n", (1, 3), (1, 4)),
        ("x: >\n  x\n  x\n\n  x\n", (2, 1), (1, 4)),
        ("x: abc\n", (1, 3), (1, 6)),
        ("x: 'abc'\n", (1, 3), (1, 7)),
        ('x: "a\\nbc"\n', (1, 1), (1, 5)),
        ('x: "a\\nbc"\n', (2, 1), (1, 4)),
        ('x: "\\x41bc"\n', (1, 3), (1, 4)),
        ("x: 'it''s'\n", (1, 5), (1, 4)),
        ("x: ab\n  cd\n", (1, 1), (1, 4)),
        ("x: ab\n  cd\n", (1, 4), (1, 4)),
        ("x: !!str abc\n", (1, 2), (1, 4)),
        ("x: abc\n", (0, 0), (1, 4)),
    ],
)
def test_a_place_is_found_in_the_text_around_it(outer: str, place: tuple[int, int], found: tuple[int, int]) -> None:
    """To the column in literal blocks and first lines; else where the scalar starts, never somewhere else."""
    around = inner(outer).place(*place).outer
    assert around == findings.Place("file.yaml", 0, *found)


def test_a_place_goes_through_every_text_around_it() -> None:
    """A template in objects in a file."""
    objects = inner("objects: |\n  - template: |\n      a\n      {{ b }}\n")
    root = compose.parse(objects.text).root
    assert root is not None
    node = root.children[0].children[1]
    template = findings.Source(node.text, "", 0, "template", objects, node.line, node.column, node.style)
    place = template.place(2, 4)
    assert (place.inside, place.line, place.column) == ("template", 2, 4)
    assert place.outer is not None
    assert (place.outer.inside, place.outer.line, place.outer.column) == ("x", 3, 8)
    assert place.outermost == findings.Place("file.yaml", 0, 4, 10)


def test_a_place_that_ends_in_a_parameter_is_located_in_its_manifest() -> None:
    """A parameter that is missing is missing where the parameters are; a place in a file stays what it is."""
    file = findings.Source("parameters:\n  objects: |\n    abc\n", "spc.yaml", 1)
    sources = {
        "": findings.Source("", outer=file, line=2, column=3),
        "objects": findings.Source("abc\n", inside="objects", outer=file, line=2, column=12, style="|"),
    }
    assert findings.Place(line=1, column=2, inside="objects").located(sources).outermost.line == 3
    assert findings.Place(inside="objects").located(sources).text == "spc.yaml line 2, column 12"
    assert findings.Place(inside="roleName").located(sources).text == "spc.yaml line 2, column 3"
    assert findings.Place("other.yaml", line=7).located(sources).text == "other.yaml line 7"
    assert findings.Place(line=1, column=2, inside="objects").located({}).text == "objects line 1, column 2"


def test_errors_come_before_warnings() -> None:
    """What stops the mount is read first."""
    report = findings.Report()
    report.warn(PARAMETER, "doubtful")
    report.error(PARAMETER, "wrong")
    assert [(each.severity, each.place.inside) for each in report.found] == [
        (findings.Severity.ERROR, "vaultAddress"),
        (findings.Severity.WARNING, "vaultAddress"),
    ]


def test_a_text_whose_places_are_named_is_not_printed() -> None:
    """It may hold arguments, which may be passwords."""
    assert "hunter2" not in repr(findings.Source("password: hunter2", "spc.yaml"))
