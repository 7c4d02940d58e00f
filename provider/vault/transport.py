"""Sends one HTTP request once. The only importer of aiohttp's client; its failures become `NoResponse` here.

Left out: retries, redirects, several addresses (all in `failover`), and any meaning of a status.
"""

import asyncio.sslproto
import contextlib
import datetime
import email.utils
import http
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib import parse

import aiohttp
import yarl
from aiohttp import abc

from provider import model
from provider.vault import tls

POOL_SIZE: Final = 64
"""Connections per target at most, shared by all pods: 32 to 64 cut a burst of mounts by a quarter, more cut nothing."""

POOL_WAIT: Final = 2.5
"""Seconds that a request waits for a pooled connection. When requests that hang hold all of them, the others go past
the pool on connections of their own."""

UNPOOLED: Final = 512
"""Connections outside the pool at most: for retries, writes, and requests for which the pool had none in time."""

KEEP_ALIVE: Final = 90.0
"""Seconds an idle connection is kept: longer than the kubelet's republish, so that a republish finds it open."""

CONNECT: Final = 4.0
"""Seconds for a connection with its TLS handshake."""

MAX_REPLY: Final = 4 * 1024 * 1024
"""Bytes of a reply at most: what the driver accepts per mount. Vault by itself stores no value over 1 MiB."""

_LONGEST_AGE: Final = 2**31
"""Seconds; HTTP knows no greater age."""

_UNESCAPED: Final = "/:@!$&'()*+,;=~"

