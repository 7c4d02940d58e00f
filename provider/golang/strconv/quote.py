r"""Quotes strings and characters as Go literals, as strconv.Quote and %q do.

Which characters are printable is taken from this Python's Unicode; those newer than that, or than Go's, may differ.
"""

import re
from typing import Final

from provider.golang import values

_SHORT: Final = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_MAY_NEED_ESCAPE: Final = re.compile(r"[^ !#-\[\]-~]")
_NOT_RAW: Final = re.compile("[\x00-\x08\x0a-\x1f`\x7f\ufeff\udc80-\udcff]")

_LAST_RUNE: Final = 0x10FFFF
_REPLACEMENT: Final = 0xFFFD


def quote(text: str, *, ascii_only: bool = False) -> str:
    r"""Return a double-quoted literal; bytes that are not UTF-8 are `\x` escapes, and so on.

    >>> print(quote('a"é\n'), quote("é", ascii_only=True))
    "a\"é\n" "\u00e9"
    """
    plain = values.runes(text)
    if _MAY_NEED_ESCAPE.search(plain):
        # Makes one text and no list of a million little ones.
        plain = plain.translate(_ASCII_ESCAPES if ascii_only else _ESCAPES)
    return f'"{plain}"'


def quote_rune(code: int, *, ascii_only: bool = False) -> str:
    """Return a single-quoted literal of a code point; U+FFFD for an invalid one."""
    return f"'{_escaped(rune(code), chr(39), ascii_only=ascii_only)}'"


def rune(code: int) -> str:
    """Return the character of a code point; U+FFFD for an invalid one."""
    valid = 0 <= code <= _LAST_RUNE and not 0xD800 <= code <= 0xDFFF
    return chr(code if valid else _REPLACEMENT)


def can_backquote(text: str) -> bool:
    """Whether a raw literal can hold it on one line."""
    return not _NOT_RAW.search(values.runes(text))


def _escaped(char: str, delimiter: str, *, ascii_only: bool) -> str:
    code = ord(char)
    if char in (delimiter, "\\"):
        return f"\\{char}"
    if char.isprintable() and (code < 0x80 or not ascii_only):
        return char
    if char in _SHORT:
        return _SHORT[char]
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Escapes(dict[int, str]):
    """Maps code points to their form in double quotes; those above 255 are computed each time."""

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__({code: _escaped(chr(code), '"', ascii_only=ascii_only) for code in range(256)})
        self._ascii_only = ascii_only

    def __missing__(self, code: int) -> str:
        return _escaped(chr(code), '"', ascii_only=self._ascii_only)


_ESCAPES: Final = _Escapes(ascii_only=False)
_ASCII_ESCAPES: Final = _Escapes(ascii_only=True)
