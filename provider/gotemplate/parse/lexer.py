"""Splits the source of a template into tokens, one at a time, as Go's text/template/parse does.

The parser sees neither trim markers nor comments. A fault is the last token, since its message depends on what the
parser was doing. Go's tables of letters are of Unicode 15, Python 3.11's of Unicode 14.
"""

import re
from collections.abc import Mapping
from typing import Final

from provider.gotemplate.parse import literals
from provider.gotemplate.parse.tokens import Kind, Token

_SPACES: Final = " \t\r\n"
_SPACE_RUN: Final = re.compile(r"[ \t\r\n]*")
_TRIMS_BEFORE: Final = re.compile(r"-[ \t\r\n]")
_TRIMS_AFTER: Final = re.compile(r"[ \t\r\n]-")

# Like Go's this matches more than numbers, such as "." or "089"; `literals` decides.
_NUMBER_PATTERN: Final = r"""[+-]?
    (?: 0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?
      | 0[oO][0-7_]*(?:\.[0-7_]*)?
      | 0[bB][01_]*(?:\.[01_]*)?
      | [0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)? )i?"""
_NUMBER: Final = re.compile(_NUMBER_PATTERN, re.VERBOSE)
_TOKEN: Final = re.compile(
    rf"""
    (?P<SPACE>[ \t\r\n]+)
  | (?P<FIELD>\.(?=[^0-9])\w*)
  | (?P<VARIABLE>\$\w*)
  | (?P<NUMBER>(?=[0-9.+-]){_NUMBER_PATTERN})
  | (?P<IDENTIFIER>\w+)
  | (?P<STRING>"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+")
  | (?P<RAW>`[^`]*`)
  | (?P<RUNE>'[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+')
  | (?P<DECLARE>:=)
  | (?P<ASSIGN>=)
  | (?P<PIPE>\|)
  | (?P<LEFT_PAREN>\()
  | (?P<RIGHT_PAREN>\))
  | (?P<CHAR>[!#-&*-/;-_a-~])""",
    re.VERBOSE,
)
_KINDS: Final = {name: Kind[name] for name in _TOKEN.groupindex}
_NAMES: Final = frozenset({Kind.FIELD, Kind.VARIABLE, Kind.IDENTIFIER})
_UNFINISHED: Final = {
    "": "unclosed action",
    '"': "unterminated quoted string",
    "`": "unterminated raw quoted string",
    "'": "unterminated character constant",
    ":": "expected :=",
}
_ENDS_WORD: Final = frozenset(" \t\r\n.,|:)(")


