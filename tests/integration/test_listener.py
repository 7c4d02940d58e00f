"""The driver's socket within a process: kept in place, whatever happens to its file."""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from provider import settings
from provider.base import clock
from provider.service import ports
from provider.service.volumes import volume_files
from provider.wire import server


class Quick(clock.SystemClock):
    """Waits a hundred times less."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 100)


class NoMounts:
    """A `Mounter` that nobody calls."""

    async def mount(self, call: ports.Call) -> volume_files.VolumeFiles:
        raise NotImplementedError


@contextlib.asynccontextmanager
async def listening(path: Path) -> AsyncIterator[None]:
    listener = server.Listener(server.Endpoint(path, server.dialect_of(path)), NoMounts(), Quick())
    await listener.start()
    try:
        yield
    finally:
        await listener.stop(settings.Shutdown(drain=0.0))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.005)


async def test_a_directory_that_is_missing_is_logged_once_and_the_socket_comes_back_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line although it is tried every second; then a line about the new socket, which answers."""
    caplog.set_level(logging.WARNING, "provider.server")
    path = tmp_path / "providers" / "vault.sock"
    path.parent.mkdir()
    async with listening(path):
        for expected in (2, 4):
            shutil.rmtree(path.parent)
            await until(lambda: len(caplog.records) == expected - 1)  # noqa: B023 -- awaited within the round
            await asyncio.sleep(0.1)
            path.parent.mkdir()
            await until(lambda: len(caplog.records) == expected)  # noqa: B023
            assert await server.is_serving(path, patience=5.0)
            await until(path.is_socket)
    assert [record.getMessage() for record in caplog.records] == [
        "the socket's file is missing and cannot be bound again",
        "the socket's file was missing; bound again",
    ] * 2
    assert not path.exists()


async def test_a_socket_that_stops_is_not_bound_again(tmp_path: Path) -> None:
    """Its file is removed for good."""
    path = tmp_path / "vault.sock"
    async with listening(path):
        assert path.is_socket()
    await asyncio.sleep(0.05)
    assert not path.exists()
