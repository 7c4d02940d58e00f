"""An HTTP server that answers what a test tells it to: for faults that no Vault gives on request."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Scripted:
    """A running server: where it is, what came in, how many connections it took."""

    address: str = ""
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0


def reply(document: Any, status: int = 200, **headers: str) -> web.Response:
    """A JSON answer."""
    return web.Response(text=json.dumps(document), status=status, content_type="application/json", headers=headers)


def secret(**data: Any) -> web.Response:
    """A KV version 1 answer with `data`."""
    return reply({"request_id": "r", "lease_id": "", "lease_duration": 60, "renewable": False, "data": data})


def refusal(status: int, *words: str, **headers: str) -> web.Response:
    """A Vault error."""
    return reply({"errors": list(words)}, status, **headers)


@contextlib.asynccontextmanager
async def serving(
    handler: Handler, *, context: ssl.SSLContext | None = None, socket: str = ""
) -> AsyncIterator[Scripted]:
    """Serve `handler` on a free loopback port, or on a unix socket."""
    state = Scripted()

    async def record(request: web.Request) -> web.StreamResponse:
        state.requests.append(f"{request.method} {request.raw_path}")
        state.headers.append(dict(request.headers))
        state.bodies.append(await request.read())
        return await handler(request)

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", record)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    make = runner.server

    def protocol() -> asyncio.Protocol:
        state.connections += 1
        return make()

    loop = asyncio.get_running_loop()
    if socket:
        server: asyncio.Server = await loop.create_unix_server(protocol, socket)
        state.address = f"unix://{socket}"
    else:
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        state.address = f"{'https' if context else 'http'}://127.0.0.1:{port}"
    try:
        yield state
    finally:
        server.close()
        await runner.cleanup()
