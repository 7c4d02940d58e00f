"""How a parser reads the tokens of a source: one after another, some put back, and faults told at one of them."""

from collections.abc import Container
from typing import Final, Protocol

from provider.gotemplate import faults, sources
from provider.gotemplate.parse import definitions, lexer
from provider.gotemplate.parse.tokens import Kind, Token

DEEPEST: Final = 100
"""Levels of statements and parentheses within each other, `else if` included; each takes four calls of the parser."""


class Place(Protocol):
    """Anything with a place: a token or a node."""

    @property
    def line(self) -> int:
        """From one."""

    @property
    def column(self) -> int:
        """From one."""


class Shared:
    """What all the trees of one source share.

    Attributes:
        source: for faults.
        lexer: gives the tokens still to come.
        known: names of functions.
        definitions: the trees that are done.
        depth: levels of statements and parentheses that are begun.
    """

    __slots__ = ("definitions", "depth", "known", "lexer", "source")

    def __init__(self, source: sources.Source, source_lexer: lexer.Lexer, known: Container[str]) -> None:
        self.source = source
        self.lexer = source_lexer
        self.known = known
        self.definitions = definitions.Definitions()
        self.depth = 0


class TokenStream:
    """Reads for one tree. A tree within another has its own, and so faults of the outer one keep their line.

    Attributes:
        shared: with the other trees.
        action_line: where the action begins that is read, 0 outside of actions.
    """

    __slots__ = ("_back", "_newest", "action_line", "shared")

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.action_line = 0
        self._back: list[Token] = []
        self._newest = Token(Kind.EOF, "", 1, 0)

    def next(self) -> Token:
        """The next token."""
        if self._back:
            return self._back.pop()
        self._newest = token = self.shared.lexer.next()
        return token

    def backup(self, token: Token) -> None:
        """Put a token back, to be the next."""
        self._back.append(token)

    def peek(self) -> Token:
        """The next token, which stays."""
        if not self._back:
            self._newest = token = self.shared.lexer.next()
            self._back.append(token)
        return self._back[-1]

    def next_non_space(self) -> Token:
        """The next token that is no space."""
        token = self.next()
        while token.kind is Kind.SPACE:
            token = self.next()
        return token

    def peek_non_space(self) -> Token:
        """The next token that is no space, which stays; the space is gone."""
        token = self.peek()
        if token.kind is Kind.SPACE:
            token = self.next_non_space()
            self._back.append(token)
        return token

    def expect(self, kinds: tuple[Kind, ...], context: str) -> Token:
        """The next token that is no space, which must be of these kinds.

        Raises:
            faults.ParseFault: it is not.
        """
        token = self.next_non_space()
        if token.kind not in kinds:
            raise self.unexpected(token, context)
        return token

    def enter(self) -> None:
        """Begin a level; `leave` ends it.

        Raises:
            faults.ParseFault: there are too many.
        """
        self.shared.depth += 1
        if self.shared.depth > DEEPEST:
            raise self.fault(f"nested deeper than {DEEPEST} levels", self._newest)

    def leave(self) -> None:
        """End a level."""
        self.shared.depth -= 1

    def fault(self, message: str, place: Place | None = None) -> faults.ParseFault:
        """What is wrong, on the line of the newest token as Go tells it, with a column if `place` is on that line."""
        line = self._newest.line
        column = place.column if place is not None and place.line == line else 0
        return faults.ParseFault(message, self.shared.source, line, column)

    def unexpected(self, token: Token, context: str) -> faults.ParseFault:
        """This token is not what could follow, or the lexer's fault if it is one."""
        if token.kind is not Kind.ERROR:
            return self.fault(f"unexpected {token} in {context}", token)
        began = ""
        if self.action_line not in (0, token.line):
            where = f" started at line {self.action_line}"
            began = where if token.text.endswith(" action") else f" in action{where}"
        return self.fault(f"{token}{began}", token)
