"""The connection to the API server: who we are there, and raw REST with a deadline. The only user of `kubernetes`.

The library finds the credentials, keeps them fresh and holds the connections; typed API classes are not used, they
would cost 20 MiB. It is imported when a connection is made, so that a provider without a cluster never pays for it,
and its blocking calls run in threads of their own. There is no client-side rate limit and no repetition but two that
are safe: a GET whose kept-alive connection was gone, and any request that was answered 401 once fresher credentials
are found on disk.
"""

import asyncio
import http.client
import logging
import os
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import provider
from provider import errors, threads
from provider.kube import replies
from provider.observe import redact

THREADS: Final = 16
"""Requests in flight; as many connections are kept."""

REPLY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of one answer. A Secret has at most 1 MiB."""

_log: Final = logging.getLogger("provider.kube")
_NO_HOST: Final = "https://unset.invalid"


async def connect(
    *,
    kubeconfig: str = "",
    in_cluster_dir: str = "/var/run/secrets/kubernetes.io/serviceaccount",
    environ: Mapping[str, str] = os.environ,
) -> "Client | None":
    """A client for the API server of this cluster or of a kubeconfig; None with neither. Sends nothing.

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
    except _unusable() as error:
        raise errors.SettingsError(
            f"the service account in {directory} cannot be used: {_plain(error)}",
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
    except _unusable() as error:
        # Not chained: the library puts whole entries, with their tokens, into its messages.
        raise errors.SettingsError(
            f"the kubeconfig {path} cannot be used: {_plain(error)}",
            hint="give a readable kubeconfig whose current-context names a cluster and a user "
            "(kubectl --kubeconfig FILE version shows whether it works), or none",
        ) from None


_SAFE: Final = (
    re.compile(r"Expected key (?P<told>[\w-]+) in "),
    re.compile(r"Expected object with name (?P<told>\S+) in "),
    re.compile(r"^(?P<whole>File does not exist: \S+)$"),
    re.compile(r"(?P<whole>No configuration found|Service \w+ file does not exist|\w+ file exists but empty)"),
)


def _plain(error: Exception) -> str:
    """What may be said of a failure to load credentials: names of keys and files, never their content."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or type(error).__name__)
    if isinstance(error, KeyError):
        return f"{error} is missing"
    for pattern in _SAFE:
        if match := pattern.search(str(error)):
            named = match.groupdict()
            return named["whole"] if "whole" in named else f"{named['told']} is missing"
    return f"it is not in the form of one ({type(error).__name__})"


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
        # From Python 3.13 on the default asks of a CA certificate what many clusters' lack, and no Go client wants.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = context
    else:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    api.user_agent = f"vault-csi-provider/{provider.__version__}"
    return Client(api, load, namespace)


class Client:
    """Requests to one API server. Made by `connect`, closed by whoever asked for it.

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

    async def request(
        self,
        method: str,
        path: str,
        body: object | None = None,
        *,
        timeout: float = 10.0,  # noqa: ASYNC109 -- also bounds the thread, which asyncio cannot
    ) -> dict[str, Any]:
        """The JSON object that the API server answers with.

        Args:
            method: GET, POST, PUT or DELETE.
            path: absolute, with its names quoted.
            body: a JSON value.
            timeout: seconds for the whole, the wait for a free thread included.

        Raises:
            errors.KubeError: any other outcome; `status` is None where there was no answer.
        """
        until = time.monotonic() + timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._threads.run(lambda: self._exchange(method, path, body, until))
        except TimeoutError as error:
            raise self._silent() from error
        except threads.Closed as error:
            raise errors.KubeError("the provider is stopping and asks the Kubernetes API nothing more") from error

    async def close(self) -> None:
        """Drop the connections. Requests under way in threads end by their own deadline."""
        self._threads.close()
        self._api.close()

    def _exchange(self, method: str, path: str, body: object | None, until: float) -> dict[str, Any]:
        headers = self._headers(body)
        status, reply = self._send(method, path, headers, body, until)
        if status == 401:
            fresh = self._reloaded(body)
            if fresh.get("authorization") != headers.get("authorization"):
                status, reply = self._send(method, path, fresh, body, until)
        return replies.read(status, reply)

    def _headers(self, body: object | None) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            # The library reads a service account's token again when a minute has passed, here.
            with self._credentials:
                _, _, headers, _, _ = self._api.param_serialize(
                    "GET", "/", header_params=headers, auth_settings=["BearerToken"]
                )
        except _unusable() as error:
            raise errors.KubeError(
                f"the provider's own credentials for the Kubernetes API cannot be read: {_plain(error)}", retryable=True
            ) from None
        token = headers.get("authorization", "").strip()
        if not token.isascii() or not token.isprintable():
            # http.client would refuse it and quote it in its error.
            raise errors.KubeError("the provider's own token for the Kubernetes API holds characters no token has")
        return {**headers, "authorization": token} if token else headers

    def _reloaded(self, body: object | None) -> dict[str, str]:
        """The headers after the credentials are loaded anew, for when the API server took the old ones no more."""
        try:
            with self._credentials:
                self._load(self._api.configuration)
        except _unusable():
            pass  # what is held stays; the 401 is told
        return self._headers(body)

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: object | None, until: float
    ) -> tuple[int, bytes]:
        from urllib3 import exceptions  # noqa: PLC0415

        try:
            try:
                return self._once(method, path, headers, body, until)
            except exceptions.ProtocolError:
                # The server closed a kept-alive connection just as it was taken from the pool.
                if method != "GET":
                    raise
                return self._once(method, path, headers, body, until)
        except _failures() as error:
            raise self._fault(error) from error

    def _once(
        self, method: str, path: str, headers: dict[str, str], body: object | None, until: float
    ) -> tuple[int, bytes]:
        left = until - time.monotonic()
        if left <= 0:
            raise self._silent()
        url = f"{self._api.configuration.host}{path}"
        response = self._api.call_api(method, url, dict(headers), body, _request_timeout=left).response
        try:
            reply = bytearray()
            while part := response.read1(65536):
                reply += part
                if len(reply) > REPLY_LIMIT:
                    raise errors.KubeError("the Kubernetes API sent more than 4 MiB", status=response.status)
                if time.monotonic() > until:
                    raise self._silent()
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, bytes(reply)

    def _silent(self) -> errors.KubeError:
        return errors.KubeError(f"the Kubernetes API at {self.address} did not answer in time", retryable=True)

    def _fault(self, error: Exception) -> errors.KubeError:
        """Our error for one of the library's, or of what it stands on."""
        from kubernetes.client import exceptions as refused  # noqa: PLC0415
        from urllib3 import exceptions  # noqa: PLC0415

        if isinstance(error, exceptions.MaxRetryError) and error.reason:
            error = error.reason
        if isinstance(error, refused.ApiException):
            # With status 0 it is a failed TLS handshake. Its texts quote bodies and headers: none may travel along.
            error.body = error.data = error.headers = None
            if error.status:
                return errors.KubeError(f"the Kubernetes API answered {error.status}", status=error.status)
            said = redact.one_line(str(error.reason).replace("SSLError", ""), 300)
            return errors.KubeError(
                f"TLS with the Kubernetes API at {self.address} failed: {said}",
                hint="check certificate-authority and server of the kubeconfig, or ca.crt of the service account",
                retryable=True,
            )
        if isinstance(error, exceptions.NewConnectionError | OSError | exceptions.SSLError):
            cause = error if isinstance(error, OSError) else error.__cause__
            said = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
            return errors.KubeError(f"the Kubernetes API at {self.address} cannot be reached{said}", retryable=True)
        if isinstance(error, exceptions.TimeoutError):
            return self._silent()
        if isinstance(error, exceptions.LocationValueError | refused.OpenApiException):
            return errors.KubeError(f"no request can be made to the Kubernetes API at {self.address}")
        return errors.KubeError(
            f"the connection to the Kubernetes API at {self.address} broke ({type(error).__name__})", retryable=True
        )


def _unusable() -> tuple[type[Exception], ...]:
    """What loading credentials raises: the library takes a file's shape for granted."""
    import yaml  # noqa: PLC0415
    from kubernetes import config  # noqa: PLC0415

    return (config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError, KeyError, AttributeError)


def _failures() -> tuple[type[Exception], ...]:
    """What the library, urllib3 and the sockets below raise. Our own errors are none of these and pass through."""
    from kubernetes import config  # noqa: PLC0415
    from kubernetes.client import exceptions as refused  # noqa: PLC0415
    from urllib3 import exceptions  # noqa: PLC0415

    return (
        refused.OpenApiException,
        config.ConfigException,
        exceptions.HTTPError,
        exceptions.ProxySchemeUnsupported,
        http.client.HTTPException,
        OSError,
    )
