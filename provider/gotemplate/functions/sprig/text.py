"""sprig's functions on the look of text: wrapping, shortening, and the ways to write names.

Whatever works on single bytes in Go does so here, even where that makes odd characters of those beyond ASCII.
"""

from typing import Final

from provider.golang import values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import runes, words

TABLE: Final = function.Table()

_DOTS: Final = b"..."


@TABLE.add("untitle", "string")
def _untitle(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    rendering.budget.step(len(text) // 10)
    made, in_gap = [], True
    for char in runes.valid(text):
        is_space = runes.is_space(char)
        made.append(runes.lower(char) if in_gap and not is_space else char)
        in_gap = is_space
    return "".join(made)


@TABLE.add("swapcase", "string")
def _swapcase(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    rendering.budget.step(len(text) // 10)
    made, in_gap = [], True
    for char in runes.valid(text):
        if runes.is_upper(char) or runes.is_title(char):
            made.append(runes.lower(char))
            in_gap = False
        elif runes.is_lower(char):
            made.append(runes.title(char) if in_gap else runes.upper(char))
            in_gap = False
        else:
            made.append(char)
            in_gap = runes.is_space(char)
    return "".join(made)


@TABLE.add("nospace", "string")
def _nospace(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(values.size(text))
    rendering.budget.step(len(text) // 10)
    chars = values.to_bytes(text).decode("latin-1")  # each byte is a character of its own
    made = "".join(char for char in chars if not runes.is_space(char))
    return text if len(made) == len(chars) else made


@TABLE.add("initials", "string")
def _initials(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(values.size(text))
    rendering.budget.step(len(text) // 10)
    made, in_gap = [], True
    for char in values.to_bytes(text).decode("latin-1"):
        is_space = runes.is_space(char)
        if in_gap and not is_space:
            made.append(char)
        in_gap = is_space
    return "".join(made)


@TABLE.add("camelcase", "string")
def _camelcase(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    rendering.budget.step(len(text) // 10)
    return words.pascal(text)


@TABLE.add("snakecase", "string")
def _snakecase(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(2 * len(text))
    rendering.budget.step(len(text) // 10)
    return words.connected(text, "_")


@TABLE.add("kebabcase", "string")
def _kebabcase(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(2 * len(text))
    rendering.budget.step(len(text) // 10)
    return words.connected(text, "-")


@TABLE.add("abbrev", "int", "string")
def _abbrev(rendering: state.State, width: int, text: str) -> str:
    rendering.budget.allocate(values.size(text))
    return text if width < 4 else values.to_text(_abbreviated(values.to_bytes(text), 0, width))


@TABLE.add("abbrevboth", "int", "int", "string")
def _abbrevboth(rendering: state.State, left: int, right: int, text: str) -> str:
    rendering.budget.allocate(values.size(text))
    if right < 4 or (left > 0 and right < 7):
        return text
    return values.to_text(_abbreviated(values.to_bytes(text), left, right))


def _abbreviated(raw: bytes, offset: int, width: int) -> bytes:
    """At most `width` bytes that show the one at `offset`, dots for what is left out."""
    if len(raw) <= width:
        return raw
    shown = width - len(_DOTS)
    offset = min(offset, len(raw))
    if len(raw) - offset < shown:
        offset = len(raw) - shown
    if offset <= 4:
        return raw[:shown] + _DOTS
    if offset + shown < len(raw):
        return _DOTS + _abbreviated(raw[offset:], 0, shown)
    return _DOTS + raw[len(raw) - shown :]


@TABLE.add("wrap", "int", "string")
def _wrap(rendering: state.State, width: int, text: str) -> str:
    return _wrapped(rendering, values.to_bytes(text), max(width, 1), b"\n", breaks_words=False)


@TABLE.add("wrapWith", "int", "string", "string")
def _wrap_with(rendering: state.State, width: int, line_end: str, text: str) -> str:
    return _wrapped(
        rendering, values.to_bytes(text), max(width, 1), values.to_bytes(line_end) or b"\n", breaks_words=True
    )


def _wrapped(rendering: state.State, raw: bytes, width: int, line_end: bytes, *, breaks_words: bool) -> str:
    rendering.budget.allocate(len(raw))
    lines, start = [], 0
    while len(raw) - start > width:
        rendering.budget.step()
        if raw[start] == 0x20:
            start += 1
            continue
        end = raw.rfind(b" ", start, start + width + 1)
        after = end + 1
        if end < 0 and breaks_words:
            after = end = start + width
        elif end < 0:
            end = raw.find(b" ", start + width)
            after = end + 1
            if end < 0:
                break
        lines.append(raw[start:end])
        start = after
    lines.append(raw[start:])
    rendering.budget.allocate(len(raw) + len(line_end) * len(lines))
    return values.to_text(line_end.join(lines))
