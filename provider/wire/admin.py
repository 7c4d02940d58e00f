"""Server and client of the admin socket: one line of JSON in, one line back, and the connection is closed.

It is for anyone who may open the file (mode 0600, so our own user: root), as `kubectl exec` into the provider's pod
may. `service.admin.api` defines the requests. The client imports nothing large: it runs alongside the daemon, in the
memory of its container.
"""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from provider import errors
from provider.wire import sockets

PATIENCE: Final = 5.0
"""Seconds for one connection, from its first byte to its last."""

REQUEST_LIMIT: Final = 4096
"""Bytes of a request."""

_RESPONSE_LIMIT: Final = 64 * 1024 * 1024

_log = logging.getLogger("provider.admin")

Handler = Callable[[object], Mapping[str, Any]]
"""Returns the response to a request; both are what JSON can hold."""


class Listener:
    """Serves `path`; a connection may take `patience` seconds."""

    def __init__(self, path: Path, handler: Handler, patience: float = PATIENCE) -> None:
        self._path = path
        self._handler = handler
        self._patience = patience
        self._server: asyncio.Server | None = None
        self._inode: tuple[int, int] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; the directory is created where it is missing.

        Raises:
            errors.SettingsError: the path cannot be used; says why.
        """
        path = self._path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sockets.check(path, "-admin-socket")
            bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                temporary = sockets.temporary(path)
                with sockets.private():
                    bound.bind(str(temporary))
                self._inode = sockets.inode(temporary)
                self._server = await asyncio.start_unix_server(self._serve, sock=bound, limit=REQUEST_LIMIT)
                temporary.rename(path)
            except BaseException:
                bound.close()
                raise
        except OSError as error:
            raise errors.SettingsError(
                f"cannot listen on {path}: {error.strerror or error}",
                hint="mount an emptyDir there (deploy/kustomize does), choose another -admin-socket, or none",
            ) from error
        _log.info("listening for operators", extra={"facts": {"socket": path}})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- asyncio runs this as a task
        self._clients.add(task)
        try:
            async with asyncio.timeout(self._patience):
                writer.write(json.dumps(await self._respond(reader)).encode() + b"\n")
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            # The client has left, neither sends nor reads, or we stop: a close would wait for it to read the rest.
            writer.transport.abort()
        finally:
            self._clients.discard(task)

    async def _respond(self, reader: asyncio.StreamReader) -> Mapping[str, Any]:
        try:
            line = await reader.readline()
        except ValueError:
            return {"error": f"the request is longer than {REQUEST_LIMIT} bytes"}
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"error": "the request is not a line of JSON"}
        try:
            return self._handler(request)
        except Exception:  # noqa: BLE001 -- whatever it is, the daemon goes on
            _log.exception("internal error")
            return {"error": "internal error: the provider's log has the details"}

    async def stop(self) -> None:
        """Close the server and its connections, and remove the socket unless another provider has replaced it."""
        if self._inode is not None and sockets.inode(self._path) == self._inode:
            self._path.unlink()
        if self._server is None:
            return
        self._server.close()
        for task in self._clients:
            task.cancel()
        if self._clients:
            await asyncio.wait(set(self._clients))
        await self._server.wait_closed()


def call(path: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    """Send a request to the daemon that listens on `path`. Blocks, for at most a few times `PATIENCE`.

    Raises:
        errors.SettingsError: no daemon is there, or it does not accept the request; says what to do.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PATIENCE)
            client.connect(str(path))
            # A daemon that responds before it has read everything says why.
            with contextlib.suppress(BrokenPipeError):
                client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as responses:
                line = responses.readline(_RESPONSE_LIMIT)
    except PermissionError as error:
        raise errors.SettingsError(
            f"no permission to open the provider's socket {path}",
            hint="run this as the user that the provider runs as: root",
        ) from error
    except TimeoutError as error:
        raise errors.SettingsError(
            f"the provider at {path} did not answer within {PATIENCE:.0f} s", hint="look at its log"
        ) from error
    except OSError as error:
        raise errors.SettingsError(
            f"no provider listens on {path} ({error.strerror or error})",
            hint="run this inside the provider's pod (kubectl -n vault-csi exec POD -- vault-csi-provider ...), whose"
            f" daemon needs -admin-socket={path}",
        ) from error
    try:
        response = json.loads(line)
    except ValueError:
        response = None
    if not isinstance(response, dict):
        raise errors.SettingsError(f"what listens on {path} is not a provider", hint="check -admin-socket")
    if "error" in response:
        raise errors.SettingsError(f"the provider at {path} answered: {response['error']}")
    return response
