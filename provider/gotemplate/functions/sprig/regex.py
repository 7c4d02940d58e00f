"""sprig's regular expressions: RE2's language, the pattern first. Only `regexMatch` is silent about a bad pattern."""

import re
from typing import Final

from provider.golang import failures, regexp, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

_META: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")


@TABLE.add("mustRegexMatch", "string", "string")
def _must_regex_match(rendering: state.State, pattern: str, text: str) -> bool:
    return regexp.compile(pattern).match_string(text, rendering.budget)


@TABLE.add("regexMatch", "string", "string")
def _regex_match(rendering: state.State, pattern: str, text: str) -> bool:
    try:
        return regexp.compile(pattern).match_string(text, rendering.budget)
    except failures.Exceeded:
        raise
    except failures.Failed:
        return False


@TABLE.add("regexFind", "string", "string")
@TABLE.add("mustRegexFind", "string", "string")
def _regex_find(rendering: state.State, pattern: str, text: str) -> str:
    return "".join(_found(rendering, pattern, text, 1))


@TABLE.add("regexFindAll", "string", "string", "int")
@TABLE.add("mustRegexFindAll", "string", "string", "int")
def _regex_find_all(rendering: state.State, pattern: str, text: str, most: int) -> values.StringList:
    return values.StringList(_found(rendering, pattern, text, most))


def _found(rendering: state.State, pattern: str, text: str, most: int) -> list[str]:
    """At most so many matches, all of them below zero."""
    regex, raw = regexp.compile(pattern), values.to_bytes(text)
    if not most:
        return []
    spans = regex.find_all_submatch_index(raw, most, rendering.budget)
    rendering.budget.allocate(len(raw))
    return [values.to_text(raw[start:end]) for (start, end), *_ in spans]


@TABLE.add("regexReplaceAll", "string", "string", "string")
@TABLE.add("mustRegexReplaceAll", "string", "string", "string")
def _regex_replace_all(rendering: state.State, pattern: str, text: str, replacement: str) -> str:
    return regexp.compile(pattern).replace_all_string(text, replacement, rendering.budget)


@TABLE.add("regexReplaceAllLiteral", "string", "string", "string")
@TABLE.add("mustRegexReplaceAllLiteral", "string", "string", "string")
def _regex_replace_all_literal(rendering: state.State, pattern: str, text: str, replacement: str) -> str:
    return regexp.compile(pattern).replace_all_string(text, replacement, rendering.budget, literal=True)


@TABLE.add("regexSplit", "string", "string", "int")
@TABLE.add("mustRegexSplit", "string", "string", "int")
def _regex_split(rendering: state.State, pattern: str, text: str, most: int) -> values.StringList:
    regex, raw = regexp.compile(pattern), values.to_bytes(text)
    if not most:
        return values.StringList()
    if pattern and not raw:
        return values.StringList([""])
    parts: list[bytes] = []
    start = end = 0
    for (match_start, match_end), *_ in regex.find_all_submatch_index(raw, most, rendering.budget):
        if 0 < most <= len(parts) + 1:
            break
        end = match_start
        if match_end:
            parts.append(raw[start:end])
        start = match_end
    if end != len(raw):
        parts.append(raw[start:])
    return values.StringList(map(values.to_text, parts))


@TABLE.add("regexQuoteMeta", "string")
def _regex_quote_meta(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(2 * len(text))
    return _META.sub(r"\\\g<0>", text)
