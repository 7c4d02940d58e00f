"""Numbers from text and from any value, by the rules of Go's strconv and of spf13/cast, on which sprig's maths rests.

cast never fails here: sprig takes its zero for what is not a number.
"""

import math
import re
from typing import Final

from provider.golang import values

MOST: Final = 2**63 - 1
LEAST: Final = -(2**63)

_LEADING: Final = {8: re.compile("[0-7]*"), 10: re.compile("[0-9]*")}
_LITERALS: Final = (
    (2, re.compile(r"0[bB](_?[01]+(?:_[01]+)*)\Z")),
    (8, re.compile(r"0[oO](_?[0-7]+(?:_[0-7]+)*)\Z")),
    (16, re.compile(r"0[xX](_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)\Z")),
    (8, re.compile(r"(0(?:_?[0-7]+)*)\Z")),
    (10, re.compile(r"([1-9][0-9]*(?:_[0-9]+)*)\Z")),
)
_DECIMAL: Final = re.compile(
    r"[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?\Z"
)
_HEXADECIMAL: Final = re.compile(
    r"[+-]?0[xX](?:_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*(?:\.(?:[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)?)?"
    r"|\.[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)[pP][+-]?[0-9]+(?:_[0-9]+)*\Z"
)
_NAMED: Final = re.compile(r"(?:[+-]?(?:inf|infinity)|nan)\Z", re.IGNORECASE | re.ASCII)
_ZERO_FRACTION: Final = re.compile(r"\.0+\.*\Z")
_MOST_DIGITS: Final = 64
"""Digits of an integer that are looked at, leading zeros aside: 64 binary ones are the most that an int64 has."""


class Unreadable(ValueError):
    """The text is not a number."""


def wrapped(number: int) -> values.Int64:
    """An int64, wrapped around as Go's arithmetic does."""
    return values.Int64((number + 2**63) % 2**64 - 2**63)


def parse_int(text: str, base: int = 10) -> tuple[int, bool]:
    """Go's strconv.ParseInt to 64 bits: the number, the nearest there is if it does not fit, and whether it fits.

    Args:
        text: what to read.
        base: 8 or 10.

    Raises:
        Unreadable: it is not an integer.
    """
    negative = text.startswith("-")
    digits = text[1:] if text[:1] in {"+", "-"} else text
    match = _LEADING[base].match(digits)
    leading = match.group() if match else ""
    size = _size(leading, base)
    if not leading or (leading != digits and size < 2**64):  # Go gives up at the digit that is too much
        raise Unreadable
    number = -size if negative else size
    nearest = max(LEAST, min(MOST, number))
    return nearest, nearest == number


def _size(digits: str, base: int) -> int:
    """A number without a sign; of one that is far too long, some number that no 64 bits hold."""
    digits = digits.lstrip("0")
    return int(digits or "0", base) if len(digits) <= _MOST_DIGITS else 2**64


def _parse_literal(text: str) -> int:
    """An integer in the base that its prefix names, perhaps with underscores: strconv.ParseInt with base 0."""
    negative = text.startswith("-")
    digits = text[1:] if text[:1] in {"+", "-"} else text
    for base, pattern in _LITERALS:
        if match := pattern.match(digits):
            size = _size(match.group(1).replace("_", ""), base)
            number = -size if negative else size
            if LEAST <= number <= MOST:
                return number
            break
    raise Unreadable


def parse_float(text: str) -> float:
    """Go's strconv.ParseFloat to 64 bits.

    Raises:
        Unreadable: it is not a number, or out of range.
    """
    if _NAMED.match(text):
        return float(text)
    if _DECIMAL.match(text):
        number = float(text.replace("_", ""))
    elif _HEXADECIMAL.match(text):
        try:
            number = float.fromhex(text.replace("_", ""))
        except OverflowError:
            raise Unreadable from None
    else:
        raise Unreadable
    if math.isinf(number):
        raise Unreadable
    return number


def truncated(number: float) -> int:
    """A float64 as an int64, as Go converts it on amd64: what does not fit is the least there is."""
    return int(number) if math.isfinite(number) and LEAST <= number < 2.0**63 else LEAST


def to_int64(value: values.Value) -> values.Int64:
    """cast.ToInt64: text in any of Go's bases (`010` is 8), a fraction of zeros is ignored; 0 for other values."""
    if isinstance(value, int):
        return wrapped(value)
    if isinstance(value, float):
        return values.Int64(truncated(value))
    if not isinstance(value, str):
        return values.Int64(0)
    try:
        return values.Int64(_parse_literal(_ZERO_FRACTION.sub("", value)))
    except Unreadable:
        return values.Int64(0)


def to_float64(value: values.Value) -> float:
    """cast.ToFloat64; 0 for what is not a number."""
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return 0.0
    try:
        return parse_float(value)
    except Unreadable:
        return 0.0
