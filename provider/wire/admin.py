"""The socket of operators: one line of JSON in, one line back, and the connection is closed. Both ends of it.

It is for whoever may open the file (mode 0600, so our own user: root), which `kubectl exec` into the provider's pod
is. What can be asked is `service.admin.api`'s. The client imports nothing large: it runs beside the daemon, in the
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

MOST: Final = 4096
"""Bytes of a question."""

_ANSWER_MOST: Final = 64 * 1024 * 1024

_log = logging.getLogger("provider.admin")

Answering = Callable[[object], Mapping[str, Any]]
"""Gives the answer to a question; both are what JSON can hold."""


class Listener:
    """The server on `path`; a connection has `patience` seconds."""

    def __init__(self, path: Path, answering: Answering, patience: float = PATIENCE) -> None:
        self._path = path
        self._answering = answering
        self._patience = patience
        self._server: asyncio.Server | None = None
        self._inode: tuple[int, int] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; the directory is made where there is none.

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
                self._server = await asyncio.start_unix_server(self._come, sock=bound, limit=MOST)
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

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = asyncio.current_task()
        assert mine is not None  # noqa: S101 -- asyncio runs this as a task
        self._clients.add(mine)
        try:
            async with asyncio.timeout(self._patience):
                writer.write(json.dumps(await self._answer(reader)).encode() + b"\n")
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            # Gone, silent, deaf, or we are: closing would wait for it to read what is left.
            writer.transport.abort()
        finally:
            self._clients.discard(mine)

    async def _answer(self, reader: asyncio.StreamReader) -> Mapping[str, Any]:
        try:
            line = await reader.readline()
        except ValueError:
            return {"error": f"the question is longer than {MOST} bytes"}
        try:
            question = json.loads(line)
        except (ValueError, RecursionError):
            return {"error": "the question is no line of JSON"}
        try:
            return self._answering(question)
        except Exception:  # noqa: BLE001 -- whatever it is, the daemon goes on
            _log.exception("internal error")
            return {"error": "internal error: the provider's log has the details"}

    async def stop(self) -> None:
        """Close the server and what is open, and remove the socket unless another provider has replaced it."""
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


def ask(path: Path, question: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the daemon that listens on `path`. Blocks, for at most a few times `PATIENCE`.

    Raises:
        errors.SettingsError: no daemon is there, or it does not take the question; says what to do.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(PATIENCE)
            client.connect(str(path))
            # A daemon that has answered before it has read everything says why.
            with contextlib.suppress(BrokenPipeError):
                client.sendall(json.dumps(question).encode() + b"\n")
            with client.makefile("rb") as answers:
                line = answers.readline(_ANSWER_MOST)
    except PermissionError as error:
        raise errors.SettingsError(
            f"not allowed to ask the provider at {path}", hint="run this as the user that the provider runs as: root"
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
        answer = json.loads(line)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise errors.SettingsError(f"what listens on {path} is no provider", hint="check -admin-socket")
    if "error" in answer:
        raise errors.SettingsError(f"the provider at {path} answered: {answer['error']}")
    return answer
