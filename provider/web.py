"""HTTP health. Ready means: every socket of ours answers Version, as the driver would ask it.

Vault being down does not make the provider unready: a restart would mend nothing, and a pod that is not ready would
only add to the outage.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from provider import errors

Check = Callable[[], Awaitable[str]]
"""Says what is wrong, "" where nothing is."""


class Health:
    """The server on `address` ("host:port", ":port" for all interfaces)."""

    def __init__(self, address: str, ready: Check) -> None:
        self._address = address
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            errors.SettingsError: the address is no address, or taken.
        """
        host, _, port = self._address.rpartition(":")
        if not port.isdigit():
            raise errors.SettingsError(f"-health-addr {self._address} is no address", hint="write :8080 or host:port")
        app = web.Application()
        app.router.add_get("/livez", self._alive)
        for path in ("/readyz", "/health/ready"):
            app.router.add_get(path, self._answer)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host.strip("[]") or None, int(port)).start()
        except (OSError, OverflowError) as error:
            await self.stop()
            raise errors.SettingsError(
                f"cannot listen on -health-addr {self._address}: {getattr(error, 'strerror', None) or error}",
                hint="choose a free port (under hostNetwork a port is the node's), or -health-addr= for none",
            ) from error

    async def _alive(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _answer(self, _: web.Request) -> web.Response:
        try:
            wrong = await asyncio.wait_for(self._ready(), 2.5)
        except TimeoutError:
            wrong = "no answer"
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    async def stop(self) -> None:
        """Close the server."""
        if self._runner is not None:
            await self._runner.cleanup()
