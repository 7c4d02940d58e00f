"""base64 and base32 as Go's packages decode them, with the position at which they give up.

Line feeds and carriage returns are ignored, padding must be there, and the bits left over of the last character are
not looked at.
"""

import base64
import itertools
import re
from typing import Final

_BREAKS: Final = b"\r\n"
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]")
_NOT_BASE32: Final = re.compile(rb"[^A-Z2-7]")


class Corrupt(ValueError):
    """The text is not in this encoding.

    Attributes:
        position: the byte at which that shows, from zero, as Go counts it.
    """

    def __init__(self, position: int) -> None:
        super().__init__(f"illegal data at input byte {position}")
        self.position = position


def decode64(raw: bytes) -> bytes:
    """base64.StdEncoding.DecodeString.

    Raises:
        Corrupt: it is not base64.
    """
    plain = raw.translate(None, _BREAKS)
    end = _NOT_BASE64.search(plain)
    length = end.start() if end else len(plain)
    if end is None and length % 4 == 0:
        return base64.b64decode(plain)
    if end is None or plain[length] != 0x3D or length % 4 < 2:
        # What is missing at the end is counted from where the last group began, what is wrong is at its place.
        raise Corrupt(len(raw) - length % 4 if end is None else _place(raw, length))
    if length % 4 == 2:
        if length + 1 == len(plain):
            raise Corrupt(len(raw))
        if plain[length + 1] != 0x3D:
            raise Corrupt(_place(raw, length + 1) - 1)
    after = length + 4 - length % 4
    if after < len(plain):
        raise Corrupt(_place(raw, after))
    return base64.b64decode(plain)


def _place(raw: bytes, position: int) -> int:
    """Where a byte stands in the text, of which only its position without the line breaks is known."""
    return next(itertools.islice((place for place, byte in enumerate(raw) if byte not in _BREAKS), position, None))


def decode32(raw: bytes) -> bytes:
    """base32.StdEncoding.DecodeString, whose positions count without the line breaks.

    Raises:
        Corrupt: it is not base32.
    """
    plain = raw.translate(None, _BREAKS)
    end = _NOT_BASE32.search(plain)
    length = end.start() if end else len(plain)
    within = length % 8
    if end is None:
        if within:
            raise Corrupt(length - within)
        return base64.b32decode(plain)
    left = len(plain) - length - 1
    if plain[length] != 0x3D or within < 2 or left >= 8:
        raise Corrupt(length)
    if left + within < 7:
        raise Corrupt(len(plain))
    for offset in range(7 - within):
        if left > offset and plain[length + 1 + offset] != 0x3D:
            raise Corrupt(length + offset)
    if within in {3, 6}:
        raise Corrupt(length)
    return base64.b32decode(plain[: length + 8 - within])
