"""Calls Vault's API by name. The only importer of hvac.

hvac knows the paths and bodies of Vault's API; its own way to the network is the slowest part of any mount (ten times
the CPU of ours), so its adapter is replaced: `request` is a coroutine that goes through our `Cluster`, and the API
methods return that coroutine to be awaited. Statuses come back as they are; `faults` gives them meaning.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib import parse

import hvac
from hvac import adapters

from provider import model
from provider.base import secret
from provider.observe import observers
from provider.vault import failover, request_headers, transport

_WRAP_TTL: Final = "5m"
"""What Vault's own client sends with sys/wrapping/wrap, which makes no sense without a wrap TTL."""


class _Adapter(adapters.Adapter):  # type: ignore[misc]  # hvac has no types
    """Sends hvac's requests through `Cluster.call`."""

    def __init__(self, client: "Client", **_: object) -> None:
        # The base class would open a requests session; nothing of it is used.
        self._client = client
        self.base_uri = ""
        self.token = ""
        self.namespace = ""

    def get_login_token(self, response: transport.Answer) -> str:
        """Unused: a login's token stays in its answer."""
        raise NotImplementedError

    async def request(self, method: str, url: str, **options: Any) -> transport.Answer:  # noqa: ANN401
        body = options.get("json")
        # hvac quotes names inside its paths; ours are literal until the transport quotes them.
        return await self._client.send(
            method.upper(), parse.unquote(url), body=None if body is None else json.dumps(body).encode(), resend=True
        )


class Client:
    """Vault for one identity: a cluster, a namespace, and a token once there is one.

    Args:
        cluster: that Vault.
        deadline: the mount's end, in monotonic seconds.
        reporter: learns of retries and redirects; whom a request is made for is told to Vault's audit log, too.
        namespace: sent as X-Vault-Namespace.
        token: sent as X-Vault-Token.
        index: sent as X-Vault-Index: the replication state that the login saw, so that a performance standby
            answers 412 until it knows the token.
    """

    def __init__(
        self,
        cluster: failover.Cluster,
        *,
        deadline: float,
        reporter: observers.Reporter,
        namespace: str = "",
        token: secret.Secret | None = None,
        index: str = "",
    ) -> None:
        self._cluster = cluster
        self._deadline = deadline
        self._reporter = reporter
        self._namespace = namespace
        self._token = token
        self._index = index
        self._origin = request_headers.of(reporter.who)

    @functools.cached_property
    def _api(self) -> hvac.Client:
        """Made for a login or a look-up only: it takes several times as long as the rest of a client."""
        return hvac.Client(url="-", token="", verify=True, adapter=lambda **options: _Adapter(self, **options))

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        resend: bool,
        rounds: int | None = None,
    ) -> transport.Answer:
        """Send one request with this identity's headers.

        `resend` allows sending it again after a doubtful failure; `rounds` is that of `Cluster.call`.
        """
        headers = {"X-Vault-Request": "true", **self._origin}
        if self._token is not None:
            headers["X-Vault-Token"] = self._token.reveal_text()
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        if self._index:
            headers["X-Vault-Index"] = self._index
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if path == "/v1/sys/wrapping/wrap" and method in ("POST", "PUT"):
            headers["X-Vault-Wrap-TTL"] = _WRAP_TTL
        request = transport.Request(method, path, query, headers, body, once=not resend)
        return await self._cluster.call(request, deadline=self._deadline, reporter=self._reporter, rounds=rounds)

    async def log_in(
        self, mount: str, fields: Mapping[str, str | secret.Secret], *, path: str = "login"
    ) -> transport.Answer:
        """POST auth/<mount>/<path>: the login of every auth method, each with fields of its own."""
        url = parse.quote(f"/v1/auth/{mount}/{path}")
        body = {
            name: value.reveal_text() if isinstance(value, secret.Secret) else value for name, value in fields.items()
        }
        answer: transport.Answer = await self._api.login(url, use_token=False, json=body)
        return answer

    async def look_up_self(self) -> transport.Answer:
        """GET auth/token/lookup-self: 200 where the token is alive."""
        answer: transport.Answer = await self._api.auth.token.lookup_self()
        return answer

    async def read(self, read: model.Read) -> transport.Answer:
        """Send the request of an object, whatever its method."""
        return await self.send(
            read.method,
            f"/v1/{read.path}",
            query=read.query,
            body=read.args.encode() if read.args else None,
            resend=not read.is_write,
        )

    async def renew_lease(self, lease: str, increment: float) -> transport.Answer:
        """PUT sys/leases/renew: `increment` seconds more, 0 for the engine's own measure.

        Like every renewal and revocation it is tried once: its callers back off by themselves.
        """
        return await self._send_once("PUT", "sys/leases/renew", {"lease_id": lease, "increment": round(increment)})

    async def renew_self(self) -> transport.Answer:
        """POST auth/token/renew-self: by the time that the token's role grants now."""
        return await self._send_once("POST", "auth/token/renew-self", {})

    async def revoke_self(self) -> transport.Answer:
        """POST auth/token/revoke-self: ends the token, and every lease that depends on it."""
        return await self._send_once("POST", "auth/token/revoke-self", {})

    async def revoke_lease(self, lease: str) -> transport.Answer:
        """PUT sys/leases/revoke: ends one lease."""
        return await self._send_once("PUT", "sys/leases/revoke", {"lease_id": lease})

    async def _send_once(self, method: str, path: str, body: dict[str, object]) -> transport.Answer:
        # Not by hvac's methods, which are tried again and again. Done twice, each of these does no more than once.
        return await self.send(method, f"/v1/{path}", body=json.dumps(body).encode(), resend=True, rounds=1)
