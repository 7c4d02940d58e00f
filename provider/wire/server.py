"""The sockets: bound, guarded, drained.

A socket is bound under a temporary name and renamed into place. The rename replaces a stale file of an earlier
process without a moment in which there is none, and when gRPC closes a server it removes the temporary name, never
the socket of its successor.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from provider import errors
from provider.spec import parameters
from provider.v1alpha1 import service_pb2 as pb
from provider.v1alpha1 import service_pb2_grpc
from provider.wire import servicer, sockets

SERVICE: Final = "v1alpha1.CSIDriverProvider"
GUARD: Final = 1.0
"""Seconds between two looks at whether a socket's file is still ours; the driver may clean the directory."""

RETIRED: Final = 120.0
"""Seconds that mounts may go on on a socket whose file is gone: longer than any mount."""

SETTLE: Final = 0.5
"""Seconds between the end of a socket's file and the refusal of calls."""

_log = logging.getLogger("provider.server")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to listen, and whose parameters and default audience are spoken there."""

    path: Path
    dialect: parameters.Dialect


class Listener:
    """One socket. `mounter` carries out what comes in."""

    def __init__(self, endpoint: Endpoint, mounter: servicer.Mounter) -> None:
        self.endpoint = endpoint
        self._mounter = mounter
        self._server: grpc.aio.Server | None = None
        self._health: Any = None
        self._inode: tuple[int, int] | None = None
        self._guard: asyncio.Task[None] | None = None
        self._retired: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Bind and serve, and keep the socket's file in place from then on.

        Raises:
            errors.SettingsError: the path cannot be used; says why.
        """
        await self._bind()
        self._guard = asyncio.ensure_future(self._watch())

    async def _bind(self) -> None:
        path = self.endpoint.path
        sockets.check(path, "-endpoint")
        server = grpc.aio.server(options=[("grpc.max_send_message_length", -1)])
        service_pb2_grpc.add_CSIDriverProviderServicer_to_server(
            servicer.Servicer(self._mounter, self.endpoint.dialect), server
        )
        checks = health.aio.HealthServicer()  # type: ignore[attr-defined]  # missing from the stubs
        for name in ("", SERVICE):
            await checks.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)
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
        self._server, self._health = server, checks
        self._inode = bound
        _log.info("listening", extra={"facts": {"socket": path, "dialect": self.endpoint.dialect.name}})

    def _in_place(self) -> bool:
        return self._inode is not None and sockets.inode(self.endpoint.path) == self._inode

    async def _watch(self) -> None:
        message = ""
        while True:
            await asyncio.sleep(GUARD)
            if self._in_place():
                message = ""
                continue
            try:
                await self._come_back()
            except Exception as error:  # noqa: BLE001 -- whatever it is, the guard must go on
                if message != str(error):
                    _log.error("the socket's file is gone and not bound again yet", extra={"facts": {"why": error}})
                message = str(error)

    async def _come_back(self) -> None:
        path = self.endpoint.path
        if path.exists() and await answers(path, patience=GUARD):
            # Another provider has taken over, as in an update that starts the new pod first. Should it go away while
            # we are still here, we come back.
            return
        old = self._server
        await self._bind()
        _log.warning("the socket's file was gone; bound again", extra={"facts": {"socket": path}})
        if old is not None:
            # Mounts in flight on the old, now nameless, socket finish there.
            task = asyncio.ensure_future(old.stop(RETIRED))
            self._retired.add(task)
            task.add_done_callback(self._retired.discard)

    async def stop(self, grace: float) -> None:
        """Refuse new calls, let those in flight finish for at most `grace` seconds, remove the socket."""
        if self._guard is not None:
            self._guard.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._guard
        if self._health is not None:
            await self._health.enter_graceful_shutdown()
        if self._in_place():
            self.endpoint.path.unlink()
        stopping = set(self._retired)
        if self._server is not None:
            # Calls that were sent before the socket went are taken up first: gRPC would cancel what it has not begun.
            await asyncio.sleep(SETTLE)
            stopping.add(asyncio.ensure_future(self._server.stop(grace)))
        if stopping:
            await asyncio.wait(stopping, timeout=grace + 1.0)
        for task in list(self._retired):
            task.cancel()


def dialect_of(path: Path) -> parameters.Dialect:
    """The dialect that a socket's name asks for: openbao.sock is OpenBao's, every other is Vault's."""
    return parameters.OPENBAO if path.stem in ("openbao", "bao") else parameters.VAULT


async def answers(path: Path, *, patience: float) -> bool:
    """Whether a provider on `path` answers Version, as the driver would ask."""
    async with grpc.aio.insecure_channel(
        f"unix:{path}", options=[("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0)]
    ) as channel:
        stub = service_pb2_grpc.CSIDriverProviderStub(channel)
        try:
            await stub.Version(pb.VersionRequest(version=servicer.API_VERSION), timeout=patience)
        except grpc.aio.AioRpcError:
            return False
        return True
