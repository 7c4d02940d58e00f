"""Reads file modes as manifests spell them into permission bits."""

import re
from dataclasses import dataclass
from typing import Final

from provider.base import invalid, messages
from provider.golang.yaml import scalars

DEFAULT: Final = 0o644
"""What the driver asks for, and what 0 means."""

_EXAMPLE: Final = "write for example 0644"

_BITS: Final = 0o777
_LARGEST: Final = (1 << 32) - 1
_OCTAL_DIGITS: Final = re.compile(r"[1-7][0-7]{2,3}", re.ASCII)


class BadMode(invalid.Invalid):
    """A file mode that is not valid."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Permission bits, None where 0 asks for the default of the mount; `doubt` and `fix` where they were not meant."""

    bits: int | None
    doubt: str = ""
    fix: str = ""


def read(text: str, tag: str) -> Mode:
    """Read a `filePermission`: 0644, 0o644 and 420 are all rw-r--r--, and quotes do not matter.

    Whatever number Go takes is taken, of which the driver keeps the lowest nine bits.

    Raises:
        BadMode: not a number, or one that is not a mode.
    """
    try:
        _, value = scalars.V3.resolve("" if tag == scalars.STR else tag, text)
    except scalars.Mismatch as error:
        raise BadMode(str(error)) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 < value < _LARGEST + 1:
        raise BadMode(f"{messages.quoted(text)} is no file mode", _EXAMPLE)
    whole = int(value)
    if whole == 0:
        return Mode(None)
    return Mode(whole & _BITS, *_doubt(text, value, whole))


def _doubt(text: str, value: float, whole: int) -> tuple[str, str]:
    kept = f"{whole & _BITS:04o}"
    if _OCTAL_DIGITS.fullmatch(text) and _sensible(int(text, 8)) and not _sensible(whole):
        return f"{text} is decimal and gives the mode {kept}", f"write 0{text} if that was meant"
    if whole > _BITS:
        return f"{messages.shown(text)} has more than nine bits, of which {kept} is kept", _EXAMPLE
    if value != whole:
        return f"{messages.shown(text)} is no whole number and gives the mode {kept}", _EXAMPLE
    return "", ""


def _sensible(mode: int) -> bool:
    """Whether a person would choose it: each of the three may read or nothing, and no more than the one before."""
    owner, group, others = mode >> 6, mode >> 3 & 7, mode & 7
    readable = all(part == 0 or part & 4 for part in (owner, group, others))
    return mode <= _BITS and readable and group & ~owner == 0 and others & ~group == 0
