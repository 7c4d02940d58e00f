"""What a YAML scalar means to Go: to yaml.v3, which manifests are written for, and to yaml.v2, that of consul-template.

Both are between YAML 1.1 and 1.2, and PyYAML's own resolver differs from both: `0644` and `0o644` are octal, `1:30` is
a string, `2024-01-02` is a time. `yes` is a string to yaml.v3 and a boolean to yaml.v2: `V2` and `V3` hold what
differs.
Source: gopkg.in/yaml.v2 v2.4.0 and gopkg.in/yaml.v3 v3.0.1, tried by running.
"""

import datetime
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LONG_TAG: Final = "tag:yaml.org,2002:"

STR: Final = "!!str"
INT: Final = "!!int"
FLOAT: Final = "!!float"
BOOL: Final = "!!bool"
NULL: Final = "!!null"
TIMESTAMP: Final = "!!timestamp"
BINARY: Final = "!!binary"
MERGE: Final = "!!merge"

_RESOLVED: Final = frozenset({"", STR, BOOL, INT, FLOAT, NULL, TIMESTAMP})

_INTEGER: Final = re.compile(
    r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]([0-7]+)|0([0-7]+)|(0|[1-9][0-9]*))", re.ASCII
)
_BASES: Final = (16, 2, 8, 8, 10)
_SIGN_INSIDE: Final = re.compile(r"0b([-+][01]{1,64})", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_POINT_FIRST: Final = re.compile(r"\.[0-9]+([eE][-+]?[0-9]+)?", re.ASCII)
_POINT_FIRST_SEPARATED: Final = re.compile(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?", re.ASCII)
_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?P<mark>[Tt]| +)(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time in the only form that is needed of it: as Go's encoding/json writes it."""

    text: str


Value = str | int | float | bool | Time | None

Words = Mapping[str, tuple[str, bool | float | None]]
"""Texts that stand for something by themselves, each with its tag and value."""

_WORDS: Final[Words] = {
    **dict.fromkeys(("true", "True", "TRUE"), (BOOL, True)),
    **dict.fromkeys(("false", "False", "FALSE"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
}


class Mismatch(ValueError):
    """An explicit tag that its scalar cannot have. Does not contain the scalar's text."""


def short(tag: str) -> str:
    """`tag:yaml.org,2002:int` as `!!int`; any other tag as it is."""
    return f"!!{tag.removeprefix(_LONG_TAG)}" if tag.startswith(_LONG_TAG) else tag


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds the type and value of scalars, the way one version of Go's yaml does.

    Attributes:
        words: texts that stand for something by themselves.
        point_first: floats that start with their point.
        sign_inside: whether `0b-1` is an integer.
        most_digits: characters of a float; a longer one is text, since no float needs as many to be exact.
    """

    words: Words
    point_first: re.Pattern[str]
    sign_inside: bool = False
    most_digits: int = sys.maxsize

    def resolve(self, tag: str, text: str) -> tuple[str, Value]:
        """Tag and value of a scalar.

        Args:
            tag: its explicit tag in short form, "" for none.
            text: its text after unquoting.

        Raises:
            Mismatch: the tag asks for a type that the text does not have.
        """
        if tag not in _RESOLVED or tag == STR:
            return tag, text
        found, value = self._infer(text, may_be_time=tag in ("", TIMESTAMP))
        if tag in ("", found):
            return found, value
        if tag == FLOAT and found == INT and isinstance(value, int) and value < 1 << 63:
            return FLOAT, float(value)
        raise Mismatch(f"has the tag {tag}, but is {found}")

    def _infer(self, text: str, *, may_be_time: bool) -> tuple[str, Value]:
        if text in self.words:
            return self.words[text]
        if text[0] == ".":
            return self._number(text) if self.point_first.fullmatch(text) else (STR, text)
        if text[0] not in "+-0123456789":
            return STR, text
        if may_be_time and (time := _time(text)):
            return TIMESTAMP, time
        plain = text.replace("_", "")
        integer = self._integer(plain)
        if integer is not None:
            return INT, integer
        return self._number(text) if _FLOAT.fullmatch(plain) else (STR, text)

    def _integer(self, plain: str) -> int | None:
        """What 64 bits hold, signed or else unsigned without a sign; None for anything else."""
        if self.sign_inside and (inside := _SIGN_INSIDE.fullmatch(plain)):
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
        return value if value < 1 << 63 or (not sign and value < 1 << 64) else None

    def _number(self, text: str) -> tuple[str, Value]:
        plain = text.replace("_", "")
        value = float(plain) if len(plain) <= self.most_digits else math.inf
        return (STR, text) if math.isinf(value) else (FLOAT, value)


V2: Final = Resolver(
    words={
        **_WORDS,
        **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), (BOOL, True)),
        **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), (BOOL, False)),
    },
    point_first=_POINT_FIRST_SEPARATED,
    sign_inside=True,
    most_digits=1000,
)
"""yaml.v2, for the functions of templates."""

V3: Final = Resolver(words=_WORDS, point_first=_POINT_FIRST)
"""yaml.v3, for manifests."""


def _time(text: str) -> Time | None:
    match = _TIMESTAMP.fullmatch(text)
    if not match:
        return None
    mark, zone = match["mark"], match["zone"]
    # Without a zone the parts stand apart by spaces, with one by a T, and Go knows no third form.
    if mark and (mark in "Tt") != bool(zone):
        return None
    year, month, day, _, hour, minute, second, fraction, _ = match.groups()
    try:
        # Go's year 0 is a leap year, as 2000 is; Python has none.
        datetime.datetime(int(year) or 2000, int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return None
    ending = _zone(zone or "Z")
    if ending is None:
        return None
    clock = f"{int(hour or 0):02}:{int(minute or 0):02}:{int(second or 0):02}"
    part = (fraction or "")[:9].rstrip("0")
    return Time(f"{year}-{int(month):02}-{int(day):02}T{clock}{'.' if part else ''}{part}{ending}")


def _zone(zone: str) -> str | None:
    if zone == "Z":
        return zone
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 24 or minutes > 60:
        return None
    total = hours * 60 + minutes
    return f"{zone[0]}{total // 60:02}:{total % 60:02}" if total else "Z"