class Lexer:
    """Splits one source. `words` are the words that are not names (see `tokens.WORDS`)."""

    def __init__(self, source: str, left: str, right: str, words: Mapping[str, Kind]) -> None:
        self._source = source
        self._left = left
        self._right = right
        self._words = words
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._is_inside = False
        self._parens = 0

    def next(self) -> Token:
        """Return the next token. After EOF comes EOF again; after ERROR it must not be called."""
        return self._lex_inside_action() if self._is_inside else self._lex_text()

    def _token(self, kind: Kind, text: str) -> Token:
        return Token(kind, text, self._line, self._at - self._line_start + 1)

    def _error(self, message: str) -> Token:
        return self._token(Kind.ERROR, message)

    def _move(self, to: int) -> None:
        """Advance over text that may contain line feeds."""
        ends = self._source.count("\n", self._at, to)
        if ends:
            self._line += ends
            self._line_start = self._source.rfind("\n", self._at, to) + 1
        self._at = to

    def _lex_text(self) -> Token:
        source = self._source
        while True:
            opens = source.find(self._left, self._at)
            if opens < 0:
                token = self._token(Kind.TEXT if self._at < len(source) else Kind.EOF, source[self._at :])
                self._move(len(source))
                return token
            begins = opens + len(self._left)
            trims = _TRIMS_BEFORE.match(source, begins)
            text = source[self._at : opens]
            token = self._token(Kind.TEXT, text.rstrip(_SPACES) if trims else text)
            self._move(opens)
            if token.text:
                return token
            token = self._token(Kind.LEFT_DELIM, self._left)
            self._move(trims.end() if trims else begins)
            if not source.startswith("/*", self._at):
                self._is_inside = True
                self._parens = 0
                return token
            fault = self._lex_comment()
            if fault:
                return fault

    def _lex_comment(self) -> Token | None:
        ends = self._source.find("*/", self._at + 2)
        if ends < 0:
            return self._error("unclosed comment")
        closing = self._right_delim(ends + 2)
        if closing is None:
            return self._error("comment ends before closing delimiter")
        self._move(closing[1])
        return None

    def _right_delim(self, at: int) -> tuple[int, int] | None:
        """Return where the right delimiter at `at` begins, after its trim marker, and where the next text begins."""
        source, right = self._source, self._right
        if _TRIMS_AFTER.match(source, at) and source.startswith(right, at + 2):
            spaces = _SPACE_RUN.match(source, at + 2 + len(right))
            return at + 2, spaces.end() if spaces else at
        return (at, at + len(right)) if source.startswith(right, at) else None

    def _lex_right_delim(self, closing: tuple[int, int]) -> Token:
        if self._parens:
            return self._error("unclosed left paren")
        self._move(closing[0])
        token = self._token(Kind.RIGHT_DELIM, self._right)
        self._move(closing[1])
        self._is_inside = False
        return token

    def _lex_inside_action(self) -> Token:
        closing = self._right_delim(self._at)
        if closing:
            return self._lex_right_delim(closing)
        match = _TOKEN.match(self._source, self._at)
        if match is None:
            return self._unrecognized()
        kind = _KINDS[match.lastgroup or ""]
        if kind in _NAMES:
            return self._lex_name(kind, match.group())
        if kind is Kind.SPACE:
            return self._lex_space(match.end())
        if kind is Kind.NUMBER:
            return self._lex_number(match.end())
        self._parens += (kind is Kind.LEFT_PAREN) - (kind is Kind.RIGHT_PAREN)
        if self._parens < 0:
            return self._error("unexpected right paren")
        token = self._token(kind, match.group())
        self._move(match.end())
        return token

    def _unrecognized(self) -> Token:
        char = self._source[self._at : self._at + 1]
        message = _UNFINISHED.get(char)
        return self._error(message or f"unrecognized character in action: {literals.code_point(char)}")

    def _lex_space(self, end: int) -> Token:
        # The last space belongs to a trim marker if one follows.
        if self._source.startswith("-" + self._right, end):
            end -= 1
        token = self._token(Kind.SPACE, self._source[self._at : end])
        self._move(end)
        return token

    def _lex_name(self, kind: Kind, text: str) -> Token:
        """Return a field, a variable or a word."""
        if kind is not Kind.IDENTIFIER and self._source.startswith(self._right, self._at + 1):
            text = text[0]
        elif not text.isascii():
            text = text[: _length_of_name(text)]
            if not text:
                return self._unrecognized()
        end = self._at + len(text)
        if not self._at_terminator(end):
            return self._error(f"bad character {literals.code_point(self._source[end])}")
        if kind is Kind.IDENTIFIER:
            kind = self._words.get(text, kind)
        elif text == ".":
            kind = Kind.DOT
        token = self._token(kind, text)
        self._at = end
        return token

    def _at_terminator(self, at: int) -> bool:
        source = self._source
        return at >= len(source) or source[at] in _ENDS_WORD or source.startswith(self._right, at)

    def _lex_number(self, end: int) -> Token:
        source = self._source
        is_number = not _is_in_name(source[end : end + 1])
        if is_number and source[end : end + 1] in ("+", "-"):
            second = _NUMBER.match(source, end)
            end = second.end() if second else end
            is_number = source[end - 1] == "i" and not _is_in_name(source[end : end + 1])
        if not is_number:
            end += _is_in_name(source[end : end + 1])
            return self._error(f"bad number syntax: {literals.quoted(source[self._at : end])}")
        token = self._token(Kind.NUMBER, source[self._at : end])
        self._at = end
        return token


def _is_in_name(char: str) -> bool:
    """Whether a character may be in a name: Go's letters and decimal digits, fewer than those of a pattern."""
    return char == "_" or char.isalpha() or char.isdecimal()


def _length_of_name(text: str) -> int:
    """Return the length of the field, variable or word that Go finds at the start of a text."""
    begins = text[0] in ".$"
    return next((at for at, char in enumerate(text) if at >= begins and not _is_in_name(char)), len(text))
