"""Serves HTTP health checks. Ready means that every socket of ours answers Version, which the driver calls too.

Vault being down does not make the provider unready: a restart would not help, and a pod that is not ready would only
add to the outage.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from provider import errors

READY_SECONDS: Final = 2.5
"""Seconds for a check; less than a probe's usual timeout, so that the kubelet reads the reason."""

Check = Callable[[], Awaitable[str]]
"""Returns what is wrong, "" where nothing is."""


class Health:
    """Serves the checks on `address` ("host:port", ":port" for all interfaces)."""

    def __init__(self, address: str, ready: Check) -> None:
        self._address = address
        self._ready = ready
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            errors.SettingsError: the address is not valid, or in use.
        """
        host, _, port = self._address.rpartition(":")
        if not port.isdigit():
            raise errors.SettingsError(
                f"-health-addr {self._address} is not a valid address", hint="write :8080 or host:port"
            )
        app = web.Application()
        app.router.add_get("/livez", self._livez)
        for path in ("/readyz", "/health/ready"):
            app.router.add_get(path, self._readyz)
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

    async def _livez(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        try:
            problem = await asyncio.wait_for(self._ready(), READY_SECONDS)
        except TimeoutError:
            problem = "no answer"
        return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)

    async def stop(self) -> None:
        """Close the server."""
        if self._runner is not None:
            await self._runner.cleanup()
