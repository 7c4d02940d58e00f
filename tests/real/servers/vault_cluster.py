"""A highly available Vault: three servers with integrated storage, one unseal key."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from tests.doubles import certificates
from tests.real.servers import programs, vault

ACTIVE, STANDBY = 200, 429


class VaultCluster:
    """Servers that elect a leader among themselves.

    Attributes:
        nodes: all servers, running or not.
    """

    def __init__(self, binary: Path, directory: Path, authority: certificates.Authority, size: int = 3) -> None:
        """Describe them."""
        self.nodes: list[vault.Vault] = []
        for number in range(size):
            # The first is initialized, so the others need to know it alone to find all.
            node = vault.Vault(
                binary, directory, authority=authority, name=f"vault-{number}", join=list(self.nodes[:1])
            )
            self.nodes.append(node)

    @property
    def addresses(self) -> str:
        """Their URLs with commas between, as VAULT_ADDR takes them."""
        return ",".join(node.address for node in self.nodes)

    def start(self) -> None:
        """Start, initialize, join and unseal, until there is one leader and the others stand by."""
        first, *others = self.nodes
        first.start()
        first.initialize()
        # A new server gets its vote once it has been seen to be well for so long; ten seconds by default.
        first.request("POST", "sys/storage/raft/autopilot/configuration", {"server_stabilization_time": "1s"})
        for node in others:
            node.root_token, node.unseal_key = first.root_token, first.unseal_key
            node.start()
            self.unseal(node)
        deadline = time.monotonic() + 60.0
        while self._voters() < len(self.nodes):
            if time.monotonic() > deadline:
                raise programs.NotAvailable(f"a server has no vote yet:\n{first.process.tail()}")
            time.sleep(0.2)

    def _voters(self) -> int:
        message = self.nodes[0].request("GET", "sys/storage/raft/configuration")["data"]["config"]["servers"]
        return sum(server["voter"] for server in message)

    def stop(self) -> None:
        """End all."""
        for node in self.nodes:
            node.stop()

    def unseal(self, node: vault.Vault, patience: float = 60.0) -> None:
        """Open a server; again and again, since one that has not joined yet takes no key."""
        deadline = time.monotonic() + patience
        while node.health() not in (ACTIVE, STANDBY):
            if time.monotonic() > deadline:
                raise programs.NotAvailable(f"{node.name} was not unsealed:\n{node.process.tail()}")
            with contextlib.suppress(vault.Refused, OSError):
                node.unseal()
            time.sleep(0.2)

    def settle(self, patience: float = 60.0) -> None:
        """Wait until each server answers what only the leader can.

        A standby that has just been unsealed is ready by its health, and yet answers 500 for some seconds, until it
        has found the leader to forward to.

        Raises:
            programs.NotAvailable: one does not, after `patience` seconds.
        """
        deadline = time.monotonic() + patience
        for node in self.nodes:
            while not self._serves(node):
                if time.monotonic() > deadline:
                    raise programs.NotAvailable(f"{node.name} does not find the leader:\n{node.process.tail()}")
                time.sleep(0.1)

    @staticmethod
    def _serves(node: vault.Vault) -> bool:
        with contextlib.suppress(vault.Refused, OSError):
            return bool(node.request("GET", "auth/token/lookup-self"))
        return False

    def restart(self, node: vault.Vault) -> None:
        """Start a server that was ended, and open it."""
        node.start()
        self.unseal(node)

    def leader(self) -> vault.Vault | None:
        """The active server, if there is one that answers."""
        return next((node for node in self.nodes if node.health() == ACTIVE), None)

    def active(self, patience: float = 60.0) -> vault.Vault:
        """The active server, once there is one.

        Raises:
            programs.NotAvailable: none in `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while (found := self.leader()) is None:
            if time.monotonic() > deadline:
                raise programs.NotAvailable("no Vault server became active")
            time.sleep(0.1)
        return found


@contextlib.contextmanager
def running(binary: Path, directory: Path, authority: certificates.Authority) -> Iterator[VaultCluster]:
    """Three servers, unsealed, with a key-value engine of version 2 at secret/."""
    cluster = VaultCluster(binary, directory, authority)
    try:
        cluster.start()
        cluster.active().request("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        yield cluster
    finally:
        cluster.stop()
