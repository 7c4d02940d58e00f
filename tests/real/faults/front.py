"""Something between the provider and Vault that misbehaves: a proxy, a load balancer, a firewall."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import aiohttp
from aiohttp import web

from tests.doubles import scripted
from tests.real.faults import stage as stages

Decide = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Its own answer to a request; None passes the request on to Vault."""

_OF_A_HOP: Final = ("host", "connection", "content-length", "transfer-encoding", "content-encoding")


@contextlib.asynccontextmanager
async def before(stage: stages.Stage, decide: Decide) -> AsyncIterator[str]:
    """The address of a front, with a certificate that the provider trusts."""
    trusting = ssl.create_default_context(cafile=str(stage.authority.file))
    async with aiohttp.ClientSession(stage.service.address, connector=aiohttp.TCPConnector(ssl=trusting)) as vault:

        async def pass_on(request: web.Request) -> web.StreamResponse:
            if own := await decide(request):
                return own
            headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_A_HOP}
            async with vault.request(
                request.method, request.raw_path, headers=headers, data=await request.read()
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_A_HOP}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())

        context = await asyncio.to_thread(stage.authority.server_context)
        async with scripted.serving(pass_on, context=context) as serving:
            yield serving.address


@contextlib.asynccontextmanager
async def black_hole() -> AsyncIterator[str]:
    """An address that takes connections, and never says a word."""
    open_ones: set[asyncio.StreamWriter] = set()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0, backlog=1000)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in open_ones:
            writer.close()
