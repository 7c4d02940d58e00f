"""Reads the constants of templates as Go does (numbers, characters, strings), and shortens source for errors.

Complex numbers are refused: no function could use one.
"""

import re
from typing import Final

from provider.golang import values
from provider.golang.strconv import quote


def number(source: str) -> int | float:
    """Return the value of a number; a float where Go makes it a float64 if no type is asked for.

    Raises:
        ValueError: it is not a valid number, or out of range. The message continues "line 1: ".
    """
    if source.endswith("i"):
        raise ValueError(f"complex constant {quoted(source)} is not supported")
    whole = _integer(source)
    if whole is None:
        return _float(source)
    # Without a sign it may be a uint64: one too large for an int is reported where it is used, as in Go.
    if not -(2**63) <= whole < (2**63 if source[0] in "+-" else 2**64):
        raise ValueError(f"integer overflow: {quoted(source)}")
    # Go looks for an exponent in the text, and finds one in -0x1e.
    return float(whole) if source[0] in "+-" and "e" in source.lower() else whole


_OCTAL: Final = re.compile(r"[+-]?0(?:_?[0-7])+")


def _integer(source: str) -> int | None:
    try:
        return int(source, 8 if _OCTAL.fullmatch(source) else 0)
    except ValueError:
        return None


_HEX_FLOAT: Final = re.compile(
    r"""[+-]?0[xX]
    (?: (?:_?[0-9a-fA-F])++ (?:\.(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*+)?)? | \.[0-9a-fA-F](?:_?[0-9a-fA-F])*+ )
    [pP][+-]?[0-9](?:_?[0-9])*+""",
    re.VERBOSE,
)


def _float(source: str) -> float:
    illegal = f"illegal number syntax: {quoted(source)}"
    try:
        if _HEX_FLOAT.fullmatch(source):
            return float.fromhex(source.replace("_", ""))
        value = float(source)
    except (ValueError, OverflowError):
        raise ValueError(illegal) from None
    if value in (float("inf"), float("-inf")) or not set(source) & set(".eE"):  # without these: 089, which is no octal
        raise ValueError(illegal)
    return value


_SIMPLE: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
}
_PART: Final = re.compile(
    r"""\\(?: (?P<simple>[abfnrtv\\"'])
            | x(?P<byte>[0-9a-fA-F]{2}) | (?P<octal>[0-3][0-7]{2})
            | u(?P<short>[0-9a-fA-F]{4}) | U(?P<long>[0-9a-fA-F]{8}) )
    | (?P<plain>[^\\]) | (?P<wrong>\\)""",
    re.VERBOSE | re.DOTALL,
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def rune(source: str) -> int:
    """Return the code point of a character constant, quotes included in `source`.

    Raises:
        ValueError: it is not a valid constant.
    """
    inside = source[1:-1]
    match = _PART.match(inside)
    if match is None:
        raise ValueError("empty character constant")
    part = _part(match, "'")
    if match.end() != len(inside):
        raise ValueError(f"malformed character constant: {shortened(source)}")
    return part[0] if isinstance(part, bytes) else ord(_SURROGATE.sub("\ufffd", part))


def string(source: str) -> str:
    """Return the value of a string constant, quotes included in `source`: raw in back quotes, else with escapes.

    Raises:
        ValueError: an escape is not valid.
    """
    inside = source[1:-1]
    if source[0] == "`":
        return inside.replace("\r", "")
    inside = _SURROGATE.sub("\ufffd", inside)
    if "\\" not in inside:
        return inside
    made = bytearray()
    at = 0
    while (escape := inside.find("\\", at)) >= 0:
        made += inside[at:escape].encode()
        match = _PART.match(inside, escape)
        assert match is not None  # noqa: S101 -- the last alternatives take any character
        part = _part(match, '"')
        made += part if isinstance(part, bytes) else part.encode()
        at = match.end()
    return values.to_text(bytes(made + inside[at:].encode()))


def _part(match: re.Match[str], quote: str) -> str | bytes:
    """Return the character or byte that an escape or a character stands for."""
    kind, text = match.lastgroup, match[match.lastgroup or 0]
    if kind == "plain":
        return text
    if kind == "simple" and (text == quote or text in _SIMPLE):
        return _SIMPLE.get(text, text)
    if kind == "byte":
        return bytes([int(text, 16)])
    if kind == "octal":
        return bytes([int(text, 8)])
    if kind in ("short", "long"):
        point = int(text, 16)
        if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF:
            return chr(point)
    begins = match.start()
    raise ValueError(f"invalid escape in a constant: {match.string[begins : max(match.end(), begins + 2)]}")


_UNENCODABLE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def encodable(text: str) -> str:
    """Return the text with U+FFFD for surrogates that stand for no byte, which cannot be written to a file."""
    return text if text.isascii() else _UNENCODABLE.sub("\ufffd", text)


_LONGEST: Final = 60


def shortened(text: str) -> str:
    """Shorten a text of the source for an error."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def quoted(text: str, most: int = _LONGEST) -> str:
    """Quote a text of the source as a Go literal, shortened for an error."""
    return quote.quote(encodable(text[:most])) + ("..." if len(text) > most else "")


def code_point(char: str) -> str:
    """Return a character for an error: its number in Unicode and, if it is printable, itself."""
    return f"U+{ord(char):04X}" + (f" '{char}'" if char.isprintable() else "")
