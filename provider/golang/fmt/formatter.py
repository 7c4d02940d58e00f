"""Formats one number or string under the flags of a directive, as fmt/format.go does.

The caller has paid for width and precision.
"""

from dataclasses import dataclass
from typing import Final

from provider.golang import values
from provider.golang.strconv import ftoa, quote

_FORMS: Final = {2: "b", 8: "o", 10: "d", 16: "x"}
_UNTIL_EXPONENT: Final = {"x": "pP", "X": "pP"}


@dataclass(slots=True)
class Flags:
    """The flags, width and precision of a directive.

    Attributes:
        plus_value: `+` of %+v: names of fields.
        sharp_value: `#` of %#v: Go syntax. Neither is then `plus` or `sharp`.
    """

    minus: bool = False
    plus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    plus_value: bool = False
    sharp_value: bool = False
    width: int | None = None
    precision: int | None = None

    @property
    def span(self) -> int:
        """The most characters that the width and precision of a number ask for."""
        return max(self.width or 0, self.precision or 0)


def pad(text: str, flags: Flags, *, zeros: bool) -> str:
    """Pad the text to the directive's width, which counts characters."""
    if not flags.width:
        return text
    missing = flags.width - (len(text) if text.isascii() else len(values.runes(text)))
    if missing <= 0:
        return text
    if flags.minus:
        return text + " " * missing
    return ("0" if zeros else " ") * missing + text


def _padded(text: str, flags: Flags) -> str:
    return pad(text, flags, zeros=flags.zero)


def fmt_integer(value: int, flags: Flags, base: int, *, sharp: bool, letters: str = "x") -> str:
    """Format an integer under %d %b %o %O %x %X.

    Args:
        value: the integer.
        flags: those of the directive.
        base: 2, 8, 10 or 16.
        sharp: whether the base's prefix is written.
        letters: "x", "X" for upper case, or "O" for the prefix of %O.
    """
    if flags.precision == 0 and value == 0:
        return " " * (flags.width or 0)
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    least = flags.precision or 0
    if flags.precision is None and flags.zero and not flags.minus:
        least = (flags.width or 0) - len(sign)
    digits = format(abs(value), _FORMS[base]).rjust(least, "0")
    if sharp and base == 2:
        digits = f"0b{digits}"
    elif sharp and base == 8 and not digits.startswith("0"):
        digits = f"0{digits}"
    elif sharp and base == 16:
        digits = f"0x{digits}"
    if letters == "X":
        digits = digits.upper()
    elif letters == "O":
        digits = f"0o{digits}"
    return pad(sign + digits, flags, zeros=False)


def fmt_c(value: int, flags: Flags) -> str:
    """Format a code point under %c."""
    return _padded(quote.rune(value), flags)


def fmt_qc(value: int, flags: Flags) -> str:
    """Format a code point under %q."""
    return _padded(quote.quote_rune(value, ascii_only=flags.plus), flags)


def fmt_unicode(value: int, flags: Flags) -> str:
    """Format a code point under %U."""
    unsigned = value & 0xFFFF_FFFF_FFFF_FFFF
    digits = f"{unsigned:X}".rjust(max(flags.precision or 0, 4), "0")
    char = quote.rune(unsigned)
    shown = flags.sharp and ord(char) == unsigned and char.isprintable()
    return pad(f"U+{digits} '{char}'" if shown else f"U+{digits}", flags, zeros=False)


def fmt_float(value: float, flags: Flags, verb: str, precision: int) -> str:
    """Format a float under %e %E %f %g %G %b %x %X; a default precision below zero is as many digits as needed."""
    if flags.precision is not None:
        precision = flags.precision
    text = ftoa.format_float(value, verb, precision)
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("+", text)
    if sign == "+" and flags.space and not flags.plus:
        sign = " "
    if digits[0] in "IN":
        if digits == "NaN" and not flags.space and not flags.plus:
            sign = ""
        return pad(sign + digits, flags, zeros=False)
    if flags.sharp and verb != "b":
        digits = _with_point(digits, verb, precision)
    if sign == "+" and not flags.plus:
        return _padded(digits, flags)
    if flags.zero and not flags.minus and flags.width:
        return sign + digits.rjust(flags.width - 1, "0")
    return pad(sign + digits, flags, zeros=flags.zero)


def _with_point(number: str, verb: str, precision: int) -> str:
    """Add a decimal point, and for %#g and %#x the zeros that they otherwise drop."""
    wanted = 0
    if verb in "gGx":
        wanted = 6 if precision < 0 else precision
    ends = [number.index(each) for each in _UNTIL_EXPONENT.get(verb, "eE") if each in number]
    end = min(ends, default=len(number))
    mantissa, tail = number[:end], number[end:]
    significant = mantissa.replace(".", "").lstrip("0")
    wanted -= len(significant)
    if "." not in mantissa:
        wanted -= mantissa == "0"
        mantissa += "."
    return mantissa + "0" * max(wanted, 0) + tail


def fmt_s(text: str, flags: Flags) -> str:
    """Format a string under %s."""
    return _padded(_cut(text, flags), flags)


def fmt_q(text: str, flags: Flags) -> str:
    """Format a string under %q."""
    text = _cut(text, flags)
    if flags.sharp and quote.can_backquote(text):
        return _padded(f"`{text}`", flags)
    return _padded(quote.quote(text, ascii_only=flags.plus), flags)


def fmt_sbx(text: str, flags: Flags, *, upper: bool) -> str:
    """Format the bytes of a string under %x and %X."""
    data = values.to_bytes(text)[: flags.precision]
    if not data:
        return _padded("", flags)
    digits = data.hex(" ") if flags.space else data.hex()
    if flags.sharp:
        digits = "0x" + (digits.replace(" ", " 0x") if flags.space else digits)
    return _padded(digits.upper() if upper else digits, flags)


def sbx_size(text: str, flags: Flags) -> int:
    """Return how many bytes `fmt_sbx` writes for it, without padding."""
    length = values.size(text)
    if flags.precision is not None:
        length = min(length, flags.precision)
    return length * (5 if flags.space else 2)


def _cut(text: str, flags: Flags) -> str:
    if flags.precision is None or len(text) <= flags.precision:
        return text
    return values.runes(text)[: flags.precision]
