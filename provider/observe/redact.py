"""The last line before any text leaves the process: what looks like a token is taken out.

Nothing should rely on it: secrets are `Secret` and messages are built from names. It guards against what others put
into their texts, such as Vault echoing an argument in an error, or a library quoting a header.
"""

import json
import re
from collections.abc import Iterable
from typing import Final

from provider.base import secret

# A JWT (three base64url parts, the first of which starts a JSON object), a Vault or OpenBao token in its current and
# its old form, a PEM private key, and credentials inside a URL.
_PATTERNS: Final = (
    re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{8,}"),
    re.compile(r"\b[sbr]\.[A-Za-z0-9]{20,}(?:\.[A-Za-z0-9]+)?"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
    re.compile(r"(?<=://)[^/@\s]+(?=@)"),
)

_LONGEST: Final = 16 * 1024
"""Characters that are looked at; the rest is cut off unseen, so that no hostile text costs time."""

_WORTH_HIDING: Final = 4
"""Characters from which on a known secret is looked for; a shorter one would blot out ordinary words."""


def scrub(text: str, known: Iterable[secret.Secret] = ()) -> str:
    """`text` without anything that looks like a token, and without the `known` secrets.

    >>> scrub("login with hvs.CAESIJ1234567890 failed")
    'login with <secret> failed'
    """
    text = text[:_LONGEST]
    for value in known:
        plain = value.reveal_text()
        if len(plain) >= _WORTH_HIDING:
            # Also as it stands inside quotes, where a Go program prints it by %q.
            for form in (plain, json.dumps(plain, ensure_ascii=False)[1:-1], json.dumps(plain)[1:-1]):
                text = text.replace(form, secret.PLACEHOLDER)
    for pattern in _PATTERNS:
        text = pattern.sub(secret.PLACEHOLDER, text)
    return text


def one_line(text: str, limit: int) -> str:
    """`text` on one line, without control characters, cut at `limit` characters."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1]}…"
