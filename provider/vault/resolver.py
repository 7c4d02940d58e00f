"""Resolves host names in threads of its own.

The system's resolver blocks, for as long as a name server hangs. In asyncio's default executor that would hold up
every other piece of work there, and the end of the process. Concurrent lookups of one name are one.
"""

import socket
from typing import Final

from aiohttp import abc

from provider.base import cache, threads

THREADS: Final = 32

_Key = tuple[str, int, socket.AddressFamily]
_Found = list[abc.ResolveResult]


class Resolver(abc.AbstractResolver):
    """Shared by all targets; `shut` ends it, and its connectors' `close` does not."""

    def __init__(self) -> None:
        self._threads = threads.Threads(THREADS, "resolver")
        self._lookups: cache.SingleFlight[_Key, _Found] = cache.SingleFlight()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        """Look up the addresses of `host`.

        Raises:
            OSError: it has none.
        """
        return await self._lookups.run(
            (host, port, family), lambda: self._threads.run(lambda: _look_up(host, port, family))
        )

    async def close(self) -> None:
        """Do nothing: other targets still use it."""

    def shut(self) -> None:
        """End the threads."""
        self._threads.close()


def _look_up(host: str, port: int, family: socket.AddressFamily) -> _Found:
    found: _Found = []
    for kind, _, proto, _, address in socket.getaddrinfo(
        host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    ):
        # The numeric form keeps the scope of a link-local IPv6 address.
        numeric, _ = socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        found.append(abc.ResolveResult(hostname=host, host=numeric, port=port, family=kind, proto=proto, flags=flags))
    return found
