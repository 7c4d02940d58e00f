"""consul-template's functions on text. The subject is the last argument, so that it can come by a pipe.

Functions that cut or count do so by bytes, as Go does; text is paid for before it is made.
"""

from typing import Final

from provider.golang import failures, unicode, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

_STRAY_BYTES: Final = frozenset({"\ufffd", *map(chr, range(0xDC80, 0xDD00))})
"""To Go's Trim, all bytes that are not UTF-8 are one character, which is U+FFFD."""


@TABLE.add("split", "string", "string")
def _split(rendering: state.State, separator: str, text: str) -> values.StringList:
    stripped = unicode.trim_space(text)
    return values.StringList(_parts(rendering, separator, stripped) if stripped else ())


@TABLE.add("splitToMap", "string", "string", "string")
def _split_to_map(rendering: state.State, separator: str, middle: str, text: str) -> values.StringMap:
    stripped = unicode.trim_space(text)
    made = values.StringMap()
    for part in _parts(rendering, separator, stripped) if stripped else ():
        # Go's Cut with nothing to cut at finds it at once.
        key, found, value = (
            values.to_bytes(part).partition(values.to_bytes(middle)) if middle else (b"", b"-", values.to_bytes(part))
        )
        if found:
            made[values.to_text(key)] = values.to_text(value)
    return made


def _parts(rendering: state.State, separator: str, text: str) -> list[str]:
    raw, cut = values.to_bytes(text), values.to_bytes(separator)
    count = raw.count(cut) + 1 if cut else len(text)
    rendering.budget.allocate(max(count, len(raw)))
    rendering.budget.step(count)
    return [values.to_text(part) for part in raw.split(cut)] if cut else list(values.to_text(raw))


@TABLE.add("join", "string", "any")
def _join(rendering: state.State, separator: str, parts: values.Value) -> str:
    if parts is None:
        return ""
    if not isinstance(parts, list):
        raise failures.Failed(f"a list of strings is wanted, not {values.type_name(parts)}")
    size = values.size(separator) * max(len(parts) - 1, 0)
    for position, part in enumerate(parts):
        rendering.budget.step()
        if not isinstance(part, str):
            raise failures.Failed(f"element {position} is {values.type_name(part)}, not string")
        size += values.size(part)
    rendering.budget.allocate(size)
    # Bytes that are not UTF-8 by themselves may be a character together.
    return values.runes(separator.join(parts))


@TABLE.add("trim", "string", "string")
def trim_cutset(rendering: state.State, cutset: str, text: str) -> str:
    """Return the text without the characters of `cutset` at its ends."""
    rendering.budget.allocate(len(cutset) + len(text))
    # A set and a walk, as Python's own strip looks through the whole cutset for every character.
    cut, whole = frozenset(values.runes(cutset)), values.runes(text)
    if cut & _STRAY_BYTES:
        cut |= _STRAY_BYTES
    start = next((place for place, char in enumerate(whole) if char not in cut), len(whole))
    end = next((place for place in range(len(whole), start, -1) if whole[place - 1] not in cut), start)
    return whole[start:end]


@TABLE.add("trimPrefix", "string", "string")
def trim_prefix(rendering: state.State, prefix: str, text: str) -> str:
    """Return the text without the prefix, if it has it."""
    rendering.budget.allocate(len(text))
    return values.to_text(values.to_bytes(text).removeprefix(values.to_bytes(prefix)))


@TABLE.add("trimSuffix", "string", "string")
def trim_suffix(rendering: state.State, suffix: str, text: str) -> str:
    """Return the text without the suffix, if it has it."""
    rendering.budget.allocate(len(text))
    return values.to_text(values.to_bytes(text).removesuffix(values.to_bytes(suffix)))


@TABLE.add("trimSpace", "string")
def _trim_space(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    return unicode.trim_space(text)


@TABLE.add("replaceAll", "string", "string", "string")
def replace_all(rendering: state.State, old: str, new: str, text: str) -> str:
    """Return the text with every `old` replaced."""
    raw, cut, put = values.to_bytes(text), values.to_bytes(old), values.to_bytes(new)
    whole = values.to_text(raw)
    times = raw.count(cut) if cut else len(whole) + 1
    rendering.budget.allocate(max(len(raw) + times * (len(put) - len(cut)), len(raw)))
    rendering.budget.step(1 + times // 10)
    # With nothing to replace, Go puts the new text around every character, not around every byte.
    return values.to_text(raw.replace(cut, put)) if cut else values.runes(whole.replace("", new))


@TABLE.add("indent", "int", "string")
def _indent(rendering: state.State, spaces: int, text: str) -> str:
    if spaces < 0:
        raise failures.Failed("the number of spaces is negative")
    lines = text.split("\n")
    filled = sum(map(bool, lines))
    if not filled:
        return text
    rendering.budget.allocate(values.size(text) + spaces * filled)
    prefix = " " * spaces
    return "\n".join(prefix + line if line else "" for line in lines)


@TABLE.add("toLower", "string")
def to_lower(rendering: state.State, text: str) -> str:
    """Return the text in lower case."""
    rendering.budget.allocate(len(text))
    return unicode.to_lower(text)


@TABLE.add("toUpper", "string")
def to_upper(rendering: state.State, text: str) -> str:
    """Return the text in upper case."""
    rendering.budget.allocate(len(text))
    return unicode.to_upper(text)


@TABLE.add("toTitle", "string")
def _to_title(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    rendering.budget.step(len(text) // 10)
    return unicode.title(text)
