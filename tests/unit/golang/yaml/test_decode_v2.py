"""YAML as yaml.v2 reads it into `any`: expected values are what v2.4.0 gave for the same text."""

import subprocess
import sys
from typing import Any

import pytest

from provider.golang import failures, values
from provider.golang.yaml import decode_v2, encode
from tests.doubles import template_state

READ: list[tuple[str, Any]] = [
    ("", None),
    ("# c", None),
    ("~", None),
    ("a", "a"),
    ("1", 1),
    ("'1'", "1"),
    ("! 12", "12"),
    ("! ''", ""),
    ("!!int '5'", 5),
    ("!!str 1", "1"),
    ("!foo 1", "1"),
    ("!<!!int> 5", "5"),
    ("!!binary aGk=", "hi"),
    ("!!binary |\n  /w\n  ==\n", "\udcff"),
    ("2024-01-02", "2024-01-02"),
    ("a: {b: 1}", {"a": {"b": 1}}),
    ("{1: a, ~: c, 1.5: d}", {1: "a", None: "c", 1.5: "d"}),
    ("{yes: a, y: b}", {True: "b"}),
    ("|\n a\n b\n", "a\nb\n"),
    (">\n a\n b\n", "a b\n"),
    ("- a\n-\n- - b", ["a", None, ["b"]]),
    # The last of two keys counts.
    ("a: 1\na: 2", {"a": 2}),
    # A merge overrides what is before it, and is overridden by what is after it.
    ("{<<: {a: 1, b: 2}, b: 3}", {"a": 1, "b": 3}),
    ("{b: 3, <<: {a: 1, b: 2}}", {"a": 1, "b": 2}),
    ("<<: [{a: 1}, {a: 2, b: 3}]", {"a": 1, "b": 3}),
    ("'<<': {a: 1}", {"<<": {"a": 1}}),
    ("<<", "<<"),
    ("p: &x {a: [1]}\nq: *x\nz: {<<: *x, b: 2}", {"p": {"a": [1]}, "q": {"a": [1]}, "z": {"a": [1], "b": 2}}),
    ("- &x 1\n- &x 2\n- *x", [1, 2, 2]),
    ("&x a: *x", {"a": "a"}),
    # Only the first document is read.
    ("--- a\n--- b", "a"),
    ("a\n---\n[", "a"),
    ("%YAML 1.1\n--- a", "a"),
]

REFUSED = [
    *(
        "a: [",
        "*x",
        "{<<: 1}",
        "{<<: [1]}",
        "{<<: *x}",
        "{[a]: 1}",
        "{{a: 1}: 1}",
        "? - a\n: b",
        "!!int x",
        "!!binary %",
    ),
    *("!!binary a", "!!null x", "%YAML 1.2\n---\na", "a: b: c", "\ta: 1", "a\0", "\udcff", "@a", "`a", "'a", "{a", "*"),
    *("&x [*x]", "&x {b: *x}", "&x {<<: *x}", "a: 1\n b: 2", "- &a {}\n- &b [x]\n- <<: [*a, *b]"),
]


def read(text: str) -> Any:
    return decode_v2.unmarshal(text, template_state.build().budget)


@pytest.mark.parametrize(("text", "value"), READ)
def test_it_reads_what_go_reads(text: str, value: object) -> None:
    """Types by YAML 1.1, aliases written out, merges in their order."""
    found = read(text)
    assert found == value
    assert isinstance(found, type(value))


def test_maps_are_those_of_any_keys() -> None:
    """JSON has no form for them, as in Go."""
    assert type(read("a: {b: 1}")["a"]) is values.AnyMap


def test_each_alias_is_a_value_of_its_own() -> None:
    """What is changed at one place stays the same at the other."""
    found = read("[&x {a: 1}, *x]")
    assert found[0] == found[1]
    assert found[0] is not found[1]


@pytest.mark.parametrize("text", REFUSED)
def test_what_go_refuses_fails(text: str) -> None:
    """No YAML, aliases of nothing or of themselves, keys that are no scalars, tags that do not fit."""
    with pytest.raises(failures.Failed) as caught:
        read(text)
    assert not isinstance(caught.value, failures.Exceeded)


@pytest.mark.parametrize(
    "text", ["- a\n- hunter2: [\n", "*hunter2", "!!int hunter2", "!!binary hunter2%", "a\n hunter2: b"]
)
def test_failures_do_not_tell_the_text(text: str) -> None:
    """They name lines and types."""
    with pytest.raises(failures.Failed) as caught:
        read(text)
    assert "hunter2" not in caught.value.message
    assert caught.value.__cause__ is None


def test_the_line_is_told() -> None:
    """Where the scanner gave up."""
    with pytest.raises(failures.Failed, match=r"\Anot YAML, in line 3\Z"):
        read("a: 1\nb: 2\n@c: 3\n")


@pytest.mark.parametrize("text", ["{1: a, yes: b}", "{1.0: a, 1: b}", "{0: a, off: b}"])
def test_keys_that_python_takes_for_one_are_refused(text: str) -> None:
    """Go keeps them apart; to keep one of them in silence would lose a value."""
    with pytest.raises(failures.Failed, match="one number in different types"):
        read(text)


def bomb(element: str, link: str, width: int, height: int = 40) -> str:
    lines = [f"a0: &a0 {element}"]
    lines.extend(f"a{level}: &a{level} {link % ', '.join([f'*a{level - 1}'] * width)}" for level in range(1, height))
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb("x", "[%s]", 10),
        bomb("{x: 1}", "{<<: [%s]}", 10),
        "p: [" + "1, " * 9000 + "1]\n" + bomb("x", "[%s]", 2),
        f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 10_000}]",
    ],
    ids=["lists", "merges", "diluted", "long text"],
)
def test_aliases_of_aliases_end_the_rendering(text: str) -> None:
    """By Go's own guard, or because they cost too much."""
    with pytest.raises(failures.Failed):
        read(text)


@pytest.mark.parametrize(
    "text", ["[" * 500_000, '{"a":' * 100_000, "- " * 100_000, "? " * 100_000, "[" * 101 + "]" * 101]
)
def test_depth_is_bounded(text: str) -> None:
    """A hundred levels, and no more."""
    with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
        read(text)


def test_a_hundred_levels_are_read() -> None:
    """And written again."""
    text = "[" * 100 + "1" + "]" * 100
    budget = template_state.build().budget
    assert read(encode.marshal(read(text), budget)) == read(text)


def test_depth_through_aliases_is_bounded() -> None:
    """Levels count where they are used."""
    with pytest.raises(failures.Exceeded, match="deeper than 100 levels"):
        read(bomb("x", "[%s]", 1, 200))


def test_directives_are_bounded() -> None:
    """Each is compared with all others."""
    with pytest.raises(failures.Failed, match="%TAG"):
        read("".join(f"%TAG !a{number}! x\n" for number in range(30_000)) + "--- a")


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Importing the module does not import PyYAML."""
    code = "import sys; from provider.golang.yaml import decode_v2; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
