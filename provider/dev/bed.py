"""Everything a mount needs, on this machine: dev Vault, dev API server, the provider as a process, the driver double.

The provider runs as its own process with the flags and variables a DaemonSet gives it, and is met only through its
socket.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from provider import errors
from provider.dev import driver
from provider.dev.kube import server as kube_server
from provider.dev.vault import server as vault_server

POLICY: Final = 'path "secret/data/api-service/*" {\n  capabilities = ["read"]\n}\n'
_START: Final = 20.0

INTERVAL: Final = 1.0
"""Seconds that static secrets are good for here: a demo and a bench have no half minute to wait."""


class Provider:
    """A `vault-csi-provider serve` process. `log` is the file its lines go to."""

    def __init__(self, sockets: Path, log: Path) -> None:
        self.sockets = sockets
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, environment: Mapping[str, str], *flags: str) -> None:
        """Start it and wait for its sockets.

        Raises:
            errors.InternalError: it did not start; its log is shown.
        """
        endpoints = [f"-endpoint={self.sockets / name}.sock" for name in ("vault", "openbao")]
        with self.log.open("ab") as sink:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "provider",
                *endpoints,
                "-health-addr=",
                f"-refresh-interval={INTERVAL:g}s",
                *flags,
                stderr=sink,
                env={**_inherited(), **environment},
            )
        async with asyncio.timeout(_START):
            while not all((self.sockets / f"{name}.sock").is_socket() for name in ("vault", "openbao")):
                if self._process.returncode is not None:
                    raise errors.InternalError(f"the provider did not start:\n{self.log.read_text()}")
                await asyncio.sleep(0.02)

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None  # noqa: S101 -- asked only after `start`
        return self._process.pid

    async def stop(self) -> int:
        """SIGTERM, and its exit code."""
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        code = await self._process.wait()
        self._process = None
        return code


def _inherited() -> dict[str, str]:
    """Our environment without what would lead the provider elsewhere."""
    led = ("VAULT_", "BAO_", "KUBE")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)}


class Bed:
    """The running parts, in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.kube = kube_server.DevKube()
        self.vault = vault_server.DevVault()
        sockets = directory / "run"
        sockets.mkdir()
        self.provider = Provider(sockets, directory / "provider.log")
        self.driver = driver.DevDriver(sockets)

    @property
    def environment(self) -> dict[str, str]:
        """What the provider's process is given."""
        return {
            "VAULT_ADDR": self.vault.address,
            "KUBECONFIG": str(self.directory / "kubeconfig"),
            "POD_NAMESPACE": "vault-csi",
        }

    async def enable_kubernetes_auth(self) -> None:
        """The auth method `kubernetes`, reviewing tokens at the dev API server."""
        await self.vault.write("sys/auth/kubernetes", {"type": "kubernetes"})
        await self.vault.write("auth/kubernetes/config", {"kubernetes_host": self.kube.address})

    async def allow(self, name: str, namespace: str, policy: str, *, audience: str = "vault", ttl: str = "1h") -> None:
        """A policy and a role called `name`, for the service account of that name."""
        await self.vault.write(f"sys/policies/acl/{name}", {"policy": policy})
        await self.vault.write(
            f"auth/kubernetes/role/{name}",
            {
                "bound_service_account_names": [name],
                "bound_service_account_namespaces": [namespace],
                "audience": audience,
                "token_policies": [name],
                "token_ttl": ttl,
            },
        )


@contextlib.asynccontextmanager
async def running(directory: Path, flags: Sequence[str] = ()) -> AsyncIterator[Bed]:
    """A bed with every part started; all ended on leaving."""
    bed = Bed(directory)
    async with contextlib.AsyncExitStack() as stack:
        await bed.kube.start()
        stack.push_async_callback(bed.kube.stop)
        await bed.vault.start()
        stack.push_async_callback(bed.vault.stop)
        (directory / "kubeconfig").write_text(bed.kube.kubeconfig(namespace="vault-csi"))
        bed.kube.create_namespace("vault-csi")
        await bed.enable_kubernetes_auth()
        stack.push_async_callback(bed.driver.close)
        stack.push_async_callback(bed.provider.stop)
        await bed.provider.start(bed.environment, *flags)
        yield bed
