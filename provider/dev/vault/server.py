"""The dev Vault on a socket."""

import asyncio
import email.utils
import posixpath
import ssl
import urllib.parse
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from provider.base import clock, units
from provider.dev.vault import (
    auth_token,
    core,
    engines,
    fields,
    front,
    kv2,
    replies,
    state,
    status,
    system,
    tokens,
)
from provider.golang import gojson

Faults = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]

_OPERATIONS = {
    "GET": "read",
    "LIST": "list",
    "PUT": "update",
    "POST": "update",
    "PATCH": "patch",
    "DELETE": "delete",
    "OPTIONS": "help",
}
_HEADERS = {"Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came in: its headers without the token, no body."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]


class DevVault:
    """A Vault in memory, unsealed, with a KV 2 mount at `secret/` as Vault's own dev mode has.

    Attributes:
        root_token: may do everything.
        state: what it holds; for tests that look inside, and for the demo.
        status: sealed and standby, which tests set.
        faults: asked before each request; what it answers is sent in place of Vault's own answer. It may sleep, or
            drop the connection by `request.transport.abort()`.
        requests: all that came in, oldest first.
        connections: how many TCP connections were accepted so far.
    """

    def __init__(self, *, time: clock.Clock | None = None, root_token: str | None = None) -> None:
        self.root_token = root_token or f"hvs.{tokens.random_text(24)}"
        time = time or clock.SystemClock()
        self._clock = time
        self.state = state.State(time, self.root_token)
        self.status = status.Status(time)
        self.faults: Faults | None = None
        self.requests: list[Seen] = []
        self.connections = 0
        self._core = core.Core(self.state)
        self._address = ""
        self._http: web.Server | None = None
        self._socket: asyncio.Server | None = None
        for mount in (
            engines.Mount("sys/", "system", system.System(self.state), "system endpoints"),
            engines.Mount("auth/token/", "token", auth_token.TokenAuth(self.state), "token based credentials"),
            engines.Mount("secret/", "kv", kv2.Store(time), "key/value secret storage", {"version": "2"}),
        ):
            self.state.mounts[mount.path] = mount

    async def start(self, host: str = "127.0.0.1", port: int = 0, ssl_context: ssl.SSLContext | None = None) -> str:
        """Serve on `host`:`port` (0 = any free one) and return the address. After `stop` it serves what it held."""
        factory = self._protocols()
        loop = asyncio.get_running_loop()
        self._socket = await loop.create_server(factory, host, port, ssl=ssl_context, reuse_address=True)
        bound = self._socket.sockets[0].getsockname()[1]
        self._address = f"http{'s' if ssl_context else ''}://{host}:{bound}"
        return self._address

    async def start_unix(self, path: str) -> str:
        """Serve on a unix socket instead, and return its address."""
        self._socket = await asyncio.get_running_loop().create_unix_server(self._protocols(), path)
        self._address = f"unix://{path}"
        return self._address

    def _protocols(self) -> Callable[[], asyncio.Protocol]:
        http = self._http = web.Server(self._handle, access_log=None)
        return lambda: front.Front(http(), self._count)

    async def stop(self) -> None:
        """Stop serving; connections that are open are dropped."""
        if self._socket is None or self._http is None:
            return
        self._socket.close()
        await self._http.shutdown(0.01)
        await self._socket.wait_closed()
        self._socket = self._http = None

    @property
    def address(self) -> str:
        """The URL, also after `stop`; "" before the first start."""
        return self._address

    def count(self, method: str = "", prefix: str = "") -> int:
        """How many requests came in, of this method, below this path; "" counts all."""
        return sum(method in ("", seen.method) and seen.path.startswith(prefix) for seen in self.requests)

    async def write(self, path: str, data: Mapping[str, Any], *, token: str | None = None) -> dict[str, Any] | None:
        """Write without HTTP, with the root token unless another is given: the answer's data or auth, if any."""
        return await self._ask("update", path, data, token)

    async def read(self, path: str, *, token: str | None = None) -> dict[str, Any] | None:
        """Read without HTTP: the answer's data."""
        return await self._ask("read", path, {}, token)

    async def _ask(
        self, operation: str, path: str, data: Mapping[str, Any], token: str | None
    ) -> dict[str, Any] | None:
        call = engines.Call(str(uuid.uuid4()), operation, path, dict(data), token or self.root_token)
        reply = await self._core.answer(call)
        return None if reply is None else reply.data or reply.auth

    def _count(self) -> None:
        self.connections += 1

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        method = request.headers.get(front.METHOD_HEADER, request.method)
        answer = await self.faults(request) if self.faults is not None else None
        if answer is None:
            answer = await self._answer(request, method)
        headers = {name: value for name, value in request.headers.items() if name not in _HIDDEN}
        self.requests.append(Seen(method, request.raw_path.partition("?")[0], answer.status, headers))
        return answer

    async def _answer(self, request: web.BaseRequest, method: str) -> web.Response:
        headers = {**_HEADERS, "Date": email.utils.formatdate(self._clock.now(), usegmt=True)}
        if namespace := request.headers.get("X-Vault-Namespace"):
            headers["X-Vault-Namespace"] = namespace
        try:
            redirect = self._elsewhere(request)
            if redirect is not None:
                return web.Response(status=307, headers={**headers, "Location": redirect})
            reply = await self._reply(request, method)
        except replies.Refusal as refusal:
            return web.Response(
                status=refusal.status, body=refusal.body(), headers=headers, content_type=replies.JSON_TYPE
            )
        if reply is None:
            return web.Response(status=204, headers={**headers, "Content-Type": replies.JSON_TYPE})
        return web.Response(
            status=reply.status, body=reply.body(), headers={**headers, "Content-Type": reply.content_type}
        )

    def _elsewhere(self, request: web.BaseRequest) -> str | None:
        """Where a request has to go instead: to the clean form of its path, or to the active node."""
        raw, mark, query = request.raw_path.partition("?")
        path = urllib.parse.unquote(raw)
        clean = posixpath.normpath(path).replace("//", "/")
        if path.endswith("/") and clean != "/":
            clean += "/"
        if clean != path:
            return urllib.parse.quote(clean) + mark + query
        own = path.removeprefix("/v1/") in _OWN
        if self.status.leader is not None and not self.status.sealed and not own:
            return f"{self.status.leader}{request.raw_path}"
        return None

    async def _reply(self, request: web.BaseRequest, method: str) -> replies.Reply | None:
        raw, _, query_text = request.raw_path.partition("?")
        path = urllib.parse.unquote(raw)
        if not path.startswith("/v1/"):
            raise replies.nothing_there()
        path = path.removeprefix("/v1/")
        query = dict(urllib.parse.parse_qsl(query_text, keep_blank_values=True))
        own = self.status.answer(method, path, query)
        if own is not None:
            return own
        if method not in _OPERATIONS:
            raise replies.Refusal(405)
        if self.status.sealed:
            raise replies.Refusal(503, "Vault is sealed")
        call = await self._call(request, method, path, query)
        if path == "sys/seal":
            self._seal(call)
            return None
        return await self._core.answer(call)

    async def _call(self, request: web.BaseRequest, method: str, path: str, query: dict[str, str]) -> engines.Call:
        operation = _OPERATIONS[method]
        data: dict[str, Any] = {}
        if method in ("GET", "DELETE", "LIST"):
            data = dict(query)
            if method == "GET" and "list" in data and _boolean(data.pop("list")):
                operation = "list"
        elif method in ("PUT", "POST", "PATCH"):
            if method == "PATCH":
                _check_patch(request.headers.get("Content-Type", ""))
            data = _body(await request.read())
        if operation == "list" and not path.endswith("/"):
            path += "/"
        bearer = request.headers.get("Authorization", "")
        token = request.headers.get("X-Vault-Token") or bearer.removeprefix("Bearer ").strip()
        peer = request.transport.get_extra_info("peername") if request.transport else None
        return engines.Call(
            id=str(uuid.uuid4()),
            operation=operation,
            path=path,
            data=data,
            token=token,
            wrap_ttl=_wrap_ttl(request.headers.get("X-Vault-Wrap-TTL", "")),
            remote_address=peer[0] if isinstance(peer, tuple) else "",
            remote_port=peer[1] if isinstance(peer, tuple) else 0,
        )

    def _seal(self, call: engines.Call) -> None:
        entry = self.state.tokens.find(call.token)
        if entry is None or not self.state.policies.check(entry.policies, call.path, "update", sudo=True).allowed:
            raise replies.denied()
        self.status.sealed = True


