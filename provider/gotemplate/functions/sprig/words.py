"""Names in pascal, snake and kebab case, by the rules of Go's package xstrings on where a word ends."""

import enum
from dataclasses import dataclass, field
from typing import Final

from provider.golang import values
from provider.gotemplate.functions.sprig import runes


class _Kind(enum.Enum):
    """What a word is made of."""

    INVALID = enum.auto()
    NUMBER = enum.auto()
    UPPER = enum.auto()
    ALPHABET = enum.auto()
    CONNECTOR = enum.auto()
    PUNCTUATION = enum.auto()
    OTHER = enum.auto()


_WITHIN_NUMBERED: Final = frozenset({_Kind.ALPHABET, _Kind.NUMBER})
_NO_CONNECTOR: Final = frozenset({_Kind.CONNECTOR, _Kind.PUNCTUATION})
_NO_CONNECTOR_AFTER_NUMBERS: Final = _NO_CONNECTOR | {_Kind.INVALID}


def _is_connector(char: str) -> bool:
    return char in "-_" or runes.is_space(char)


def pascal(text: str) -> str:
    """xstrings.ToPascalCase: connectors dropped, a capital behind each; one at the start and doubled ones stay."""
    chars = runes.valid(text)
    start = next((place for place, char in enumerate(chars) if not _is_connector(char)), -1)
    if start < 0:
        return chars + chars[-1:]  # Go writes the last one twice
    made = [chars[:start]]
    was_upper = runes.is_upper(chars[start])
    if start == len(chars) - 1:
        return made[0] + runes.upper(chars[start])
    before = runes.upper(chars[start])
    for char in chars[start + 1 :]:
        now = char
        if _is_connector(before):
            if _is_connector(now):
                made.append(before)
            else:
                was_upper, now = runes.is_upper(now), runes.upper(now)
        else:
            made.append(before)
            if was_upper and runes.is_upper(now):
                now = runes.lower(now)
            elif was_upper:
                was_upper = False
        before = now
    return "".join(made) + before


def connected(text: str, connector: str) -> str:
    """xstrings.ToSnakeCase or ToKebabCase: words in lower case with the connector between them."""
    return _Connecting(values.to_text(values.to_bytes(text)), connector).text()


@dataclass(slots=True)
class _Connecting:
    """One run over a text: the place in it, the word at hand, and what was made."""

    source: str
    connector: str
    made: list[str] = field(default_factory=list)
    place: int = 0
    kind: _Kind = _Kind.INVALID
    word: str = ""

    def text(self) -> str:
        self._next()
        while self.place < len(self.source):
            if self.kind is not _Kind.CONNECTOR:
                self._put(self.kind, self.word)
            before, last = self.kind, self.word
            self._next()
            if before is _Kind.NUMBER:
                self._after_number()
            elif before is _Kind.CONNECTOR:
                self._put(before, last)
            elif before is not _Kind.PUNCTUATION:
                self._after_letters()
        self._put(self.kind, self.word)
        return "".join(self.made)

    def _after_number(self) -> None:
        """Letters behind a number belong to it, and so do numbers behind those."""
        while self.kind in _WITHIN_NUMBERED:
            self._put(self.kind, self.word)
            self._next()
        if self.kind not in _NO_CONNECTOR_AFTER_NUMBERS:
            self.made.append(self.connector)

    def _after_letters(self) -> None:
        if self.kind is not _Kind.NUMBER:
            if self.kind not in _NO_CONNECTOR:
                self.made.append(self.connector)
            return
        if self.place >= len(self.source):
            return
        number = self.word
        if self._next() is _Kind.ALPHABET:
            # A number with small letters behind it is a word of its own.
            self.made.append(self.connector)
            self._put(_Kind.NUMBER, number)
            self._after_number()
            return
        self._put(_Kind.NUMBER, number)
        if self.kind not in _NO_CONNECTOR:
            self.made.append(self.connector)

    def _put(self, kind: _Kind, word: str) -> None:
        if kind not in {_Kind.UPPER, _Kind.CONNECTOR}:
            self.made.append(word)
            return
        for char in word:
            if _is_connector(char):
                self.made.append(self.connector)
            elif runes.is_invalid(char):
                self.made.append(runes.INVALID)
            else:
                self.made.append(runes.lower(char) if runes.is_upper(char) else char)

    def _next(self) -> _Kind:
        """Read one word and tell its kind; at the end of the text it is an empty one."""
        start = self.place
        first = self._valid(start)
        if first < 0:
            self.kind, self.place = _Kind.INVALID, len(self.source)
        else:
            self.kind = _kind(self.source[first])
            self.place = self._end(first)
        self.word = self.source[start : self.place]
        return self.kind

    def _valid(self, place: int) -> int:
        """The place of the next character that is one; -1 if there is none."""
        while place < len(self.source):
            if not runes.is_invalid(self.source[place]):
                return place
            place += 1
        return -1

    def _end(self, first: int) -> int:
        """The place behind the word that begins with the character at `first`."""
        if self.kind is not _Kind.UPPER:
            return self._run(self.kind, first + 1)
        before, end = first + 1, first + 1
        while end < len(self.source):
            at = self._valid(end)
            if at < 0:
                return len(self.source)
            char = self.source[at]
            if not runes.is_upper(char):
                if runes.is_alphabetic(char):
                    # Of several capitals the last begins the next word, a single one is of this word.
                    return before if before < end else self._run(_Kind.ALPHABET, at + 1)
                break
            before, end = end, at + 1
        return end

    def _run(self, kind: _Kind, place: int) -> int:
        """The place behind all characters from here on that go on with a word; bytes between them count in."""
        while place < len(self.source):
            at = self._valid(place)
            if at >= 0 and not _continues(kind, self.source[at]):
                break
            place = at + 1 if at >= 0 else len(self.source)
        return place


def _kind(char: str) -> _Kind:
    if _is_connector(char):
        return _Kind.CONNECTOR
    if runes.is_punctuation(char):
        return _Kind.PUNCTUATION
    if runes.is_upper(char):
        return _Kind.UPPER
    if runes.is_alphabetic(char):
        return _Kind.ALPHABET
    return _Kind.NUMBER if runes.is_number(char) else _Kind.OTHER


def _continues(kind: _Kind, char: str) -> bool:
    return runes.is_punctuation(char) if kind is _Kind.PUNCTUATION else _kind(char) is kind
