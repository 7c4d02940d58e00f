"""float64 arithmetic of Go's package math where Python's fails or differs: infinities, signs of zero, powers of ten."""

import math
from collections.abc import Iterable
from functools import reduce

_TOO_MUCH = 2**12


def floor(number: float) -> float:
    """math.Floor."""
    return float(math.floor(number)) if number and math.isfinite(number) else number


def ceil(number: float) -> float:
    """math.Ceil, which keeps the sign of a zero."""
    return math.copysign(float(math.ceil(number)), number) if math.isfinite(number) else number


def divided(dividend: float, divisor: float) -> float:
    """A division that gives an infinity or no number for a zero."""
    if divisor:
        return dividend / divisor
    if math.isnan(divisor) or math.isnan(dividend) or not dividend:
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1.0, divisor)


def largest(given: Iterable[float]) -> float:
    """math.Max over several: NaN if one is NaN, and zero is larger than minus zero."""
    return reduce(_larger, given)


def _larger(first: float, second: float) -> float:
    if math.inf in (first, second):
        return math.inf
    if math.isnan(first) or math.isnan(second):
        return math.nan
    if first == second == 0:
        return second if math.copysign(1.0, first) < 0 else first
    return max(first, second)


def power_of_ten(exponent: float) -> float:
    """math.Pow(10, exponent) for a whole exponent, with Go's way of multiplying and so with its rounding."""
    if abs(exponent) >= 2.0**63:
        return math.inf if exponent > 0 else 0.0
    mantissa, bits = 1.0, 0
    square, square_bits = math.frexp(10.0)
    left = int(abs(exponent))
    while left:
        if abs(square_bits) > _TOO_MUCH:
            bits += square_bits
            break
        if left & 1:
            mantissa *= square
            bits += square_bits
        square *= square
        square_bits *= 2
        if square < 0.5:
            square += square
            square_bits -= 1
        left >>= 1
    if exponent < 0:
        mantissa, bits = 1 / mantissa, -bits
    try:
        return math.ldexp(mantissa, bits)
    except OverflowError:
        return math.inf
