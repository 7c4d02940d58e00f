from typing import Any

import pytest

from provider.golang import failures, gojson, values
from provider.gotemplate.functions.consul_template import strings
from tests.doubles import cost, template_state


def call(name: str, *arguments: Any) -> Any:
    return strings.TABLE.functions[name].call(template_state.build(), *arguments)


# Function, arguments, what Go makes of them.
TEXTS: list[tuple[str, tuple[Any, ...], Any]] = [
    ("split", (",", "a,b,,c"), ["a", "b", "", "c"]),
    ("split", (",", " a , b "), ["a ", " b"]),
    ("split", (",", ""), []),
    ("split", (",", " \u0085\u00a0"), []),
    ("split", (",", "\x1ca\x1f"), ["\x1ca\x1f"]),
    ("split", ("", "aé\udcffb"), ["a", "é", "\udcff", "b"]),
    ("split", ("\udcc3", "é"), ["", "\udca9"]),
    ("splitToMap", (",", "=", "a=1,b,c=2=3,a=4,=5"), {"a": "4", "c": "2=3", "": "5"}),
    ("splitToMap", ("", "=", "a=1"), {"": ""}),
    ("splitToMap", (",", "", "ab,c"), {"": "c"}),
    ("splitToMap", (",", "=", " "), {}),
    ("join", ("-", values.StringList(["a", "b"])), "a-b"),
    ("join", ("-", ["a", gojson.Number("1.0")]), "a-1.0"),
    ("join", ("-", None), ""),
    ("join", ("-", []), ""),
    ("join", ("", ["\udcc3", "\udca9"]), "é"),
    ("trim", ("xy", "xyaxbyx"), "axb"),
    ("trim", ("", " a "), " a "),
    ("trim", ("éa", "aébéa"), "b"),
    ("trim", ("a", "aaa"), ""),
    ("trim", ("\udcff", "\udcfea\udcff"), "a"),
    ("trim", ("\ufffd", "\udcfea"), "a"),
    ("trimPrefix", ("a", "aab"), "ab"),
    ("trimPrefix", ("\udcc3", "é"), "\udca9"),
    ("trimSuffix", ("b", "abb"), "ab"),
    ("trimSuffix", ("", "é"), "é"),
    ("trimSpace", (" \t\u00a0a b\n",), "a b"),
    ("trimSpace", ("\x1ca\x1f",), "\x1ca\x1f"),
    ("replaceAll", ("a", "b", "banana"), "bbnbnb"),
    ("replaceAll", ("", "-", "aéb\udcff"), "-a-é-b-\udcff-"),
    ("replaceAll", ("", "-", ""), "-"),
    ("replaceAll", ("\udcc3", "x", "é"), "x\udca9"),
    ("indent", (2, "a\n\n b\n"), "  a\n\n   b\n"),
    ("indent", (2, "a\r\n"), "  a\r\n"),
    ("indent", (0, "a\nb"), "a\nb"),
    ("indent", (2**62, "\n\n"), "\n\n"),
    ("toUpper", ("aé",), "AÉ"),
    ("toLower", ("AÉ",), "aé"),
    ("toTitle", ("foo-bar it's 3rd",), "Foo-Bar It's 3Rd"),
]


@pytest.mark.parametrize(("name", "arguments", "made"), TEXTS)
def test_text_becomes_what_go_makes_of_it(name: str, arguments: tuple[Any, ...], made: Any) -> None:
    """Cutting, joining and replacing work on bytes; white space is Go's."""
    assert call(name, *arguments) == made


@pytest.mark.parametrize(("name", "made"), [("split", values.StringList), ("splitToMap", values.StringMap)])
def test_what_is_cut_has_its_go_type(name: str, made: type) -> None:
    """A []string and a map[string]string, also of nothing."""
    arguments = (",", "=", "")[-len(strings.TABLE.functions[name].params) :]
    assert type(call(name, *arguments)) is made


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("join", (",", "hunter2"), "a list of strings is wanted, not string"),
        ("join", (",", ["hunter2", 5.5]), "element 1 is float64, not string"),
        ("join", (",", ["hunter2", None]), "element 1 is <nil>, not string"),
        ("indent", (-1, "hunter2"), "the number of spaces is negative"),
    ],
)
def test_what_cannot_be_done_is_told_without_a_value(name: str, arguments: tuple[Any, ...], message: str) -> None:
    """The text names the place and the type."""
    with pytest.raises(failures.Failed) as caught:
        call(name, *arguments)
    assert caught.value.message == message


LARGE = "x" * 10_000


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("indent", (2**62, "a")),
        ("indent", (1000, "a\n" * 2000)),
        ("replaceAll", ("x", LARGE, LARGE)),
        ("replaceAll", ("", LARGE, LARGE)),
        ("join", (LARGE, ["a"] * 1000)),
        ("join", ("", [LARGE] * 1000)),
        ("split", ("", "x" * 3_000_000)),
    ],
)
def test_text_that_would_be_too_large_is_not_made(name: str, arguments: tuple[Any, ...]) -> None:
    """The size is asked for before anything is made, and ends the rendering at once."""

    def refused() -> None:
        with pytest.raises(failures.Exceeded):
            call(name, *arguments)

    assert cost.peak(refused) < 4 * 1024 * 1024, "the arguments may be copied, and no more"


def test_a_long_cutset_takes_no_time() -> None:
    """Each character is looked for once."""

    def made(size: int) -> tuple[str, str]:
        return "".join(map(chr, range(0x3400, 0x3400 + size // 10))) + "z", "z" * size

    assert call("trim", *made(200_000)) == ""
    assert cost.is_in_proportion(lambda arguments: call("trim", *arguments), made, 200_000)
