"""Writes a float64 as text, as Go's strconv.FormatFloat and encoding/json do. float32 is left out."""

import math
import re
from typing import Final

_SHORTEST: Final = -1
_MANTISSA_BITS: Final = 53
_LEAST_EXPONENT: Final = -1074  # that of the last bit of the smallest floats
_POINT_BITS: Final = 60  # hexadecimal: one bit before the point, fifteen digits after it

_REPR: Final = re.compile(r"(\d+)(?:\.(\d+))?(?:e([-+]\d+))?", re.ASCII)
_PADDED_EXPONENT: Final = re.compile(r"e-0(?=\d$)", re.ASCII)


def format_float(value: float, verb: str, precision: int = _SHORTEST) -> str:
    """Format a float as strconv.FormatFloat(value, verb, precision, 64) does.

    Args:
        value: any float; an infinity is "+Inf" or "-Inf", no number is "NaN".
        verb: one of e E f g G b x X.
        precision: digits after the point; for g and G the most that matter; below zero as many as are needed to
            read the same value back. The caller bounds it: so much text is made.

    >>> format_float(1e6, "g"), format_float(0.1, "f"), format_float(2.5, "f", 0), format_float(1.5, "x")
    ('1e+06', '0.1', '2', '0x1.8p+00')
    """
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if verb == "b":
        return _binary(value)
    if verb in "xX":
        text = _hexadecimal(value, precision)
        return text.upper() if verb == "X" else text
    if precision >= 0:
        return f"{value:.{precision}{verb}}"
    return _shortest(value, verb)


def json_text(value: float) -> str:
    """Format a finite float as Go's encoding/json does.

    >>> json_text(1000.0), json_text(1.5), json_text(1e21), json_text(1e-7), json_text(-0.0)
    ('1000', '1.5', '1e+21', '1e-7', '-0')
    """
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format_float(value, "f")
    return _PADDED_EXPONENT.sub("e-", format_float(value, "e"))


def _shortest(value: float, verb: str) -> str:
    sign, digits, point = _digits(value)
    power = point - 1
    if verb == "f" or (verb in "gG" and -4 <= power < 6):
        return sign + _plain(digits, point)
    if not digits:
        digits, power = "0", 0
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    letter = "E" if verb in "EG" else "e"
    return f"{sign}{digits[0]}{tail}{letter}{'-' if power < 0 else '+'}{abs(power):02}"


def _digits(value: float) -> tuple[str, str, int]:
    """Return the sign, the fewest digits of the value ("" for zero), and how many of them are before the point."""
    match = _REPR.fullmatch(repr(abs(value)))
    assert match is not None  # noqa: S101 -- Python writes no other form
    whole, part, power = match[1], match[2] or "", int(match[3] or 0)
    significant = (whole + part).lstrip("0")
    point = len(whole) + power - (len(whole) + len(part) - len(significant))
    digits = significant.rstrip("0")
    return "-" if math.copysign(1, value) < 0 else "", digits, point if digits else 0


def _plain(digits: str, point: int) -> str:
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    part = digits[point:] if point >= 0 else "0" * -point + digits
    return f"{whole}.{part}" if part else whole


def _parts(value: float) -> tuple[str, int, int]:
    """Return sign, mantissa and exponent as they are stored: the value is sign mantissa * 2**exponent."""
    sign = "-" if math.copysign(1, value) < 0 else ""
    if value == 0:
        return sign, 0, _LEAST_EXPONENT
    fraction, power = math.frexp(abs(value))
    exponent = max(power - _MANTISSA_BITS, _LEAST_EXPONENT)
    return sign, int(math.ldexp(fraction, power - exponent)), exponent


def _binary(value: float) -> str:
    sign, mantissa, exponent = _parts(value)
    return f"{sign}{mantissa}p{exponent:+}"


def _hexadecimal(value: float, precision: int) -> str:
    sign, mantissa, exponent = _parts(value)
    if mantissa:
        shift = _POINT_BITS + 1 - mantissa.bit_length()
        mantissa <<= shift
        exponent += _POINT_BITS - shift
    else:
        exponent = 0
    if 0 <= precision < _POINT_BITS // 4:
        dropped = _POINT_BITS - 4 * precision
        kept, rest = divmod(mantissa, 1 << dropped)
        half = 1 << (dropped - 1)
        mantissa = (kept + (rest > half or (rest == half and kept & 1))) << dropped
        if mantissa >> (_POINT_BITS + 1):
            mantissa, exponent = mantissa >> 1, exponent + 1
    digits = f"{mantissa & ((1 << _POINT_BITS) - 1):015x}"
    digits = digits.rstrip("0") if precision < 0 else digits[:precision].ljust(precision, "0")
    point = "." if digits else ""
    return f"{sign}0x{mantissa >> _POINT_BITS}{point}{digits}p{'-' if exponent < 0 else '+'}{abs(exponent):02}"
