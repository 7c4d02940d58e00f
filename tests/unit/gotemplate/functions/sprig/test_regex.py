"""sprig's regular expressions: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("regexMatch", ("^[a-z]+$", "abc"), True),
    ("regexMatch", ("b", "abc"), True),
    ("regexMatch", ("(", "x"), False),
    ("mustRegexMatch", ("^a", "abc"), True),
    ("regexFind", ("[0-9]+", "a12b34"), "12"),
    ("regexFind", ("z", "a"), ""),
    ("mustRegexFind", ("b.", "abc"), "bc"),
    ("regexFindAll", ("[0-9]", "1a2b3", 2), values.StringList(["1", "2"])),
    ("regexFindAll", ("[0-9]", "1a2b3", -1), values.StringList(["1", "2", "3"])),
    ("regexFindAll", ("[0-9]", "1", 0), values.StringList([])),
    ("regexFindAll", ("z", "a", -1), values.StringList([])),
    ("regexFindAll", ("a*", "baac", -1), values.StringList(["", "aa", ""])),
    ("regexFindAll", ("é", "\xe9\udcff\xe9", -1), values.StringList(["é", "é"])),
    ("regexReplaceAll", ("a(x*)b", "-ab-axxb-", "${1}W"), "-W-xxW-"),
    ("regexReplaceAll", ("a", "banana", "$$"), "b$n$n$"),
    ("mustRegexReplaceAll", ("(?P<x>a)", "banana", "<$x>"), "b<a>n<a>n<a>"),
    ("regexReplaceAllLiteral", ("a(x*)b", "-ab-axxb-", "${1}"), "-${1}-${1}-"),
    ("mustRegexReplaceAllLiteral", ("a", "banana", "$0"), "b$0n$0n$0"),
    ("regexQuoteMeta", ("a.b*[c]{1}^$|\\()?+-é",), "a\\.b\\*\\[c\\]\\{1\\}\\^\\$\\|\\\\\\(\\)\\?\\+-é"),
    ("regexQuoteMeta", ("",), ""),
    ("regexSplit", (",\\s*", "a, b,c", -1), values.StringList(["a", "b", "c"])),
    ("regexSplit", ("z+", "pizza", -1), values.StringList(["pi", "a"])),
    ("regexSplit", ("a", "banana", 2), values.StringList(["b", "nana"])),
    ("regexSplit", ("a", "banana", 1), values.StringList(["banana"])),
    ("regexSplit", ("a", "banana", 0), values.StringList([])),
    ("regexSplit", ("", "abc", -1), values.StringList(["a", "b", "c"])),
    ("regexSplit", ("", "", -1), values.StringList([])),
    ("regexSplit", ("a", "", -1), values.StringList([""])),
    ("regexSplit", ("a*", "baac", -1), values.StringList(["b", "c"])),
    ("regexSplit", ("a", "ba", -1), values.StringList(["b", ""])),
    ("regexSplit", ("x", "abc", -1), values.StringList(["abc"])),
    ("mustRegexSplit", (",\\s*", "a, b,c", -1), values.StringList(["a", "b", "c"])),
    ("mustRegexSplit", ("z+", "pizza", -1), values.StringList(["pi", "a"])),
    ("mustRegexSplit", ("a", "banana", 2), values.StringList(["b", "nana"])),
    ("mustRegexSplit", ("a", "banana", 1), values.StringList(["banana"])),
    ("mustRegexSplit", ("a", "banana", 0), values.StringList([])),
    ("mustRegexSplit", ("", "abc", -1), values.StringList(["a", "b", "c"])),
    ("mustRegexSplit", ("", "", -1), values.StringList([])),
    ("mustRegexSplit", ("a", "", -1), values.StringList([""])),
    ("mustRegexSplit", ("a*", "baac", -1), values.StringList(["b", "c"])),
    ("mustRegexSplit", ("a", "ba", -1), values.StringList(["b", ""])),
    ("mustRegexSplit", ("x", "abc", -1), values.StringList(["abc"])),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("mustRegexMatch", ("(secret", "x")),
    ("regexFind", ("(secret", "a")),
    ("mustRegexFind", ("(secret", "a")),
    ("mustRegexFindAll", ("(secret", "a", 1)),
    ("regexReplaceAll", ("(secret", "a", "b")),
    ("mustRegexReplaceAllLiteral", ("(secret", "a", "b")),
    ("regexSplit", ("(secret", "a", -1)),
    ("mustRegexSplit", ("(secret", "a", -1)),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_fails_where_sprig_fails(name: str, args: tuple[Any, ...]) -> None:
    """What makes sprig fail or panic fails here, and the text has no argument in it."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert all(str(each) not in caught.value.message for each in args if isinstance(each, str) and len(each) > 4)