_OWN = frozenset({"sys/health", "sys/leader", "sys/seal-status", "sys/unseal", "sys/init"})
_HIDDEN = frozenset({"X-Vault-Token", "Authorization", front.METHOD_HEADER})


def _boolean(value: str) -> bool:
    try:
        return units.parse_bool(value)
    except ValueError:
        raise replies.bad_request(f"strconv.ParseBool: parsing {gojson.dumps(value)}: invalid syntax") from None


def _check_patch(content_type: str) -> None:
    if not content_type:
        raise replies.bad_request("mime: no media type")
    if content_type.partition(";")[0].strip() != "application/merge-patch+json":
        raise replies.Refusal(415, "PATCH requires Content-Type of application/merge-patch+json")


def _body(text: bytes) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        document = gojson.loads(text)
    except ValueError as error:
        raise replies.Refusal(500, f"failed to parse JSON input: {error}") from error
    if not isinstance(document, dict):
        raise replies.bad_request("error parsing JSON: failed to parse JSON input: not an object")
    return document


def _wrap_ttl(value: str) -> int:
    if not value:
        return 0
    try:
        return fields.parse_seconds(value)
    except replies.Refusal as refusal:
        raise replies.bad_request(f"error parsing X-Vault-Wrap-TTL header: {refusal.texts[0]}") from None
