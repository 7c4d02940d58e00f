"""Checks addresses of Vault and brings them into one spelling, never with a password."""

from typing import Final
from urllib import parse

from provider.base import invalid, messages, vault_path

FALLBACK: Final = "https://127.0.0.1:8200"
"""Where Vault's own client looks by default."""

_UNIX: Final = "unix://"
_NO_HOST: Final = frozenset("\\<>\"{}|^`%'!$&()*+;=")
_URL: Final = "https://vault.example.com:8200"
_EXAMPLE: Final = f"write for example {_URL}"


class BadAddress(invalid.Invalid):
    """An address that is not valid. Never shows a password."""


def read(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of addresses, each once, in order.

    A path is kept (Vault behind a prefix); query and fragment mean nothing to Vault's client and are dropped.

    >>> read("HTTPS://Vault:8200/, https://other:8200/vault/")
    ('https://vault:8200', 'https://other:8200/vault')

    Raises:
        BadAddress: one of them is not valid.
    """
    written = [part.strip() for part in text.split(",") if part.strip()]
    if not written:
        return (FALLBACK,)
    # Looked for before the text is taken apart: a password may hold any character, the separators too.
    if "@" in text and not all(part.startswith(f"{_UNIX}/") for part in written):
        raise BadAddress("holds a user name or password, which Vault does not want", f"write it as {_URL}")
    found = tuple(dict.fromkeys(_one(part) for part in written))
    if len(found) > 1 and any(address.startswith(_UNIX) for address in found):
        raise BadAddress("lists a unix socket beside other addresses", "write the socket alone, or none")
    return found


def _one(text: str) -> str:
    if vault_path.has_control(text) or " " in text:
        raise BadAddress("has a space or control character in it", _EXAMPLE)
    if text.lower().startswith(_UNIX):
        return _socket(text)
    try:
        parts = parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress(f"{_shown(text)} has no valid host and port", _EXAMPLE) from None
    if parts.scheme not in ("http", "https") or "://" not in text:
        raise BadAddress(f"{_shown(text)} starts with no http://, https:// or unix://", _EXAMPLE)
    if not host or port == 0 or parts.netloc.endswith(":") or _NO_HOST.intersection(host):
        raise BadAddress(f"{_shown(text)} has no valid host and port", _EXAMPLE)
    try:
        path = vault_path.clean_inside(parts.path)
    except vault_path.BadPath:
        raise BadAddress(f"{_shown(text)} has a path that climbs out", _EXAMPLE) from None
    return f"{parts.scheme}://{parts.netloc.lower()}{'/' if path else ''}{path}"


def _socket(text: str) -> str:
    path = text[len(_UNIX) :]
    if not path.startswith("/") or not path.strip("/"):
        raise BadAddress(f"{_shown(text)} names no socket", "write for example unix:///var/run/vault/agent.sock")
    return f"{_UNIX}{path}"


def _shown(text: str) -> str:
    """Without query and fragment, where people may have put a token."""
    return messages.quoted(text.partition("?")[0].partition("#")[0])
