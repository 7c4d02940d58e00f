"""Emulates Go's regexp with RE2: searching takes time in proportion to the text, whatever the expression.

RE2's library differs from Go's in bytes that are not UTF-8 (handled here: each counts as U+FFFD), in a few patterns
that only one of them accepts, and in how large a pattern may grow. Messages do not quote the pattern: it is an
argument, and may be a secret.
"""

import bisect
import functools
import re
from collections.abc import Iterator
from typing import Any, Final

from provider.golang import failures, limits, values

Span = list[tuple[int, int]]
"""Where a match and each of its groups begin and end, in bytes; (-1, -1) for a group that took no part."""

_Pieces = list[bytes | int]

_MEMORY: Final = 2 * 1024 * 1024
"""Bytes of one compiled expression with what it caches while it searches."""

_KEPT: Final = 16
"""Compiled expressions that are kept, all renderings together."""

_PRICE: Final = 200_000
"""Characters times instructions that are a step: at worst 1 ms, mostly far less. The budget's clock does the rest."""

_MOST: Final = 200_000_000
"""Characters times instructions of one search: at worst about a second, which nothing can interrupt."""

_NO_UTF_8: Final = re.compile("[\ud800-\udfff]")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")

_ESCAPE: Final = re.compile(rb"\\Q.*?(?:\\E|\Z)|\\(.)", re.DOTALL)
r"""A quoted part, or an escape: RE2 takes \C for any byte, Go's regexp does not."""

_FAULTS: Final = frozenset(
    {
        "invalid escape sequence",
        "invalid character class",
        "invalid character class range",
        "missing ]",
        "missing )",
        "unexpected )",
        "trailing \\",
        "no argument for repetition operator",
        "invalid repetition size",
        "bad repetition operator",
        "invalid perl operator",
        "invalid UTF-8",
        "invalid named capture group",
        "pattern too large - compile failed",
    }
)
"""What RE2 says before the part of the pattern that it quotes."""


def compile(pattern: str) -> "Regexp":  # noqa: A001 -- Go's name, used with the module's
    """Compile an expression.

    Raises:
        failures.Failed: it is not a valid expression. The text does not quote it.
    """
    return Regexp(_compiled(values.to_bytes(pattern)))


@functools.lru_cache(maxsize=_KEPT)
def _compiled(pattern: bytes) -> Any:  # noqa: ANN401 -- re2 has no types
    if any(escape[1] == b"C" for escape in _ESCAPE.finditer(pattern)):
        raise failures.Failed("the regular expression is not valid: invalid escape sequence")
    import re2  # noqa: PLC0415 -- 3 MiB that only templates with pipeline_evaluator need

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise failures.Failed(f"the regular expression is not valid{_reason(error)}") from None
    finally:
        # It would keep 128 of them itself.
        re2.purge()


def _reason(error: Exception) -> str:
    message = error.args[0] if error.args else ""
    known = str(message if isinstance(message, str) else message.decode("utf-8", "replace")).split(":")[0]
    return f": {known}" if known in _FAULTS else ""


class _Subject:
    """A text in the form that RE2 can search, with the way back from its places to those of the text."""

    def __init__(self, text: str) -> None:
        self._strays: list[int] = []
        if not _NO_UTF_8.search(text):
            self.data = self.readable = text.encode()
            return
        self.data = values.to_bytes(text)
        parts = [values.to_bytes(part) for part in _NO_UTF_8.split(text)]
        self.readable = "\ufffd".encode().join(parts)
        place = 0
        for part in parts[:-1]:
            self._strays.append(place + len(part))
            place += len(part) + 3

    def place(self, readable: int) -> int:
        """Return the place in the text for one in what RE2 searches, where each stray byte is three."""
        return readable - 2 * bisect.bisect_left(self._strays, readable)

    def span(self, readable: Span) -> Span:
        """Return the span in the text for one in what RE2 searches."""
        if not self._strays:
            return readable
        return [(self.place(start), self.place(end)) if start >= 0 else (-1, -1) for start, end in readable]

    def part(self, start: int, end: int) -> bytes:
        """Return the text between two places of what RE2 searches."""
        return self.data[self.place(start) : self.place(end)]

    def is_inside_character(self, at: int) -> bool:
        """Whether a place of what RE2 searches is after a character's first byte."""
        return at < len(self.readable) and self.readable[at] & 0xC0 == 0x80

    def width(self, at: int) -> int:
        """Return the bytes of the character at a place of what RE2 searches; 0 at the end."""
        if at >= len(self.readable):
            return 0
        lead = self.readable[at]
        return 1 if lead < 0xC0 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4


