"""consul-template's functions with regular expressions: the expression first, the text last."""

from typing import Final

from provider.golang import regexp
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("regexMatch", "string", "string")
def _regex_match(rendering: state.State, pattern: str, text: str) -> bool:
    return regexp.compile(pattern).match_string(text, rendering.budget)


@TABLE.add("regexReplaceAll", "string", "string", "string")
def _regex_replace_all(rendering: state.State, pattern: str, template: str, text: str) -> str:
    return regexp.compile(pattern).replace_all_string(text, template, rendering.budget)
