"""Changes case as Go does: one character at a time, where Python's `str` looks at whole words. Trims white space.

`to_upper` and `to_lower` are Go's strings.ToUpper and ToLower: one character becomes one (a sharp s stays), and a byte
that is not UTF-8 becomes U+FFFD. `title` is golang.org/x/text's cases.Title without lowering the rest. What a word is
may differ for characters that are newer than this Python's Unicode.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from provider.golang import values

_REPLACEMENT: Final = "\ufffd"

SPACES: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What unicode.IsSpace holds; Python's `strip()` takes four control characters more."""

_MIDDLE: Final = frozenset("'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a")
"""One of these does not end a word that it is in; two in a row do."""

_WORD: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc", "Cf"})
"""Categories of characters that words are made of."""

_ALSO_WORD: Final = re.compile(
    "[\u02c2-\u02ff\u055a-\u055f\u058a\u05f3\u05f4\u066b\u202f\ua708-\ua721\ua789\ua78a\uab5b\U0001f3fb-\U0001f3ff]"
)
_NOT_WORD: Final = re.compile(
    "[\u0e01-\u0e46\u0e81-\u0ec6\u0edc-\u0edf\u1000-\u103f\u1050-\u108e\u1780-\u17dc\u1950-\u19c9\u1a20-\u1a54\u1aa7"
    "\u200b\u3006-\u303a\u3041-\u30ff\u31f0-\u9fff\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaadd\uf900-\ufad9\uff66-\uff9d"
    "\U00011700-\U0001171a\U00011740-\U00011746\U00017000-\U0001b2fb\U00020000-\U0003134a]"
)
"""Letters of scripts that put no space between words: each is one of its own."""


def to_upper(text: str) -> str:
    """Return the text in upper case, as strings.ToUpper."""
    return text.upper() if text.isascii() else _mapped(text, _upper)


def to_lower(text: str) -> str:
    """Return the text in lower case, as strings.ToLower."""
    return text.lower() if text.isascii() else _mapped(text, _lower)


def title(text: str) -> str:
    """Return the first letter of each word in title case and the rest as it is, as cases.Title with cases.NoLower."""
    made = []
    inside = was_middle = False
    for char in values.runes(text):
        is_middle = char in _MIDDLE
        if was_middle and is_middle:
            inside = False
        if char.islower() or char.isupper() or char.istitle():
            made.append(char if inside else char.title())
            inside = True
        else:
            made.append(char)
            inside = inside and (is_middle or _is_in_word(char))
        was_middle = is_middle
    return "".join(made)


def trim_space(text: str) -> str:
    """Return the text without white space at its ends, as strings.TrimSpace."""
    return text.strip(SPACES)


def _mapped(text: str, mapping: Callable[[str], str]) -> str:
    whole = values.runes(text)
    return whole.translate({ord(char): mapping(char) for char in set(whole)})


def _upper(char: str) -> str:
    if _is_stray_byte(char):
        return _REPLACEMENT
    mapped = char.upper()
    if len(mapped) == 1:
        return mapped
    # Greek letters with an iota below have a single title-case letter, which Go takes for upper case.
    mapped = char.title()
    return mapped if len(mapped) == 1 else char


def _lower(char: str) -> str:
    # Only a dotted capital I becomes two characters, the first of which is Go's.
    return _REPLACEMENT if _is_stray_byte(char) else char.lower()[0]


def _is_stray_byte(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def _is_in_word(char: str) -> bool:
    if unicodedata.category(char) in _WORD:
        return not _NOT_WORD.match(char)
    return bool(_ALSO_WORD.match(char))
