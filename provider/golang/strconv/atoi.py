"""Parses numbers as Go's strconv does. Booleans are parsed by `units.parse_bool`.

No message quotes the text, which may be a secret.
"""

import math
import re
from typing import Final

_DIGITS: Final = "[0-9]+(?:_[0-9]+)*"
_HEX_DIGITS: Final = "[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*"
_DECIMAL_FLOAT: Final = re.compile(
    rf"[-+]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?", re.ASCII
)
_HEX_FLOAT: Final = re.compile(
    rf"[-+]?0[xX](?:_?{_HEX_DIGITS}(?:\.(?:{_HEX_DIGITS})?)?|\.{_HEX_DIGITS})[pP][-+]?{_DIGITS}", re.ASCII
)
_SPECIAL_FLOAT: Final = re.compile(r"[-+]?inf(?:inity)?|nan", re.ASCII | re.IGNORECASE)

_ALPHANUMERIC: Final = re.compile("[0-9a-zA-Z]+", re.ASCII)
_SEPARATED: Final = re.compile("[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*", re.ASCII)
_BASES: Final = {"b": 2, "o": 8, "x": 16}


class InvalidSyntax(ValueError):
    """The text is not such a number."""

    def __init__(self) -> None:
        super().__init__("invalid syntax")


class OutOfRange(ValueError):
    """The number does not fit."""

    def __init__(self) -> None:
        super().__init__("value out of range")


def parse_int(text: str, base: int = 10, bits: int = 64) -> int:
    """Parse an integer as strconv.ParseInt does: digits, with or without a sign.

    Args:
        text: nothing around the number is skipped.
        base: 2 to 36; 0 goes by the prefix (0b, 0o, 0, 0x) and allows `_` between digits.
        bits: what the number must fit, its sign included.

    Raises:
        InvalidSyntax: not such a number.
        OutOfRange: it does not fit.
    """
    magnitude = _magnitude(text[1:] if text[:1] in ("+", "-") else text, base)
    value = -magnitude if text[0] == "-" else magnitude
    if not -1 << (bits - 1) <= value < 1 << (bits - 1):
        raise OutOfRange
    return value


def parse_uint(text: str, base: int = 10, bits: int = 64) -> int:
    """Parse an integer as strconv.ParseUint does: as `parse_int`, without a sign.

    Raises:
        InvalidSyntax: not such a number.
        OutOfRange: it does not fit.
    """
    value = _magnitude(text, base)
    if value >> bits:
        raise OutOfRange
    return value


def parse_float(text: str) -> float:
    """Parse a float64 as strconv.ParseFloat does: decimal, hexadecimal with a p exponent, `_` between digits, inf, nan.

    >>> parse_float("1e3"), parse_float("0x1p-2"), parse_float("-Inf")
    (1000.0, 0.25, -inf)

    Raises:
        InvalidSyntax: not a float.
        OutOfRange: too large for one.
    """
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text)
    if _DECIMAL_FLOAT.fullmatch(text):
        value = float(text.replace("_", ""))
        if math.isinf(value):
            raise OutOfRange
        return value
    if not _HEX_FLOAT.fullmatch(text):
        raise InvalidSyntax
    try:
        return float.fromhex(text.replace("_", ""))
    except OverflowError:
        raise OutOfRange from None


def _magnitude(text: str, base: int) -> int:
    digits = text
    if base == 0:
        base, digits = _prefixed(text)
    if not _ALPHANUMERIC.fullmatch(digits):
        raise InvalidSyntax
    # Python refuses to convert thousands of digits; more than 64 are past any 64 bits.
    significant = digits.lstrip("0")
    try:
        value = int(significant[:65] or "0", base)
    except ValueError:
        raise InvalidSyntax from None
    return value


def _prefixed(text: str) -> tuple[int, str]:
    """Return the base that a prefix names, and the digits without the prefix and `_`."""
    base = _BASES.get(text[1].lower()) if len(text) > 2 and text[0] == "0" else None
    if base:
        rest = "0" + text[2:]  # a prefix counts as a digit before a `_`
    else:
        base, rest = 8 if len(text) > 1 and text[0] == "0" else 10, text
    if not _SEPARATED.fullmatch(rest):
        raise InvalidSyntax
    return base, rest.replace("_", "")
