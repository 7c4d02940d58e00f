"""Sends REST requests with a deadline to the API server, with the provider's own credentials.

The `kubernetes` library finds the credentials, keeps them fresh and holds the connections; its typed API classes are
not used, they would cost 20 MiB. It is imported when a connection is made, so that a provider without a cluster never
pays for it, and its blocking calls run in threads of their own, whose sockets have real timeouts (`clock.Deadline`).
There is no client-side rate limit, and only two safe repetitions: a GET whose kept-alive connection was gone, and any
request that was answered 401 once fresher credentials are found on disk.
"""

import asyncio
import contextlib
import logging
import os
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import provider
from provider import errors
from provider.base import clock, threads
from provider.kube import credentials, faults, replies, streams
from provider.observe import redact

THREADS: Final = 16
"""Requests in flight; as many connections are kept."""

REPLY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one response. A Secret has at most 1 MiB."""

JSON: Final = "application/json"

_STREAM_START: Final = 10.0
"""Seconds in which the API server has to begin a stream."""

_log: Final = logging.getLogger("provider.kube")
_NO_HOST: Final = "https://unset.invalid"


async def connect(
    *,
    kubeconfig: str = "",
    in_cluster_dir: str = "/var/run/secrets/kubernetes.io/serviceaccount",
    environ: Mapping[str, str] = os.environ,
) -> "Client | None":
    """Make a client for the API server of this cluster or of a kubeconfig; None with neither. Sends nothing.

    Args:
        kubeconfig: one path, or several separated by ":", as in KUBECONFIG. Not looked at inside a cluster.
        in_cluster_dir: where the kubelet puts token, ca.crt and namespace of our own service account.
        environ: where KUBERNETES_SERVICE_HOST and _PORT are read.

    Raises:
        errors.SettingsError: there are credentials, but they cannot be used.
    """
    # Reading files and importing the library takes about 100 ms.
    return await asyncio.to_thread(_connect, kubeconfig, Path(in_cluster_dir), environ)


def _connect(kubeconfig: str, in_cluster_dir: Path, environ: Mapping[str, str]) -> "Client | None":
    if environ.get("KUBERNETES_SERVICE_HOST"):
        if (in_cluster_dir / "token").is_file():
            return _from_service_account(in_cluster_dir, environ)
        _log.warning(
            "no service account token in %s: the Kubernetes API is not used; "
            "set automountServiceAccountToken: true on the provider's pods",
            in_cluster_dir,
        )
    return _from_kubeconfig(kubeconfig) if kubeconfig else None


def _from_service_account(directory: Path, environ: Mapping[str, str]) -> "Client":
    from kubernetes.config import incluster_config  # noqa: PLC0415 -- see the module's docstring

    try:
        namespace = (directory / "namespace").read_text().strip() if (directory / "namespace").is_file() else ""
        loader = incluster_config.InClusterConfigLoader(
            token_filename=str(directory / "token"), cert_filename=str(directory / "ca.crt"), environ=environ
        )
        return _client(loader.load_and_set, namespace)
    except faults.credential_errors() as error:
        raise errors.SettingsError(
            f"the service account in {directory} cannot be used: {credentials.describe(error)}",
            hint="mount the provider's service account whole (automountServiceAccountToken: true): "
            "token, ca.crt and namespace",
        ) from error


def _from_kubeconfig(path: str) -> "Client":
    from kubernetes import config  # noqa: PLC0415

    def load(configuration: Any) -> None:  # noqa: ANN401 -- the library has no types
        config.load_kube_config(config_file=path, client_configuration=configuration, persist_config=False)

    try:
        _, context = config.list_kube_config_contexts(config_file=path)
        return _client(load, context["context"].get("namespace") or "")
    except faults.credential_errors() as error:
        # Not chained: the library puts whole entries, with their tokens, into its messages.
        raise errors.SettingsError(
            f"the kubeconfig {path} cannot be used: {credentials.describe(error)}",
            hint="give a readable kubeconfig whose current-context names a cluster and a user "
            "(kubectl --kubeconfig FILE version shows whether it works), or none",
        ) from None


def _client(load: Callable[[Any], None], namespace: str) -> "Client":
    import urllib3  # noqa: PLC0415
    from kubernetes import client as library  # noqa: PLC0415

    # An empty proxy, not None: None would be filled from the environment. A kubeconfig's own proxy-url still counts.
    settings = library.Configuration(
        host=_NO_HOST,
        proxy="",
        no_proxy="",
        retries=False,
        connection_pool_maxsize=THREADS,
    )
    settings.keep_alive = True
    load(settings)
    if settings.host == _NO_HOST:
        raise KeyError("server")
    api = library.ApiClient(settings)
    if settings.verify_ssl:
        context = ssl.create_default_context(cafile=settings.ssl_ca_cert)
        # From Python 3.13 on the default requires extensions that many clusters' CAs lack, and no Go client checks.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = context
    else:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    api.user_agent = f"vault-csi-provider/{provider.__version__}"
    return Client(api, load, namespace)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request. The deadline of a stream is that of its beginning."""

    method: str
    path: str
    body: object | None
    accept: str
    deadline: clock.Deadline
    stream: streams.Stream | None = None


