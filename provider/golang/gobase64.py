"""Base64 as Go's encoding/base64 decodes it: padded, line breaks left out, nothing else forgiven but unused bits."""

import base64
import re
from typing import Final

from provider.golang import failures, values

_STANDARD: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_FOR_URLS: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def decode(text: str, *, for_urls: bool = False) -> str:
    """The bytes, as a string of Go.

    Raises:
        failures.Failed: it is no base64.
    """
    plain = text.replace("\r", "").replace("\n", "")
    alphabet = _FOR_URLS if for_urls else _STANDARD
    if len(plain) % 4 or not alphabet.fullmatch(plain):
        raise failures.Failed("the text is not base64")
    return values.to_text(base64.b64decode(plain, b"-_" if for_urls else b"+/"))


def encode(text: str, *, for_urls: bool = False) -> str:
    """A string's bytes in base64, padded."""
    return base64.b64encode(values.to_bytes(text), b"-_" if for_urls else b"+/").decode()
