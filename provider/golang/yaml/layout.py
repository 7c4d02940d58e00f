"""Lays YAML out as yaml.v2 does: indentation, simple keys and others, the styles of scalars, folding at 80 columns.

It is libyaml's emitter for what yaml.v2 asks of it, block style throughout: lists in maps are not indented. PyYAML has
two emitters, and tried in its place neither writes the same text. The one in Python
- folds in double quotes with a backslash at the end of the line and another before the space,
- puts what has the tag !!binary in quotes,
- writes `--- ""` for an empty string that is the whole document,
- leaves characters beyond U+FFFF, U+0085 and others as they are, where yaml.v2 escapes them,
- takes other keys for too long to stand before a colon.
The one in C (libyaml) is the same but for two: it indents after U+2028 or U+2029 at the end of a text, and does not
escape a whole text that starts with a byte order mark.
Source: gopkg.in/yaml.v2 v2.4.0, tried by running.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from provider.golang import recursion, values

_WIDTH: Final = 80
_INDENT: Final = 2
_LONGEST_SIMPLE_KEY: Final = 128

_BINARY_TAG: Final = "!!binary"

_UNPRINTABLE: Final = "[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
_BREAK: Final = "[\r\n\x85\u2028\u2029]"

_SPECIAL: Final = re.compile(_UNPRINTABLE)
_BREAKS: Final = re.compile(_BREAK)
_SPACE_BREAK: Final = re.compile(f" {_BREAK}")
_BREAK_SPACE: Final = re.compile(f"{_BREAK} ")
_INDICATOR: Final = re.compile(
    r"""[#,\[\]{}&*!|>'"%@`]|---|\.\.\.|[?:-](?:[ \t]|\Z)"""  # at the start
    r"""|(?s:.)*?(?::(?:[ \t]|\Z)|(?<=[ \t\r\n\x85\u2028\u2029\0])\#)"""
)
_LINE_START: Final = re.compile("(?:^|(?<=[\n\u2028\u2029]))(?=[^\n\u2028\u2029])")
_ENDS_OPEN: Final = re.compile("(?:^|[\n\u2028\u2029])[\n\u2028\u2029]\\Z")
_QUOTED_PARTS: Final = re.compile("( +)|([\u2028\u2029]+)|[^ \u2028\u2029]+")
_ESCAPED_PARTS: Final = re.compile(
    "( )|([!#-\\[\\]-~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]+)|[^ ]", re.DOTALL
)

_SHORT: Final = {
    "\0": "0",
    "\a": "a",
    "\b": "b",
    "\t": "t",
    "\n": "n",
    "\v": "v",
    "\f": "f",
    "\r": "r",
    "\x1b": "e",
    '"': '"',
    "\\": "\\",
    "\x85": "N",
    "\xa0": "_",
    "\u2028": "L",
    "\u2029": "P",
}


