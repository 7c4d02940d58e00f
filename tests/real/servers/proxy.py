"""The one address that a Kubernetes Service gives: new connections go in turn to the servers that are ready."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Final

from tests.real.servers import processes, vault, vault_cluster

PROBE: Final = 1.0
"""Seconds between two looks at a server's health; a kubelet's readiness probe takes 5 to 15 to act."""


class Proxy:
    """Passes TCP on. Connections that stand keep their server, as they do behind a Service, until it ends them.

    Attributes:
        address: its URL; the certificate is the servers' own.
    """

    def __init__(self, nodes: Sequence[vault.Vault]) -> None:
        """Describe it."""
        self.port = processes.free_port()
        self.address = f"https://127.0.0.1:{self.port}"
        self._nodes = list(nodes)
        self._ready: set[int] = {node.port for node in nodes}
        self._turn = 0
        self._ended = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._threads = [threading.Thread(target=self._serve, daemon=True), *(self._watcher(node) for node in nodes)]

    def start(self) -> None:
        """Serve, in threads of its own."""
        for thread in self._threads:
            thread.start()
        while not processes.listening(self.port):
            time.sleep(0.02)

    def stop(self) -> None:
        """End it with all connections."""
        self._ended.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join()

    def _watcher(self, node: vault.Vault) -> threading.Thread:
        def watch() -> None:
            # One thread a server: one that is paused holds up no other's probe.
            while not self._ended.wait(PROBE):
                if node.health() in (vault_cluster.ACTIVE, vault_cluster.STANDBY):
                    self._ready.add(node.port)
                else:
                    self._ready.discard(node.port)

        return threading.Thread(target=watch, daemon=True)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        serving = self._loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", self.port))
        self._loop.run_forever()
        serving.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [node.port for node in self._nodes if node.port in self._ready]
        self._turn += 1
        try:
            # No server is ready: the connection is refused, as a Service without endpoints does.
            if not ready:
                return
            there, back = await asyncio.open_connection("127.0.0.1", ready[self._turn % len(ready)])
            try:
                ways = {asyncio.ensure_future(_copy(reader, back)), asyncio.ensure_future(_copy(there, writer))}
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
            finally:
                back.close()
        except OSError:
            pass
        finally:
            writer.close()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
