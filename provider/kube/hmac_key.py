"""The key that object versions are made with, kept in a Secret so that all nodes make the same versions.

A mount must never wait for the API server on its account. Once a key is held it stays held, and is looked at again
beside the mounts' own work; what goes wrong in a look is told once and backed off.
"""

import asyncio
import base64
import logging
import secrets
import urllib.parse
from typing import Any, Final

from provider import errors
from provider.base import clock, secret
from provider.kube import api_client

FRESH: Final = 5.0
"""Seconds for which a look counts."""

FIRST_PATIENCE: Final = 3.0
"""Seconds that mounts wait for the very first look, counted from its start: without a key there are no versions."""

LATER_PATIENCE: Final = 0.25
"""Seconds that mounts wait for a later look while no key is held."""

_KEY_BYTES: Final = 32
_LONGEST_PAUSE: Final = 60.0
_log: Final = logging.getLogger("provider.kube")


class HmacKey:
    """The key in the immutable Secret `namespace`/`name` under `key`; the Secret is made if it is not there.

    Without a client it is a random key that lasts as long as the process.
    """

    def __init__(self, client: api_client.Client | None, *, namespace: str, name: str, clock: clock.Clock) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._clock = clock
        self._held = None if client else secret.Secret(secrets.token_bytes(_KEY_BYTES))
        self._under_way: asyncio.Task[None] | None = None
        self._started = 0.0
        self._due = float("-inf")
        self._looks = 0
        self._failures = 0
        self._reported = ""
        self._closed = False

    async def current(self) -> secret.Secret | None:
        """The key; None while there is none. Never raises, and waits only while no key is held."""
        self.look()
        if self._held is None:
            patience = FIRST_PATIENCE if self._looks == 1 else LATER_PATIENCE
            await self._wait(self._started + patience - self._clock.monotonic())
        return self._held

    def look(self) -> None:
        """Start a look in the background, if none is under way and the last is older than `FRESH`."""
        if self._client is None or self._closed or self._under_way or self._clock.monotonic() < self._due:
            return
        self._started = self._clock.monotonic()
        self._looks += 1
        self._under_way = asyncio.get_running_loop().create_task(self._look(self._client), name="look at the HMAC key")
        self._under_way.add_done_callback(self._looked)

    async def settled(self, patience: float) -> secret.Secret | None:
        """The key after a look that may be under way.

        Args:
            patience: seconds to wait for that look at most; 0 is not at all.
        """
        await self._wait(patience)
        return self._held

    async def close(self) -> None:
        """End a look that is under way; no other starts."""
        self._closed = True
        if self._under_way:
            self._under_way.cancel()
            await asyncio.wait({self._under_way})

    async def _wait(self, seconds: float) -> None:
        if self._under_way and seconds > 0:
            await asyncio.wait({self._under_way}, timeout=seconds)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._under_way = None
        if not task.cancelled() and (error := task.exception()):
            self._failed(f"looking at it failed unexpectedly ({type(error).__name__})", None)

    async def _look(self, client: api_client.Client) -> None:
        try:
            found = await self._find(client)
        except errors.KubeError as error:
            hint = error.hint
            if error.status == 403:
                hint = (
                    f"give the provider's ServiceAccount a Role in namespace {self._namespace} with the rule "
                    '{apiGroups: [""], resources: [secrets], verbs: [get, create]}'
                )
            self._failed(error.message, hint)
            return
        self._held = _key_of(found)
        if self._held is None:
            self._failed(
                "it has no data under `key`",
                f"delete the Secret to have it made again: kubectl -n {self._namespace} delete secret {self._name}",
            )
            return
        if self._reported:
            _log.info("versions: the HMAC key in Secret %s/%s is there again", self._namespace, self._name)
        self._reported = ""
        self._failures = 0
        self._due = self._clock.monotonic() + FRESH

    def _failed(self, cause: str, hint: str | None) -> None:
        """Back off, and say so once a cause."""
        pause = min(FRESH * 2**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        self._due = self._clock.monotonic() + pause
        if cause != self._reported:
            self._reported = cause
            _log.warning(
                "versions: the HMAC key in Secret %s/%s cannot be had: %s; %s%s",
                self._namespace,
                self._name,
                cause,
                "the key held is used on" if self._held else "mounts go on without versions",
                f"; {hint}" if hint else "",
            )

    async def _find(self, client: api_client.Client) -> dict[str, Any]:
        """The Secret, made if absent. Another node may make or delete it at the same moment."""
        if not self._namespace:
            raise errors.KubeError("its namespace is not known", hint="set the environment variable POD_NAMESPACE")
        path = f"/api/v1/namespaces/{urllib.parse.quote(self._namespace, safe='')}/secrets"
        one = f"{path}/{urllib.parse.quote(self._name, safe='')}"
        for _ in range(3):
            try:
                return await client.request("GET", one)
            except errors.KubeError as error:
                if error.status != 404:
                    raise
            try:
                return await client.request("POST", path, self._fresh())
            except errors.KubeError as error:
                if error.status != 409:
                    raise
        raise errors.KubeError("it is made and deleted again all the time")

    def _fresh(self) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "type": "Opaque",
            "immutable": True,
            "data": {"key": base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()},
        }


def _key_of(found: dict[str, Any]) -> secret.Secret | None:
    data = found.get("data")
    text = data.get("key") if isinstance(data, dict) else None
    try:
        key = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return None
    return secret.Secret(key) if key else None
