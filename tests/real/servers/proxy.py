"""The one address that a Kubernetes Service gives: new connections go in turn to the servers that are ready."""

import threading
from collections.abc import Sequence
from typing import Final

from tests.real.servers import forwarder, processes, vault, vault_cluster

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
        self._forwarder = forwarder.Forwarder("127.0.0.1", self.port, self._next)
        self._watchers = [self._watcher(node) for node in nodes]

    def start(self) -> None:
        """Serve, in threads of its own."""
        for thread in self._watchers:
            thread.start()
        self._forwarder.start()

    def stop(self) -> None:
        """End it with all connections."""
        self._ended.set()
        self._forwarder.stop()
        for thread in self._watchers:
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

    def _next(self) -> int | None:
        """The port of the server whose turn it is; none is ready behind a Service without endpoints."""
        ready = [node.port for node in self._nodes if node.port in self._ready]
        self._turn += 1
        return ready[self._turn % len(ready)] if ready else None
