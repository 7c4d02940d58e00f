"""Passes TCP connections on to a port of this machine, as kube-proxy does for a Service's address."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


class Forwarder:
    """One address that passes each connection on; `choose` names the port, or None to close it."""

    def __init__(self, host: str, port: int, choose: Callable[[], int | None]) -> None:
        """Describe it."""
        self._host, self._port, self._choose = host, port, choose
        self._serving = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        """Serve, in a thread of its own."""
        self._thread.start()
        self._serving.wait()

    def stop(self) -> None:
        """End it with all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._pass_on, self._host, self._port))
        self._serving.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            port = self._choose()
            if port is None:
                return
            there, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                ways = {asyncio.ensure_future(_copy(reader, back)), asyncio.ensure_future(_copy(there, writer))}
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
            finally:
                back.close()
        except (OSError, asyncio.CancelledError):
            # Cancelled by `stop`; Python 3.11's streams log a connection that ends so as a fault.
            pass
        finally:
            writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
