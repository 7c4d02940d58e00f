"""Defines the tokens that the lexer makes and the parser reads."""

from enum import Enum, auto
from typing import Final, NamedTuple

from provider.gotemplate.parse import literals


class Kind(Enum):
    """What a token is. Those from DOT on are keywords."""

    ERROR = auto()
    EOF = auto()
    TEXT = auto()
    LEFT_DELIM = auto()
    RIGHT_DELIM = auto()
    SPACE = auto()
    FIELD = auto()
    VARIABLE = auto()
    NUMBER = auto()
    IDENTIFIER = auto()
    BOOL = auto()
    STRING = auto()
    RAW = auto()
    RUNE = auto()
    DECLARE = auto()
    ASSIGN = auto()
    PIPE = auto()
    LEFT_PAREN = auto()
    RIGHT_PAREN = auto()
    CHAR = auto()
    DOT = auto()
    BLOCK = auto()
    BREAK = auto()
    CONTINUE = auto()
    DEFINE = auto()
    ELSE = auto()
    END = auto()
    IF = auto()
    NIL = auto()
    RANGE = auto()
    TEMPLATE = auto()
    WITH = auto()


WORDS: Final = {
    "block": Kind.BLOCK,
    "break": Kind.BREAK,
    "continue": Kind.CONTINUE,
    "define": Kind.DEFINE,
    "else": Kind.ELSE,
    "end": Kind.END,
    "if": Kind.IF,
    "nil": Kind.NIL,
    "range": Kind.RANGE,
    "template": Kind.TEMPLATE,
    "with": Kind.WITH,
    "true": Kind.BOOL,
    "false": Kind.BOOL,
}
"""The words that are not names of functions."""

_KEYWORDS: Final = {kind for kind in WORDS.values() if kind is not Kind.BOOL} | {Kind.DOT}


class Token(NamedTuple):
    """One token, and where it begins: line and column from one, in characters. `text` of an ERROR is its message."""

    kind: Kind
    text: str
    line: int
    column: int

    def __str__(self) -> str:
        if self.kind is Kind.EOF:
            return "EOF"
        if self.kind is Kind.ERROR:
            return self.text
        return f"<{self.text}>" if self.kind in _KEYWORDS else literals.quoted(self.text, 10)
