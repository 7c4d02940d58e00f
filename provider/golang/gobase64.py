"""Encodes and decodes base64 as Go's encoding/base64: padded; line breaks and unused bits are ignored, nothing else."""

import base64
import re
from typing import Final

from provider.golang import failures, values

_STANDARD: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_FOR_URLS: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def decode(text: str, *, for_urls: bool = False) -> str:
    """Return the decoded bytes, as a string of Go.

    Raises:
        failures.Failed: it is not base64.
    """
    plain = text.replace("\r", "").replace("\n", "")
    alphabet = _FOR_URLS if for_urls else _STANDARD
    if len(plain) % 4 or not alphabet.fullmatch(plain):
        raise failures.Failed("the text is not base64")
    return values.to_text(base64.b64decode(plain, b"-_" if for_urls else b"+/"))


def encode(text: str, *, for_urls: bool = False) -> str:
    """Return a string's bytes in base64, padded."""
    return base64.b64encode(values.to_bytes(text), b"-_" if for_urls else b"+/").decode()