# asyncio holds a read buffer of 256 KiB for every TLS connection; Vault's replies are far smaller.
if hasattr(asyncio.sslproto.SSLProtocol, "max_size"):
    asyncio.sslproto.SSLProtocol.max_size = 16 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent. `path` is literal and starts with /v1/; `once` forbids sending it twice."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    once: bool = False

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        encoded = parse.quote(self.path, safe=_UNESCAPED)
        return f"{encoded}?{parse.urlencode(self.query)}" if self.query else encoded


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whatever its status. `address` is the server that answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    address: str

    @property
    def status_text(self) -> str:
        """The status with its name: "404 Not Found"."""
        with contextlib.suppress(ValueError):
            return f"{self.status} {http.HTTPStatus(self.status).phrase}"
        return str(self.status)

    @property
    def date(self) -> float | None:
        """What the server's clock said, in seconds since the epoch; None where the answer does not say.

        An agent or a proxy that answers from its cache adds the age of the answer (RFC 9111).
        """
        try:
            date = email.utils.parsedate_to_datetime(self.headers.get("Date", ""))
            age = min(int(self.headers.get("Age", "0")), _LONGEST_AGE)
        except (ValueError, OverflowError):
            return None
        return (date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp() + age


class NoResponse(Exception):
    """Vault did not answer. Stays inside provider.vault: `failover` decides whether to try again and what to report.

    Attributes:
        message: what happened.
        maybe_sent: whether Vault may have received the request.
        hint: set where no retry can help (a certificate that is not trusted); what to change.
        broke: the other side closed an open connection.
    """

    def __init__(self, message: str, *, maybe_sent: bool, hint: str | None = None, broke: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.maybe_sent = maybe_sent
        self.hint = hint
        self.broke = broke


class _Broken(Exception):
    """Hides a broken connection from aiohttp's own resending of GET, PUT and DELETE: whether to resend is ours."""


async def _no_resend(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken from error


class Transport:
    """The connections of one target. Build it inside a running loop; `close` it there.

    `opened` counts the connections made so far.
    """

    def __init__(
        self, target: model.Target, context: ssl.SSLContext | None, resolver: abc.AbstractResolver | None = None
    ) -> None:
        self._tls = target.tls
        self._context = context
        self._resolver = resolver
        self._socket = next((a.removeprefix("unix://") for a in target.addresses if a.startswith("unix://")), "")
        self.opened = 0
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(self._count)
        self._pooled = self._session(trace, pooled=True)
        self._unpooled = self._session(trace, pooled=False)
        self._pool = asyncio.Semaphore(POOL_SIZE)
        self._full_until = 0.0

    def _session(self, trace: aiohttp.TraceConfig, *, pooled: bool) -> aiohttp.ClientSession:
        lifetime = {"keepalive_timeout": KEEP_ALIVE} if pooled else {"force_close": True}
        limit = POOL_SIZE if pooled else UNPOOLED
        connector: aiohttp.BaseConnector
        if self._socket:
            connector = aiohttp.UnixConnector(self._socket, limit=limit, **lifetime)
        else:
            connector = aiohttp.TCPConnector(
                limit=limit,
                ssl=self._context if self._context is not None else True,
                ttl_dns_cache=10,
                use_dns_cache=pooled,
                resolver=self._resolver,
                **lifetime,
            )
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=True,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            middlewares=(_no_resend,),
            skip_auto_headers=("User-Agent",),
        )

    async def _count(self, *_: object) -> None:
        self.opened += 1

    async def attempt(self, address: str, request: Request, *, timeout: float, fresh: bool) -> Answer:  # noqa: ASYNC109
        """Send `request` once and read the whole answer.

        Args:
            address: one of the target's addresses, or the leader a standby named.
            request: what to send.
            timeout: seconds for all of it.
            fresh: open a new connection for it, away from a broken or misrouted one.

        Raises:
            NoResponse: there was no answer.
        """
        time = asyncio.get_running_loop().time
        until = time() + timeout
        if fresh or request.once or not await self._enter_pool(min(POOL_WAIT, timeout / 2)):
            return await self._exchange(self._unpooled, address, request, until - time())
        try:
            return await self._exchange(self._pooled, address, request, until - time())
        finally:
            self._pool.release()

    async def _enter_pool(self, patience: float) -> bool:
        """Whether a pooled connection is ours to use. After one request waited in vain, those behind it do not wait."""
        time = asyncio.get_running_loop().time
        if self._pool.locked() and time() < self._full_until:
            return False
        try:
            async with asyncio.timeout(patience):
                await self._pool.acquire()
        except TimeoutError:
            self._full_until = time() + POOL_WAIT
            return False
        return True

    async def _exchange(self, session: aiohttp.ClientSession, address: str, request: Request, seconds: float) -> Answer:
        base = "http://localhost" if address.startswith("unix://") else address
        try:
            async with session.request(
                request.method,
                yarl.URL(base + request.target, encoded=True),
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                server_hostname=self._tls.server_name or None if base.startswith("https://") else None,
                timeout=aiohttp.ClientTimeout(
                    total=seconds, sock_connect=min(CONNECT, seconds), ceil_threshold=float("inf")
                ),
            ) as response:
                body = await _limited(response)
                return Answer(response.status, response.headers, body, address)
        except Exception as error:
            raise self._no_response(error, seconds) from error

    def _no_response(self, error: Exception, timeout: float) -> NoResponse:
        for kind, describe in _FAILURES:
            if isinstance(error, kind):
                return describe(error, self._tls, timeout)
        raise error

    async def close(self) -> None:
        """Close every connection. Requests under way fail."""
        await self._pooled.close()
        await self._unpooled.close()


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_REPLY:
            response.close()
            raise _Oversized
        chunks.append(chunk)
    return b"".join(chunks)


class _Oversized(Exception):
    """The reply is larger than `MAX_REPLY`."""


def _untrusted(error: Exception, settings: model.Tls, _: float) -> NoResponse:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    why = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "handshake failed"
    if "mismatch" in str(why).lower() or "not valid for" in str(why).lower():
        hint = "set vaultTLSServerName to a name that is in the certificate, or use such a name in vaultAddress"
    elif "expired" in str(why) or "not yet valid" in str(why):
        hint = "renew Vault's certificate, or set the clocks right"
    else:
        hint = "set vaultCACertPath (or vaultCACert) to the CA that signed Vault's certificate"
    return NoResponse(
        f"its certificate is not trusted ({why}; checked against {tls.source(settings)})", maybe_sent=False, hint=hint
    )


def _handshake(error: BaseException, *_: object) -> NoResponse:
    cause = getattr(error, "os_error", error)
    why = str(getattr(cause, "reason", None) or "handshake failed")
    if "WRONG_VERSION" in why or "RECORD_LAYER" in why:
        return NoResponse(
            "it does not speak TLS there", maybe_sent=False, hint="write http:// in vaultAddress, or its TLS port"
        )
    return NoResponse(
        f"TLS handshake failed ({why.replace('_', ' ').lower()})", maybe_sent=False, hint=_alert_hint(why)
    )


def _alert_hint(why: str) -> str | None:
    if "PROTOCOL_VERSION" in why or "UNSUPPORTED_PROTOCOL" in why:
        return "Vault must offer TLS 1.2 or newer"
    if any(alert in why for alert in ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "ALERT_HANDSHAKE")):
        return "Vault wants a client certificate that it trusts: set vaultTLSClientCertPath and vaultTLSClientKeyPath"
    return None


def _not_found(error: Exception, *_: object) -> NoResponse:
    return NoResponse(f"its name cannot be resolved ({_os_reason(error)})", maybe_sent=False)


def _refused(error: Exception, *_: object) -> NoResponse:
    return NoResponse(f"no connection ({_os_reason(error)})", maybe_sent=False)


def _slow_connect(_: Exception, __: model.Tls, timeout: float) -> NoResponse:
    return NoResponse(f"no connection within {min(CONNECT, timeout):.0f} s", maybe_sent=False)


def _slow(_: Exception, __: model.Tls, timeout: float) -> NoResponse:
    return NoResponse(f"no answer within {timeout:.0f} s", maybe_sent=True)


def _broken(error: Exception, *_: object) -> NoResponse:
    cause: BaseException | None = error
    while cause is not None:
        # An alert that comes after the handshake, as for a client certificate in TLS 1.3, lies deep in the chain.
        if isinstance(cause, ssl.SSLError):
            return _handshake(cause)
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    return NoResponse("the connection broke", maybe_sent=True, broke=True)


def _garbled(error: Exception, *_: object) -> NoResponse:
    return NoResponse(f"it does not answer in readable HTTP ({type(error).__name__})", maybe_sent=True)


def _oversized(*_: object) -> NoResponse:
    limit = MAX_REPLY // (1024 * 1024)
    return NoResponse(f"its reply is larger than {limit} MiB", maybe_sent=True, hint="read a smaller secret")


def _unusable(*_: object) -> NoResponse:
    return NoResponse("it is not a usable address", maybe_sent=False, hint="write https://host:port in vaultAddress")


def _os_reason(error: Exception) -> str:
    cause = getattr(error, "os_error", error)
    number = getattr(cause, "errno", None)
    if isinstance(cause, socket.gaierror):
        return (cause.strerror or "unknown name").lower()
    if isinstance(cause, ConnectionResetError):
        return "connection reset"
    return os.strerror(number).lower() if number else "failed"


# First match wins, so a class stands before its bases. A test walks aiohttp's exception classes against this table.
_FAILURES: Final[tuple[tuple[type[Exception], Callable[..., NoResponse]], ...]] = (
    (_Oversized, _oversized),
    (_Broken, _broken),
    (aiohttp.ClientConnectorCertificateError, _untrusted),
    (aiohttp.ServerFingerprintMismatch, _untrusted),
    (aiohttp.ClientSSLError, _handshake),
    (aiohttp.ClientConnectorDNSError, _not_found),
    (aiohttp.ClientConnectorError, _refused),
    (aiohttp.ConnectionTimeoutError, _slow_connect),
    (aiohttp.ServerTimeoutError, _slow),
    (TimeoutError, _slow),
    (aiohttp.ClientConnectionError, _broken),
    (aiohttp.InvalidURL, _unusable),
    (aiohttp.NonHttpUrlClientError, _unusable),
    (aiohttp.ClientPayloadError, _broken),
    (aiohttp.ClientError, _garbled),
    (aiohttp.http_exceptions.HttpProcessingError, _garbled),
    (ssl.SSLError, _handshake),
    (OSError, _broken),
    (ValueError, _unusable),  # names that have no IDNA form, headers with control characters
)
