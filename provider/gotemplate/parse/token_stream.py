"""Feeds tokens to the parser, which may put them back, and makes faults at their places."""

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
    """What all trees of one source share.

    Attributes:
        source: for faults.
        lexer: returns the tokens still to come.
        known: names of functions.
        definitions: the trees that were parsed.
        depth: levels of statements and parentheses that are open.
    """

    __slots__ = ("definitions", "depth", "known", "lexer", "source")

    def __init__(self, source: sources.Source, source_lexer: lexer.Lexer, known: Container[str]) -> None:
        self.source = source
        self.lexer = source_lexer
        self.known = known
        self.definitions = definitions.Definitions()
        self.depth = 0


class TokenStream:
    """The tokens of one tree. A tree within another has its own stream, so that faults of the outer keep their line.

    Attributes:
        shared: with the other trees.
        action_line: where the current action begins, 0 outside of actions.
    """

    __slots__ = ("_back", "_newest", "action_line", "shared")

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.action_line = 0
        self._back: list[Token] = []
        self._newest = Token(Kind.EOF, "", 1, 0)

    def next(self) -> Token:
        """Return the next token."""
        if self._back:
            return self._back.pop()
        self._newest = token = self.shared.lexer.next()
        return token

    def backup(self, token: Token) -> None:
        """Put a token back, so that it is the next one."""
        self._back.append(token)

    def peek(self) -> Token:
        """Return the next token without consuming it."""
        if not self._back:
            self._newest = token = self.shared.lexer.next()
            self._back.append(token)
        return self._back[-1]

    def next_non_space(self) -> Token:
        """Return the next token that is not a space."""
        token = self.next()
        while token.kind is Kind.SPACE:
            token = self.next()
        return token

    def peek_non_space(self) -> Token:
        """Return the next token that is not a space without consuming it; the space is consumed."""
        token = self.peek()
        if token.kind is Kind.SPACE:
            token = self.next_non_space()
            self._back.append(token)
        return token

    def expect(self, kinds: tuple[Kind, ...], context: str) -> Token:
        """Return the next token that is not a space, which must be of these kinds.

        Raises:
            faults.ParseFault: it is of another kind.
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
        """Return a fault on the line of the newest token, as in Go, with a column if `place` is on that line."""
        line = self._newest.line
        column = place.column if place is not None and place.line == line else 0
        return faults.ParseFault(message, self.shared.source, line, column)

    def unexpected(self, token: Token, context: str) -> faults.ParseFault:
        """Return the fault for a token that cannot follow here, or that of the lexer if the token is one."""
        if token.kind is not Kind.ERROR:
            return self.fault(f"unexpected {token} in {context}", token)
        began = ""
        if self.action_line not in (0, token.line):
            where = f" started at line {self.action_line}"
            began = where if token.text.endswith(" action") else f" in action{where}"
        return self.fault(f"{token}{began}", token)
