"""A dev API server on a real socket, and a provider's connection to it."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from provider.dev import kube
from provider.kube import api_client
from tests.doubles import certificates


@dataclass
class Cluster:
    """The server, a client of it, and the file that leads there."""

    kube: kube.DevKube
    client: api_client.Client
    kubeconfig: Path


@contextlib.asynccontextmanager
async def running(directory: Path, namespace: str = "csi") -> AsyncIterator[Cluster]:
    """A cluster for the length of a test, with the provider's namespace in it."""
    server = kube.DevKube()
    await server.start()
    server.create_namespace(namespace)
    config = directory / "kubeconfig"
    config.write_text(server.kubeconfig(namespace=namespace))
    connected = await api_client.connect(kubeconfig=str(config), environ={})
    assert connected
    try:
        yield Cluster(server, connected, config)
    finally:
        server.resume()
        await connected.close()
        await server.stop()


@contextlib.asynccontextmanager
async def in_cluster(directory: Path) -> AsyncIterator[tuple[kube.DevKube, Path, dict[str, str]]]:
    """An API server with TLS that wants a token, a service account's directory, and a pod's environment."""
    server = kube.DevKube()
    authority = certificates.Authority(directory)
    address = await server.start(ssl_context=authority.server_context())
    server.create_namespace("csi")
    server.require("first")
    account = directory / "serviceaccount"
    account.mkdir()
    (account / "token").write_text("first")
    (account / "ca.crt").write_text(authority.pem)
    (account / "namespace").write_text("csi\n")
    place = urlsplit(address)
    try:
        environ = {"KUBERNETES_SERVICE_HOST": str(place.hostname), "KUBERNETES_SERVICE_PORT": str(place.port)}
        yield server, account, environ
    finally:
        server.resume()
        await server.stop()


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and everything that it was raised from or beside: all that a traceback would print."""
    while error:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
