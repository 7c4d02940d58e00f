"""What a YAML scalar means to Go's yaml.v2, that of consul-template: nearly YAML 1.1.

`yes`, `on` and `y` are booleans, `017` and `0o17` are 15, `1_000` is a number, `1:30` is a string; dates are told from
strings when writing, and are strings when read. yaml.v3, which manifests are read with, differs in most of these.
Source: gopkg.in/yaml.v2 v2.4.0, tried by running.
"""

import calendar
import math
import re
from typing import Final

from provider.golang import failures, values

_LONG: Final = "tag:yaml.org,2002:"

STR: Final = f"{_LONG}str"
INT: Final = f"{_LONG}int"
FLOAT: Final = f"{_LONG}float"
BOOL: Final = f"{_LONG}bool"
NULL: Final = f"{_LONG}null"
TIMESTAMP: Final = f"{_LONG}timestamp"
BINARY: Final = f"{_LONG}binary"
MERGE: Final = f"{_LONG}merge"

_RESOLVED: Final = frozenset({"", STR, INT, FLOAT, BOOL, NULL, TIMESTAMP})

_WORDS: Final[dict[str, tuple[str, bool | float | None]]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), (BOOL, True)),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
}

_INTEGER: Final = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))", re.ASCII
)
_BASES: Final = (16, 2, 8, 8, 10)
_SIGN_INSIDE: Final = re.compile(r"0b([-+][01]{1,64})")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DOT_FLOAT: Final = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?")
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?P<mark>[Tt]| +)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_MOST_DIGITS: Final = 1000
"""Of a float: no float needs more to be exact, and conversion takes time that grows with their square."""


def can_be_plain(text: str) -> bool:
    """Whether text without quotes is read back as a string, by other readers too."""
    if text and text[0] not in "yYnNtTfFoO~.+-0123456789":
        return True
    return _infer(text, may_be_time=True)[0] == STR and not _BASE_60.fullmatch(text)


def resolve(tag: str, text: str) -> tuple[str, values.Value]:
    """Tag and value of a scalar that stands without quotes or has a tag.

    Args:
        tag: its explicit tag in long form, "" for none.
        text: its text after unquoting.

    Raises:
        failures.Failed: the tag asks for a type that the text has not.
    """
    if tag not in _RESOLVED or tag == STR:
        return tag, text
    found, value = _infer(text, may_be_time=tag in ("", TIMESTAMP))
    if tag in ("", found):
        return found, value
    if tag == FLOAT and found == INT and not isinstance(value, values.Uint64):
        return FLOAT, float(value)
    raise failures.Failed(f"a YAML value has the tag {_short(tag)}, but is {_short(found)}")


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(_LONG)}"


def _infer(text: str, *, may_be_time: bool) -> tuple[str, values.Value]:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _number(text.replace("_", ""), text) if _DOT_FLOAT.fullmatch(text) else (STR, text)
    if text[0] not in "+-0123456789":
        return STR, text
    if may_be_time and _is_time(text):
        return TIMESTAMP, text
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return INT, integer
    return _number(plain, text) if _FLOAT.fullmatch(plain) else (STR, text)


def _integer(plain: str) -> int | None:
    """What 64 bits hold, signed or else unsigned without a sign; None for anything else."""
    inside = _SIGN_INSIDE.fullmatch(plain)
    if inside:
        value = int(inside[1], 2)
        return value if -(1 << 63) <= value < 1 << 63 else None
    match = _INTEGER.fullmatch(plain)
    # Python refuses to convert thousands of digits, and 66 is what 64 bits take in the longest base.
    if not match or len(plain.lstrip("+-0")) > 66:
        return None
    sign, *digits = match.groups()
    base, text = next((base, text) for base, text in zip(_BASES, digits, strict=True) if text is not None)
    value = int(text, base)
    if sign == "-":
        return -value if value <= 1 << 63 else None
    if value < 1 << 63:
        return value
    return values.Uint64(value) if not sign and value < 1 << 64 else None


def _number(plain: str, text: str) -> tuple[str, values.Value]:
    if len(plain) > _MOST_DIGITS:
        return STR, text
    value = float(plain)
    return (STR, text) if math.isinf(value) else (FLOAT, value)


def _is_time(text: str) -> bool:
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return False
    mark, zone = match["mark"], match["zone"]
    # Without a zone the parts stand apart by spaces, with one by a T, and Go knows no third form.
    if mark and (mark in "Tt") != bool(zone):
        return False
    year, month, day, _, hour, minute, second, _ = match.groups()
    return (
        1 <= int(month) <= 12
        and 1 <= int(day) <= _days(int(year), int(month))
        and int(hour or 0) < 24
        and int(minute or 0) < 60
        and int(second or 0) < 60
        and (zone in (None, "Z") or (int(zone[1:3]) <= 24 and int(zone[4:6]) <= 60))
    )


def _days(year: int, month: int) -> int:
    # Go's year 0 is a leap year, as 2000 is; Python has none.
    return calendar.monthrange(year or 2000, month)[1]
