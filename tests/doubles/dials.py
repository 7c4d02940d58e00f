"""Counts connections that are tried: one that is refused is seen by nobody else."""

import contextlib
import socket
import sys
from collections.abc import Iterator

_counting: list[list[tuple[str, int]]] = []


def _see(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    dialled, address = arguments
    if isinstance(dialled, socket.socket) and dialled.family == socket.AF_INET and isinstance(address, tuple):
        for tried in _counting:
            tried.append((str(address[0]), int(address[1])))


sys.addaudithook(_see)


@contextlib.contextmanager
def counted() -> Iterator[list[tuple[str, int]]]:
    """Host and port of each IPv4 connection that this process tries, in order, for as long as this is entered."""
    tried: list[tuple[str, int]] = []
    _counting.append(tried)
    try:
        yield tried
    finally:
        _counting.remove(tried)
