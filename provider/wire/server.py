"""Serves the driver on unix sockets: binds them, keeps their files in place, drains them.

A socket is bound under a temporary name and renamed into place. The rename replaces a stale file of an earlier
process without a moment in which there is none, and when gRPC closes a server it removes the temporary name, never
the socket of its successor.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from provider import errors, settings
from provider.base import clock, once, tasks
from provider.spec import parameters
from provider.v1alpha1 import service_pb2 as pb
from provider.v1alpha1 import service_pb2_grpc
from provider.wire import servicer, sockets

SERVICE: Final = "v1alpha1.CSIDriverProvider"
CHECK_EVERY: Final = 1.0
"""Seconds between two checks whether a socket's file is still ours; the driver may clean the directory."""

REPLACED_GRACE: Final = 120.0
"""Seconds in which mounts may finish on a socket whose file is gone: longer than any mount."""

_log = logging.getLogger("provider.server")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to listen, and which parameter names and default audience apply there."""

    path: Path
    dialect: parameters.Dialect


class Listener:
    """Serves one socket; `mounter` carries out the mounts."""

    def __init__(self, endpoint: Endpoint, mounter: servicer.Mounter, time: clock.Clock) -> None:
        self.endpoint = endpoint
        self._mounter = mounter
        self._server: grpc.aio.Server | None = None
        self._health: Any = None
        self._inode: tuple[int, int] | None = None
        self._time = time
        self._outage = once.Once()
        self._checks = tasks.Tasks(_log, time)
        self._drains = tasks.Tasks(_log, time)

    async def start(self) -> None:
        """Bind and serve, and keep the socket's file in place from then on.

        Raises:
            errors.SettingsError: the path cannot be used; says why.
        """
        await self._bind()
        self._checks.every("keep the socket's file in place", CHECK_EVERY, self._keep_in_place, wait_first=True)

    async def _bind(self) -> None:
        path = self.endpoint.path
        sockets.check(path, "-endpoint")
        server = grpc.aio.server(options=[("grpc.max_send_message_length", -1)])
        service_pb2_grpc.add_CSIDriverProviderServicer_to_server(
            servicer.Servicer(self._mounter, self.endpoint.dialect), server
        )
        health_servicer = health.aio.HealthServicer()  # type: ignore[attr-defined]  # missing from the stubs
        for name in ("", SERVICE):
            await health_servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
        temporary = sockets.temporary(path)
        try:
            with sockets.private():
                server.add_insecure_port(f"unix:{temporary}")
        except RuntimeError as error:
            raise errors.SettingsError(
                f"cannot listen on {path}", hint="check -endpoint: the directory must exist and be writable"
            ) from error
        await server.start()
        bound = sockets.inode(temporary)
        try:
            temporary.rename(path)
        except OSError:
            await server.stop(None)
            raise
        self._server, self._health = server, health_servicer
        self._inode = bound
        _log.info("listening", extra={"facts": {"socket": path, "dialect": self.endpoint.dialect.name}})

    def _is_in_place(self) -> bool:
        return self._inode is not None and sockets.inode(self.endpoint.path) == self._inode

    async def _keep_in_place(self) -> None:
        if self._is_in_place():
            self._outage.recovered()
            return
        try:
            await self._bind_again()
        except (errors.SettingsError, OSError) as error:
            if self._outage.report(str(error)):
                _log.error("the socket's file is missing and cannot be bound again", extra={"facts": {"why": error}})

    async def _bind_again(self) -> None:
        path = self.endpoint.path
        if path.exists() and await is_serving(path, patience=CHECK_EVERY):
            # Another provider has taken over, as in an update that starts the new pod first. Should it end while we
            # are still here, we take the socket back.
            return
        replaced = self._server
        await self._bind()
        self._outage.recovered()
        _log.warning("the socket's file was missing; bound again", extra={"facts": {"socket": path}})
        if replaced is not None:
            # Mounts in flight on the former, now nameless, socket finish there.
            self._drains.start("drain a replaced socket", replaced.stop(REPLACED_GRACE))

    async def stop(self, shutdown: settings.Shutdown = settings.SHUTDOWN) -> None:
        """Remove the socket, refuse new calls a moment later, let those in flight finish, cancel those that do not."""
        await self._checks.close()
        if self._health is not None:
            await self._health.enter_graceful_shutdown()
        if self._is_in_place():
            self.endpoint.path.unlink()
        if self._server is not None:
            # Calls that were sent before the file was removed are begun first: gRPC would cancel them.
            await self._time.sleep(shutdown.settle)
            self._drains.start("drain the socket", self._server.stop(shutdown.drain))
        await self._drains.close(patience=shutdown.drain + shutdown.cancel)


def dialect_of(path: Path) -> parameters.Dialect:
    """Return the dialect of a socket by its name: OpenBao's for openbao.sock and bao.sock, else Vault's."""
    return parameters.OPENBAO if path.stem in ("openbao", "bao") else parameters.VAULT


async def is_serving(path: Path, *, patience: float) -> bool:
    """Whether a provider on `path` answers Version, which the driver calls too, within `patience` seconds."""
    async with grpc.aio.insecure_channel(
        f"unix:{path}", options=[("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0)]
    ) as channel:
        stub = service_pb2_grpc.CSIDriverProviderStub(channel)
        try:
            await stub.Version(pb.VersionRequest(version=servicer.API_VERSION), timeout=patience)
        except grpc.aio.AioRpcError:
            return False
        return True