class Regexp:
    """A compiled expression."""

    def __init__(self, expression: Any) -> None:  # noqa: ANN401 -- re2 has no types
        self._expression = expression
        self._size: int = expression.programsize + expression.reverseprogramsize

    def match_string(self, text: str, budget: limits.Budget) -> bool:
        """Whether it matches anywhere in the text.

        Raises:
            failures.Exceeded: that takes too long.
        """
        return self._find(_Subject(text), 0, budget) is not None

    def find_all_submatch_index(self, text: bytes, most: int, budget: limits.Budget) -> list[Span]:
        """Return where it matches: at most `most` times, and every time for a number below zero.

        Raises:
            failures.Exceeded: that takes too long.
        """
        subject = _Subject(values.to_text(text))
        found: list[Span] = []
        at, before = 0, -1
        while len(found) != most and at <= len(subject.readable):
            span = self._find(subject, at, budget)
            if span is None:
                break
            start, end = span[0]
            # An empty match right after a match does not count.
            if end != at or start != before:
                found.append(subject.span(span))
                if len(found) * len(span) > budget.limits.string:
                    budget.allocate(len(found) * len(span))
            at = end if end != at else at + (subject.width(at) or 1)
            before = end
        return found

    def replace_all_string(self, text: str, template: str, budget: limits.Budget, *, literal: bool = False) -> str:
        """Return the text with every match replaced; `literal` is Go's ReplaceAllLiteralString.

        In the template `$1`, `${1}` and `$name` are groups, empty where there is no such group; `$$` is a dollar sign.

        Raises:
            failures.Exceeded: that takes too long, or the result is too large.
        """
        subject = _Subject(text)
        pieces: _Pieces = [values.to_bytes(template)] if literal else self._pieces(template, budget)
        parts: list[bytes] = []
        last = size = 0
        for span in self._places(subject, budget):
            start, end = span[0]
            new = [subject.part(last, start)]
            budget.step(len(pieces) // 10)
            if end > last or start == 0:
                new.extend(_filled(subject, pieces, span))
            size += sum(map(len, new))
            if size > budget.limits.string:
                budget.allocate(size)
            parts.extend(new)
            last = end
        budget.allocate(size + len(subject.data) - subject.place(last))
        parts.append(subject.part(last, len(subject.readable)))
        return values.to_text(b"".join(parts))

    def _places(self, subject: _Subject, budget: limits.Budget) -> Iterator[Span]:
        """Yield the matches in turn, including empty ones right after another."""
        at = 0
        while at <= len(subject.readable):
            span = self._find(subject, at, budget)
            if span is None:
                return
            yield span
            at = max(span[0][1], at + (subject.width(at) or 1))

    def _find(self, subject: _Subject, at: int, budget: limits.Budget) -> Span | None:
        while True:
            span = self._found(subject, at, budget)
            if span is None or not subject.is_inside_character(span[0][0]):
                return span
            # RE2 has an empty match of \B between the bytes of one character, Go has not.
            at = span[0][0] + 1

    def _found(self, subject: _Subject, at: int, budget: limits.Budget) -> Span | None:
        cost = (len(subject.readable) - at + 1) * self._size
        if cost > _MOST:
            raise failures.Exceeded("a regular expression is too large for a text of this size")
        groups = self._expression.groups
        budget.step(1 + groups // 10 + cost // _PRICE)
        match = self._expression.search(subject.readable, at)
        return [match.span(group) for group in range(groups + 1)] if match else None

    def _pieces(self, template: str, budget: limits.Budget) -> _Pieces:
        """Split a template into text and numbers of groups."""
        names: dict[bytes, int] = self._expression.groupindex
        before, *rest = template.split("$")
        budget.step(len(rest))
        pieces: _Pieces = [values.to_bytes(before)]
        parts = iter(rest)
        for part in parts:
            if not part and (after_two := next(parts, None)) is not None:
                pieces.append(b"$" + values.to_bytes(after_two))
                continue
            name, after = _name(part)
            if not name:
                pieces.append(b"$" + values.to_bytes(part))
                continue
            group = int(name) if _NUMBER.fullmatch(name) else names.get(values.to_bytes(name), -1)
            if 0 <= group <= self._expression.groups:
                pieces.append(group)
            pieces.append(values.to_bytes(after))
        return pieces


def _filled(subject: _Subject, pieces: _Pieces, span: Span) -> Iterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        elif span[piece][0] >= 0:
            yield subject.part(*span[piece])


def _name(reference: str) -> tuple[str, str]:
    """Return the longest name after a dollar sign, and what follows it; "" where it is not a reference."""
    start = 1 if reference.startswith("{") else 0
    end = start
    while end < len(reference) and (reference[end].isalpha() or reference[end].isdecimal() or reference[end] == "_"):
        end += 1
    name = reference[start:end]
    if not start:
        return name, reference[end:]
    return (name, reference[end + 1 :]) if reference[end : end + 1] == "}" else ("", "")
