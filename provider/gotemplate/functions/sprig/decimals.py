"""Decimals of any size, as Go's shopspring/decimal has them: exact sums and products, quotients to sixteen places."""

import math
from dataclasses import dataclass
from typing import Final, Self

from provider.golang import failures

_PLACES: Final = 16


def _power(exponent: int) -> int:
    return int(10**exponent)


@dataclass(frozen=True, slots=True)
class Decimal:
    """The number `digits` times ten to the power of `exponent`."""

    digits: int
    exponent: int

    @classmethod
    def of(cls, number: float) -> Self:
        """The shortest decimal that reads as this float.

        Raises:
            failures.Failed: it is infinite, or no number.
        """
        if not math.isfinite(number):
            raise failures.Failed("an infinity or NaN cannot be a decimal")
        mantissa, _, exponent = repr(number).partition("e")
        whole, _, fraction = mantissa.partition(".")
        return cls(int(whole + fraction), int(exponent or "0") - len(fraction))

    @property
    def size(self) -> int:
        """About how many digits it takes."""
        return abs(self.exponent) + self.digits.bit_length() // 3

    def _aligned(self, other: Self) -> tuple[int, int, int]:
        exponent = min(self.exponent, other.exponent)
        return (
            self.digits * _power(self.exponent - exponent),
            other.digits * _power(other.exponent - exponent),
            exponent,
        )

    def __add__(self, other: Self) -> "Decimal":
        first, second, exponent = self._aligned(other)
        return Decimal(first + second, exponent)

    def __sub__(self, other: Self) -> "Decimal":
        first, second, exponent = self._aligned(other)
        return Decimal(first - second, exponent)

    def __mul__(self, other: Self) -> "Decimal":
        return Decimal(self.digits * other.digits, self.exponent + other.exponent)

    def __truediv__(self, other: Self) -> "Decimal":
        if not other.digits:
            raise failures.Failed("decimal division by zero")
        power = self.exponent - other.exponent + _PLACES
        dividend, divisor = abs(self.digits), abs(other.digits)
        if power >= 0:
            dividend *= _power(power)
        else:
            divisor *= _power(-power)
        quotient = (2 * dividend + divisor) // (2 * divisor)  # halves away from zero
        return Decimal(quotient if (self.digits < 0) == (other.digits < 0) else -quotient, -_PLACES)

    def __float__(self) -> float:
        try:
            if self.exponent >= 0:
                return float(self.digits * _power(self.exponent))
            return self.digits / _power(-self.exponent)
        except OverflowError:
            return -math.inf if self.digits < 0 else math.inf
