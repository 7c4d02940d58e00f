"""Regular expressions as Go 1.26's regexp takes them: expected values are what it gave."""

import subprocess
import sys
from typing import Any

import pytest

from provider.golang import failures, limits, regexp
from tests.doubles import clocks, template_state

MATCHES = [
    ("a.c", "xabcx", True),
    ("^b", "ab", False),
    ("(?i)ABC", "abc", True),
    ("\\d", "٣", False),
    ("^.$", "é", True),
    ("^.$", "\udcff", True),
    ("\\bé", "é", False),
    ("\\pL", "é", True),
    ("", "", True),
    ("\\\\C", "\\C", True),
    ("\\QC\\C", "C\\C", True),
]

REPLACED = [
    ("x*", "-", "abxd", "-a-b-d-"),
    ("a(b)?", "[$1]", "abac", "[b][]c"),
    ("(?P<n>b)", "<$n>", "abc", "a<b>c"),
    ("(?<y>\\d+)-(?<m>\\d+)", "$m/$y", "2024-01", "01/2024"),
    ("(b)", "$1x", "abc", "ac"),
    ("(b)", "${1}x", "abc", "abxc"),
    ("(b)", "$$1 $ ${ ${1 $-", "abc", "a$1 $ ${ ${1 $-c"),
    ("(b)", "$9$x$01", "abc", "ac"),
    ("^", "> ", "a\nb", "> a\nb"),
    ("(?m)^", "> ", "a\nb", "> a\n> b"),
    ("", "-", "é\udcffx", "-é-\udcff-x-"),
    (".", "<$0>", "é\udcff", "<é><\udcff>"),
    ("\\B", "-", "éa", "-éa"),
    ("\\b", "|", "ab cd", "|ab| |cd|"),
    ("b", "\udcff$é", "abc", "a\udcffc"),
    ("(a)|(b)", "1=$1 2=$2;", "ab", "1=a 2=;1= 2=b;"),
]

SPANS: list[tuple[str, bytes, int, list[Any]]] = [
    ("x*", b"abxd", -1, [[(0, 0)], [(1, 1)], [(2, 3)], [(4, 4)]]),
    ("a(b)?", b"abac", -1, [[(0, 2), (1, 2)], [(2, 3), (-1, -1)]]),
    ("a", b"aaa", 2, [[(0, 1)], [(1, 2)]]),
    ("a", b"aaa", 0, []),
    ("", "é".encode(), -1, [[(0, 0)], [(2, 2)]]),
    (".", b"a\xff\xc3\xa9", -1, [[(0, 1)], [(1, 2)], [(2, 4)]]),
    ("z", b"a", -1, []),
]

REFUSED = [
    "(",
    "a**",
    "[z-a]",
    "(?=a)",
    "\\1",
    "a{1001}",
    "\udcff",
    ")",
    "[",
    "*",
    "\\",
    "(?z)",
    "(?P<n",
    "\\8",
    "\\C",
    "\\QC\\E\\C",
]


@pytest.mark.parametrize(("pattern", "text", "matches"), MATCHES)
def test_it_matches_anywhere(pattern: str, text: str, matches: bool) -> None:
    """Perl's classes are ASCII; a byte that is no UTF-8 is a character."""
    assert regexp.compile(pattern).match_string(text, template_state.build().budget) is matches


@pytest.mark.parametrize(("pattern", "template", "text", "made"), REPLACED)
def test_it_replaces_as_go_does(pattern: str, template: str, text: str, made: str) -> None:
    """The longest name after a dollar sign counts; an empty match right after a match does not."""
    assert regexp.compile(pattern).replace_all_string(text, template, template_state.build().budget) == made


def test_a_literal_template_has_no_groups() -> None:
    """Dollar signs are text."""
    assert (
        regexp.compile("b").replace_all_string("abc", "$1$$", template_state.build().budget, literal=True) == "a$1$$c"
    )


@pytest.mark.parametrize(("pattern", "text", "most", "spans"), SPANS)
def test_it_finds_spans_in_bytes(pattern: str, text: bytes, most: int, spans: list[Any]) -> None:
    """A match and its groups; a group that took no part is (-1, -1)."""
    assert regexp.compile(pattern).find_all_submatch_index(text, most, template_state.build().budget) == spans


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_bad_pattern_fails_and_is_not_told(pattern: str) -> None:
    """The text says what kind of mistake it is, at most."""
    secret = "hunter2"
    with pytest.raises(failures.Failed) as caught:
        regexp.compile(f"{secret}|{pattern}")
    assert caught.value.message.startswith("the regular expression is not valid")
    assert secret not in caught.value.message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_kind_of_mistake_is_told() -> None:
    """As RE2 calls it."""
    with pytest.raises(failures.Failed, match=r"is not valid: missing \)\Z"):
        regexp.compile("(a")


def hostile(pattern: str, template: str, text: str) -> None:
    expression = regexp.compile(pattern)
    state = template_state.build(limits.Limits(seconds=1), thread_time=clocks.Ticking(0.05).thread_time)
    expression.replace_all_string(text, template, state.budget)


@pytest.mark.parametrize(
    ("pattern", "template", "text"),
    [
        ("(a|b)*a(a|b){500}c", "", "ab" * 500_000),  # as many states at once as the expression has
        ("a.*z|a", "b", "a" * 1_000_000),  # looks to the end of the text for each match
        ("", "b" * 10_000, "a" * 1000),
        ("(?s).*", "$0" * 1000, "a" * 100_000),
        ("a()", "$1" * 200_000, "a" * 10_000),
        ("a", "$" * 1_000_000, "a" * 1000),
    ],
)
def test_hostile_arguments_end_the_rendering(pattern: str, template: str, text: str) -> None:
    """Time, which is looked at every few hundred steps, and the size of the result are paid for."""
    with pytest.raises(failures.Exceeded):
        hostile(pattern, template, text)


def test_hostile_spans_end_the_rendering() -> None:
    """A match at each place, with a thousand groups each."""
    with pytest.raises(failures.Exceeded):
        regexp.compile("").find_all_submatch_index(
            b"a" * 200_000, -1, template_state.build(limits.Limits(steps=100_000)).budget
        )
    state = template_state.build(limits.Limits(seconds=1), thread_time=clocks.Ticking(0.05).thread_time)
    with pytest.raises(failures.Exceeded):
        regexp.compile("()" * 1000).find_all_submatch_index(b"a" * 5000, -1, state.budget)


def test_a_large_expression_is_refused() -> None:
    """An expression that does not fit into its memory, and one that nests too deeply."""
    for pattern in ("\\pL{1000}", "(" * 100_000 + ")" * 100_000, "a" * 1_000_000):
        with pytest.raises(failures.Failed, match="the regular expression is not valid"):
            regexp.compile(pattern)


def test_every_failure_of_the_library_is_one_of_ours() -> None:
    """RE2 has one class of errors, and it is turned into Failed."""
    import re2

    raised = {each for each in vars(re2).values() if isinstance(each, type) and issubclass(each, Exception)}
    assert raised == {re2.error}


def test_the_library_is_loaded_when_it_is_needed() -> None:
    """Importing the module does not import RE2."""
    code = "import sys; from provider.golang import regexp; sys.exit('re2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
