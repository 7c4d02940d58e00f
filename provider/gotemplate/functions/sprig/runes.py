"""Characters as Go's package unicode sees them. A byte that is not UTF-8 counts as U+FFFD where a text is rewritten."""

import unicodedata
from typing import Final

from provider.golang import unicode, values

INVALID: Final = "\ufffd"

_FIRST_CJK: Final = "\u3400"
_CJK: Final = (("\u4e00", "\u9fcc"), ("\u3400", "\u4d85"), ("\U00020000", "\U0002b81d"))


def whole(text: str) -> str:
    """Text put together of parts: bytes that are not UTF-8 by themselves may be a character together."""
    return text if text.isascii() else values.to_text(values.to_bytes(text))


def valid(text: str) -> str:
    """The characters of a text; each byte that is not UTF-8 is U+FFFD."""
    return text if text.isascii() else "".join(INVALID if is_invalid(each) else each for each in values.runes(text))


def is_invalid(char: str) -> bool:
    """Whether it is a byte that is not UTF-8, or the character that stands for one."""
    return "\ud800" <= char <= "\udfff" or char == INVALID


def is_space(char: str) -> bool:
    """unicode.IsSpace."""
    return char in unicode.SPACES


def is_upper(char: str) -> bool:
    """unicode.IsUpper."""
    return unicodedata.category(char) == "Lu"


def is_lower(char: str) -> bool:
    """unicode.IsLower."""
    return unicodedata.category(char) == "Ll"


def is_title(char: str) -> bool:
    """unicode.IsTitle."""
    return unicodedata.category(char) == "Lt"


def is_letter(char: str) -> bool:
    """unicode.IsLetter."""
    return unicodedata.category(char)[0] == "L"


def is_digit(char: str) -> bool:
    """unicode.IsDigit."""
    return unicodedata.category(char) == "Nd"


def is_number(char: str) -> bool:
    """unicode.IsNumber."""
    return unicodedata.category(char)[0] == "N"


def is_punctuation(char: str) -> bool:
    """unicode.IsPunct."""
    return unicodedata.category(char)[0] == "P"


def is_alphabetic(char: str) -> bool:
    """A letter of a script that has words: what xstrings calls alphabet."""
    if not is_letter(char):
        return False
    return char < _FIRST_CJK or not any(first <= char <= last for first, last in _CJK)


def upper(char: str) -> str:
    """unicode.ToUpper."""
    return unicode.to_upper(char)


def lower(char: str) -> str:
    """unicode.ToLower."""
    return unicode.to_lower(char)


def title(char: str) -> str:
    """unicode.ToTitle."""
    mapped = char.title()
    return mapped if len(mapped) == 1 else char