class Client:
    """Requests to one API server. Made by `connect`; the caller of that closes it.

    Attributes:
        namespace: of our own service account or kubeconfig context, "" if unknown.
        address: the API server's URL.
    """

    def __init__(self, api: Any, load: Callable[[Any], None], namespace: str) -> None:  # noqa: ANN401 -- no types
        self.namespace = namespace
        self.address: str = redact.scrub(str(api.configuration.host))
        self._api = api
        self._load = load
        self._credentials = threading.Lock()
        self._threads = threads.Threads(THREADS, "kubernetes")
        self._streams: set[streams.Stream] = set()
        self._closed = False

    async def request(
        self,
        method: str,
        path: str,
        body: object | None = None,
        *,
        accept: str = JSON,
        timeout: float = 10.0,  # noqa: ASYNC109 -- also bounds the thread, which asyncio cannot
    ) -> dict[str, Any]:
        """Send a request and return the JSON object that the API server answers with.

        Args:
            method: GET, POST, PUT or DELETE.
            path: absolute, with its names quoted.
            body: a JSON value.
            accept: another form of JSON, such as an object's metadata only.
            timeout: seconds for the whole, the wait for a free thread included.

        Raises:
            errors.KubeError: any other outcome; `status` is None where there was no response.
        """
        request = _Request(method, path, body, accept, clock.Deadline(timeout))
        try:
            async with asyncio.timeout(timeout):
                return await self._threads.run(lambda: self._exchange(request))
        except TimeoutError as error:
            raise self._timed_out() from error
        except threads.Closed as error:
            raise errors.KubeError(
                "the provider is stopping and sends no more requests to the Kubernetes API"
            ) from error

    @contextlib.asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        accept: str = JSON,
        timeout: float,  # noqa: ASYNC109 -- also bounds the thread, which asyncio cannot
    ) -> AsyncIterator[streams.Stream]:
        """Open a response that comes line by line, such as a watch; entered once it has begun, closed on leaving.

        Args:
            path: absolute, with its names quoted, and with a query.
            accept: the form of JSON.
            timeout: seconds for the whole; the API server is expected to end it before.

        Raises:
            errors.KubeError: it was refused, or did not begin in time; while reading: it broke.
        """
        if self._closed:
            raise errors.KubeError("the provider is stopping and sends no more requests to the Kubernetes API")
        stream = streams.Stream(timeout)
        self._streams.add(stream)
        request = _Request("GET", path, None, accept, clock.Deadline(_STREAM_START), stream)
        try:
            try:
                async with asyncio.timeout(_STREAM_START):
                    await stream.open(lambda: self._exchange(request))
            except TimeoutError as error:
                raise self._timed_out() from error
            yield stream
        finally:
            self._streams.discard(stream)
            stream.close()

    async def close(self) -> None:
        """Close the connections. Streams end at once, requests under way in threads by their own deadline."""
        self._closed = True
        for stream in list(self._streams):
            stream.close()
        self._threads.close()
        self._api.close()

    def _exchange(self, request: _Request) -> dict[str, Any]:
        headers = self._headers(request.accept, has_body=request.body is not None)
        status, reply = self._send(request, headers)
        if status == 401:
            fresh = self._reload_credentials(request)
            if fresh.get("authorization") != headers.get("authorization"):
                status, reply = self._send(request, fresh)
        return replies.read(status, reply)

    def _headers(self, accept: str = JSON, *, has_body: bool = False) -> dict[str, str]:
        headers = {"Accept": accept}
        if has_body:
            headers["Content-Type"] = "application/json"
        try:
            # The library reads a service account's token again when a minute has passed, here.
            with self._credentials:
                _, _, headers, _, _ = self._api.param_serialize(
                    "GET", "/", header_params=headers, auth_settings=["BearerToken"]
                )
        except faults.credential_errors() as error:
            raise errors.KubeError(
                f"the provider's own credentials for the Kubernetes API cannot be read: {credentials.describe(error)}",
                retryable=True,
            ) from None
        token = headers.get("authorization", "").strip()
        if not token.isascii() or not token.isprintable():
            # http.client would refuse it and quote it in its error.
            raise errors.KubeError("the provider's own token for the Kubernetes API holds characters no token has")
        return {**headers, "authorization": token} if token else headers

    def _reload_credentials(self, request: _Request) -> dict[str, str]:
        """Load the credentials again, since the API server refused those held, and return the headers with them."""
        try:
            with self._credentials:
                self._load(self._api.configuration)
        except faults.credential_errors():
            pass  # the credentials held stay, and the 401 is reported
        return self._headers(request.accept, has_body=request.body is not None)

    def _send(self, request: _Request, headers: dict[str, str]) -> tuple[int, bytes]:
        from urllib3 import exceptions  # noqa: PLC0415

        try:
            try:
                return self._once(request, headers)
            except exceptions.ProtocolError:
                # The server closed a kept-alive connection just as it was taken from the pool.
                if request.method != "GET":
                    raise
                return self._once(request, headers)
        except faults.request_errors() as error:
            raise faults.of_request(error, self.address) from error

    def _once(self, request: _Request, headers: dict[str, str]) -> tuple[int, bytes]:
        left = request.deadline.remaining()
        if left <= 0:
            raise self._timed_out()
        url = f"{self._api.configuration.host}{request.path}"
        response = self._api.call_api(request.method, url, dict(headers), request.body, _request_timeout=left).response
        try:
            if request.stream and response.status == 200:
                reply = self._follow(response, request.stream)
            else:
                reply = self._read(response, request.deadline)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, reply

    def _read(self, response: Any, deadline: clock.Deadline) -> bytes:  # noqa: ANN401
        reply = bytearray()
        while part := response.read1(65536):
            reply += part
            if len(reply) > REPLY_LIMIT:
                raise errors.KubeError("the Kubernetes API sent more than 4 MiB", status=response.status)
            if deadline.is_over():
                raise self._timed_out()
        return bytes(reply)

    def _follow(self, response: Any, stream: streams.Stream) -> bytes:  # noqa: ANN401
        """Follow a stream to its end. A failure within it is final: the stream must not be started again here."""
        try:
            stream.follow(response)
        except faults.request_errors() as error:
            raise faults.of_request(error, self.address) from error
        return b"{}"

    def _timed_out(self) -> errors.KubeError:
        return faults.timed_out(self.address)
