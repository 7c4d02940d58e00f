"""The first bytes of a connection: counted, and the methods that aiohttp's parser does not know let through.

Vault's clients send LIST, and whatever a manifest says (`get`, `READ`). The parser accepts the methods of its own
table only, so any other one travels as POST with a header that names it.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Final

METHOD_HEADER: Final = "X-Dev-Vault-Method"

_KNOWN: Final = frozenset({b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS"})
_REQUEST_LINE: Final = re.compile(rb"([A-Za-z]+) (/[^\s]*) HTTP/1\.1\r\n")


class Front(asyncio.Protocol):
    """Stands before aiohttp's own protocol and hands everything on."""

    def __init__(self, behind: asyncio.Protocol, counted: Callable[[], None]) -> None:
        self._behind = behind
        self._counted = counted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more connection."""
        self._counted()
        self._behind.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Clients send a request's first line in one piece, at the start of what arrives."""
        match = _REQUEST_LINE.match(data)
        if match is not None and match.group(1) not in _KNOWN:
            line = b"POST %s HTTP/1.1\r\n%s: %s\r\n" % (match.group(2), METHOD_HEADER.encode(), match.group(1))
            data = line + data[match.end() :]
        self._behind.data_received(data)

    def eof_received(self) -> bool | None:
        """See `asyncio.Protocol`."""
        return self._behind.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._behind.connection_lost(exc)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._behind.pause_writing()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._behind.resume_writing()
