"""Reads a response without an end, such as a watch: one JSON object per line, in a thread of the stream's own.

The thread blocks in the library's socket, and takes none of those that requests wait for. Closing the stream shuts
the socket, which wakes the thread. Connecting, and what failures mean, is the client's.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any, Final

from provider import errors
from provider.base import clock

LINE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one line. The metadata of an object has at most about 1.5 MiB."""


class _Closed(Exception):
    """The stream was closed by our side."""


class Stream:
    """The objects of one such response: `async for` yields them until the server ends it.

    Made in a running event loop. Must be opened once, and closed.

    Args:
        seconds: how long the stream may go on.
    """

    def __init__(self, seconds: float) -> None:
        self._deadline = clock.Deadline(seconds)
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._items: asyncio.Queue[dict[str, Any] | Exception | None] = asyncio.Queue()
        self._lock = threading.Lock()
        self._response: Any = None
        self._closed = False

    async def open(self, exchange: Callable[[], object]) -> None:
        """Start the thread with `exchange`, which must call `follow`, and wait until the server has accepted.

        Raises:
            errors.KubeError: it refused, or did not answer.
        """
        threading.Thread(target=self._work, args=(exchange,), name="kubernetes-stream", daemon=True).start()
        await self._opened

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> dict[str, Any]:
        """The next object.

        Raises:
            errors.KubeError: the stream broke, lasted too long, or was closed by the client.
        """
        item = await self._items.get()
        if item is None:
            raise StopAsyncIteration
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        """End the stream. Its reader gets an error; the thread ends at once, or as soon as it has connected."""
        with self._lock:
            self._closed = True
            response, self._response = self._response, None
        self._items.put_nowait(errors.KubeError("the stream of the Kubernetes API was closed"))
        self._opened.cancel()
        if response is not None:
            with contextlib.suppress(OSError, ValueError, RuntimeError):  # it has just ended by itself
                response.shutdown()

    # In the thread.

    def follow(self, response: Any) -> None:  # noqa: ANN401 -- the library's response
        """Pass on each line of the response until its end. Raises what the library raises."""
        with self._lock:
            if self._closed:
                raise _Closed
            self._response = response
        try:
            # The connection was made with the timeout of a response's head; from here on it is mostly silent.
            response.connection.sock.settimeout(max(0.1, self._deadline.remaining()))
            self._call_in_loop(self._accept)
            rest = bytearray()
            while part := response.read1(65536):
                rest += part
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    self._call_in_loop(self._items.put_nowait, _parse(line))
                if len(rest) > LINE_LIMIT or self._deadline.is_over():
                    raise errors.KubeError("the Kubernetes API did not end a stream, or a line of it", retryable=True)
            if self._closed:
                raise _Closed
        finally:
            with self._lock:
                self._response = None

    def _work(self, exchange: Callable[[], object]) -> None:
        try:
            exchange()
        except Exception as error:  # noqa: BLE001 -- carried to the loop, whatever it is
            self._call_in_loop(self._end, error)
        else:
            self._call_in_loop(self._end, None)

    def _call_in_loop(self, call: Callable[..., None], *values: object) -> None:
        if not self._closed:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody reads any more
                self._loop.call_soon_threadsafe(call, *values)

    # In the loop.

    def _accept(self) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    def _end(self, error: Exception | None) -> None:
        if self._opened.done():
            self._items.put_nowait(error)
        else:
            self._opened.set_exception(error or errors.KubeError("the Kubernetes API ended a stream at once"))


def _parse(line: bytes | bytearray) -> dict[str, Any]:
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise errors.KubeError("the Kubernetes API sent a line that is not a JSON object")
    return parsed