class Style(Enum):
    """How a scalar is written."""

    PLAIN = "plain"
    SINGLE = "in single quotes"
    DOUBLE = "in double quotes"
    LITERAL = "as a block"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar to write: its text, valid Unicode; the style that is wanted; whether it has the tag !!binary."""

    text: str
    style: Style = Style.PLAIN
    is_binary: bool = False

    @property
    def is_simple_key(self) -> bool:
        """Whether it can be a key before a colon, in one line."""
        tag = len(_BINARY_TAG) if self.is_binary else 0
        return not _BREAKS.search(self.text) and tag + values.size(self.text) <= _LONGEST_SIMPLE_KEY

    def fitting(self, *, key: bool) -> Style:
        """The style that can carry the text, the one that is wanted if it can."""
        text, style = self.text, self.style
        is_special = bool(_SPECIAL.search(text) or _SPACE_BREAK.search(text))
        if style is Style.LITERAL:
            return Style.DOUBLE if is_special or key or text[-1] == " " else style
        if style is Style.PLAIN and (is_special or not _can_be_plain(text)):
            style = Style.SINGLE
        if style is Style.SINGLE and (is_special or _BREAK_SPACE.search(text)):
            style = Style.DOUBLE
        return style


def _can_be_plain(text: str) -> bool:
    return not (text[0] == " " or text[-1] == " " or _BREAKS.search(text) or _INDICATOR.match(text))


class Emitter:
    """Writes tokens; knows where it is in the line, and how the line began."""

    def __init__(self, out: recursion.Output) -> None:
        self._out = out
        self._column = 0
        self._indent = -1
        self._after_space = True
        self._at_line_start = True

    @property
    def at_line_start(self) -> bool:
        """Whether nothing but indentation and `-`, `?` or `:` as such stands in the line."""
        return self._at_line_start

    def indent(self, *, flat: bool = False) -> int:
        """Start a list or map, one level deeper unless `flat`; returns what `dedent` takes at its end."""
        outer = self._indent
        if outer < 0:
            self._indent = 0
        elif not flat:
            self._indent += _INDENT
        return outer

    def dedent(self, outer: int) -> None:
        """End a list or map."""
        self._indent = outer

    def end(self) -> None:
        """The end of the document: its last line ends."""
        self._indent = -1
        self._line()

    def empty(self, brackets: str) -> None:
        """An empty list or map."""
        self._token(brackets)

    def item(self) -> None:
        """The dash of a list's item."""
        self._line()
        self._token("-", opens=True)

    def key(self, key: Scalar) -> None:
        """A key, and what stands between it and its value."""
        self._line()
        if key.is_simple_key:
            self.scalar(key, key=True)
            self._put(":")
            self._after_space = self._at_line_start = False
            return
        self._token("?", opens=True)
        self.scalar(key)
        self._line()
        self._token(":", opens=True)

    def scalar(self, scalar: Scalar, *, key: bool = False) -> None:
        """A scalar; in one line as a key."""
        outer = self._indent
        self._indent = _INDENT if outer < 0 else outer + _INDENT
        if scalar.is_binary:
            self._token(_BINARY_TAG)
        style = scalar.fitting(key=key)
        if style is Style.LITERAL:
            self._literal(scalar.text)
        elif style is Style.DOUBLE:
            self._double(scalar.text, folds=not key)
        else:
            self._folded(scalar.text, "'" if style is Style.SINGLE else "", folds=not key)
        self._indent = outer

    def _put(self, text: str) -> None:
        self._out.write(text)
        self._column += len(text)

    def _break(self) -> None:
        self._out.write("\n")
        self._column = 0

    def _line(self) -> None:
        """Go to where the level begins, in this line if nothing else is in it."""
        indent = max(self._indent, 0)
        if not self._at_line_start or self._column > indent or (self._column == indent and not self._after_space):
            self._break()
        if self._column < indent:
            self._put(" " * (indent - self._column))
        self._after_space = self._at_line_start = True

    def _token(self, token: str, *, opens: bool = False) -> None:
        self._put(token if self._after_space else f" {token}")
        self._after_space = False
        self._at_line_start = self._at_line_start and opens

    def _folded(self, text: str, quote: str, *, folds: bool) -> None:
        """Plain, or in single quotes."""
        self._put(quote if self._after_space else f" {quote}")
        after_break = False
        for match in _QUOTED_PARTS.finditer(text):
            part, spaces, breaks = match[0], match[1], match[2]
            if breaks:
                self._out.write(breaks)
                self._column = 0
                self._at_line_start = after_break = True
                continue
            if spaces and folds and len(spaces) == 1 and self._column > _WIDTH and _is_inside(match):
                self._line()
                continue
            if after_break:
                self._line()
                after_break = False
            self._put(part.replace("'", "''") if quote else part)
            self._at_line_start = False
        self._put(quote)
        self._after_space = self._at_line_start = False

    def _double(self, text: str, *, folds: bool) -> None:
        self._token('"')
        # A quirk: with a byte order mark at the start, no character is taken as printable.
        all_escaped = text.startswith("\ufeff")
        after_space = False
        for match in _ESCAPED_PARTS.finditer(text):
            part, space, printable = match[0], match[1], match[2]
            if all_escaped or not (space or printable):
                self._put("".join(map(_escape, part)))
                after_space = False
            elif space and folds and not after_space and self._column > _WIDTH and _is_inside(match):
                self._line()
                if text[match.end()] == " ":
                    self._put("\\")
                after_space = True
            else:
                self._put(part)
                after_space = bool(space)
        self._put('"')
        self._after_space = self._at_line_start = False

    def _literal(self, text: str) -> None:
        hint = str(_INDENT) if text[0] in " \n\u2028\u2029" else ""
        chomp = "+" if _ENDS_OPEN.search(text) else "" if text[-1] in "\n\u2028\u2029" else "-"
        self._token(f"|{hint}{chomp}")
        self._break()
        lines = sum(1 for _ in _LINE_START.finditer(text))
        self._out.budget.allocate(values.size(text) + lines * self._indent)
        self._out.write(_LINE_START.sub(" " * self._indent, text))
        self._after_space = True
        self._at_line_start = text[-1] in "\n\u2028\u2029"
        # Beyond the break the column is one that any level is left of.
        self._column = 0 if self._at_line_start else self._indent + 1


def _is_inside(match: re.Match[str]) -> bool:
    return match.start() > 0 and match.end() < len(match.string)


def _escape(char: str) -> str:
    short = _SHORT.get(char)
    if short is not None:
        return f"\\{short}"
    code = ord(char)
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
