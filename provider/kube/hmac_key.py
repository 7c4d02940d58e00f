"""Keeps the HMAC key of object versions in a Secret, so that all nodes make the same versions.

A mount must never wait for the API server because of it. Once a key is held it stays held, and is looked up again in
the background; failed lookups are backed off and logged once per cause.
"""

import asyncio
import base64
import logging
import secrets
import urllib.parse
from typing import Any, Final

from provider import errors
from provider.base import backoff, clock, once, secret, tasks
from provider.kube import api_client

FRESH: Final = 5.0
"""Seconds for which a lookup counts."""

FIRST_PATIENCE: Final = 3.0
"""Seconds that mounts wait for the very first lookup, counted from its start: without a key there are no versions."""

LATER_PATIENCE: Final = 0.25
"""Seconds that mounts wait for a later lookup while no key is held."""

_KEY_BYTES: Final = 32
_RETRY: Final = backoff.Exponential(first=FRESH, longest=60.0, jitter=(1.0, 1.0))
_log: Final = logging.getLogger("provider.kube")


class HmacKey:
    """The key in the immutable Secret `namespace`/`name` under `key`; the Secret is created where it is missing.

    Without a client it is a random key that lasts as long as the process.
    """

    def __init__(self, client: api_client.Client | None, *, namespace: str, name: str, time: clock.Clock) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._time = time
        self._tasks = tasks.Tasks(_log, time)
        self._held = None if client else secret.Secret(secrets.token_bytes(_KEY_BYTES))
        self._under_way: asyncio.Task[None] | None = None
        self._started = 0.0
        self._due = float("-inf")
        self._lookups = 0
        self._failures = 0
        self._outage = once.Once()

    async def current(self) -> secret.Secret | None:
        """Return the key, None while there is none. Never raises, and waits only while no key is held."""
        self.look()
        if self._held is None:
            patience = FIRST_PATIENCE if self._lookups == 1 else LATER_PATIENCE
            await self._wait(self._started + patience - self._time.monotonic())
        return self._held

    def look(self) -> None:
        """Start a lookup in the background, if none is under way and the last is older than `FRESH`."""
        if self._client is None or self._tasks.is_closed or self._under_way or self._time.monotonic() < self._due:
            return
        self._started = self._time.monotonic()
        self._lookups += 1
        self._under_way = self._tasks.start("look up the HMAC key", self._look_up(self._client))

    async def settled(self, patience: float) -> secret.Secret | None:
        """Return the key after the lookup that is under way, if there is one.

        Args:
            patience: seconds to wait for that lookup at most; 0 for not at all.
        """
        await self._wait(patience)
        return self._held

    async def close(self) -> None:
        """End a lookup that is under way; no other starts."""
        await self._tasks.close()

    async def _wait(self, seconds: float) -> None:
        if self._under_way and seconds > 0:
            await asyncio.wait({self._under_way}, timeout=seconds)

    async def _look_up(self, client: api_client.Client) -> None:
        try:
            self._take(await self._find(client))
        except errors.KubeError as error:
            hint = error.hint
            if error.status == 403:
                hint = (
                    f"give the provider's ServiceAccount a Role in namespace {self._namespace} with the rule "
                    '{apiGroups: [""], resources: [secrets], verbs: [get, create]}'
                )
            self._failed(error.message, hint)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is backed off and logged as any other failure
            self._failed(f"internal error ({type(error).__name__})", None, fault=error)
        finally:
            self._under_way = None

    def _take(self, found: dict[str, Any]) -> None:
        self._held = _key_of(found)
        if self._held is None:
            self._failed(
                "it has no data under `key`",
                f"delete the Secret to have it created again: kubectl -n {self._namespace} delete secret {self._name}",
            )
            return
        if self._outage.recovered():
            _log.info("the HMAC key of versions in Secret %s/%s is available again", self._namespace, self._name)
        self._failures = 0
        self._due = self._time.monotonic() + FRESH

    def _failed(self, cause: str, hint: str | None, fault: Exception | None = None) -> None:
        """Back off, and log it once per cause."""
        self._failures += 1
        self._due = self._time.monotonic() + _RETRY.pause(self._failures, 0.0)
        if self._outage.report(cause):
            _log.warning(
                "cannot read the HMAC key of versions in Secret %s/%s: %s; %s%s",
                self._namespace,
                self._name,
                cause,
                "the key held stays in use" if self._held else "mounts continue without versions",
                f"; {hint}" if hint else "",
                exc_info=fault,
            )

    async def _find(self, client: api_client.Client) -> dict[str, Any]:
        """Return the Secret, created if it is missing. Another node may create or delete it at the same moment."""
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
                return await client.request("POST", path, self._new_secret())
            except errors.KubeError as error:
                if error.status != 409:
                    raise
        raise errors.KubeError("it is created and deleted again all the time")

    def _new_secret(self) -> dict[str, Any]:
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
