"""TLS: whom we trust, whom we show ourselves to, and what we say when it fails."""

import asyncio
import dataclasses
import inspect
import os
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock
from provider.vault import cluster_pool, retry, tls, transport
from tests.doubles import certificates, remembering, scripted

GET = transport.Request("GET", "/v1/secret/x")


async def well(_: web.Request) -> web.StreamResponse:
    return scripted.secret(a="1")


@pytest.fixture
async def clusters() -> AsyncIterator[cluster_pool.Clusters]:
    made = cluster_pool.Clusters(retry.Policy(retries=0), clock.SystemClock())
    yield made
    await made.close()


async def ask(clusters: cluster_pool.Clusters, address: str, settings: model.Tls) -> transport.Answer:
    to = await clusters.get(model.Target((address,), settings))
    return await to.call(GET, deadline=clock.SystemClock().monotonic() + 10, reporter=remembering.NOBODY)


@pytest.mark.parametrize(
    "trust",
    [
        lambda ca: model.Tls(ca_cert_path=str(ca.file)),
        lambda ca: model.Tls(ca_pem=ca.pem),
        lambda ca: model.Tls(ca_directory=str(ca.file.parent)),
        lambda ca: model.Tls(ca_directory=str(ca.file)),
        lambda ca: model.Tls(ca_cert_path=str(ca.file), ca_directory="/nowhere"),
        lambda _: model.Tls(skip_verify=True),
    ],
)
async def test_a_ca_is_a_file_a_text_a_directory_or_waived(
    trust: Callable[[certificates.Authority], model.Tls], tmp_path: Path, clusters: cluster_pool.Clusters
) -> None:
    """Each way of trusting works; a file wins over a directory."""
    (tmp_path / "ca").mkdir()
    ca = certificates.Authority(tmp_path / "ca")
    ca.directory = tmp_path
    async with scripted.serving(well, context=ca.server_context()) as server:
        assert (await ask(clusters, server.address, trust(ca))).status == 200


async def test_a_server_name_stands_in_for_the_address(tmp_path: Path, clusters: cluster_pool.Clusters) -> None:
    """The certificate is checked against vaultTLSServerName."""
    ca = certificates.Authority(tmp_path)
    settings = model.Tls(ca_cert_path=str(ca.file))
    async with scripted.serving(well, context=ca.server_context("vault.internal")) as server:
        named = dataclasses.replace(settings, server_name="vault.internal")
        assert (await ask(clusters, server.address, named)).status == 200
        with pytest.raises(errors.TargetError, match="vaultTLSServerName"):
            await ask(clusters, server.address, settings)


async def test_an_untrusted_certificate_is_reported_at_once_with_the_ca_it_was_checked_against(
    tmp_path: Path, clusters: cluster_pool.Clusters
) -> None:
    """No retry can help, so there is none."""
    ca = certificates.Authority(tmp_path)
    other = certificates.Authority(tmp_path, "Other CA")
    async with scripted.serving(well, context=ca.server_context()) as server:
        with pytest.raises(errors.TargetError) as caught:
            await ask(clusters, server.address, model.Tls(ca_cert_path=str(other.file)))
    assert server.address in caught.value.full_message()
    assert str(other.file) in caught.value.full_message()
    assert "vaultCACertPath" in caught.value.full_message()


async def test_the_systems_trust_is_used_where_no_ca_is_given(tmp_path: Path, clusters: cluster_pool.Clusters) -> None:
    """A private CA is not in it."""
    ca = certificates.Authority(tmp_path)
    async with scripted.serving(well, context=ca.server_context()) as server:
        with pytest.raises(errors.TargetError, match="the system's CAs"):
            await ask(clusters, server.address, model.Tls())


async def test_a_client_certificate_is_shown_where_it_is_set(tmp_path: Path, clusters: cluster_pool.Clusters) -> None:
    """Mutual TLS works, and its absence is reported with the parameters to set."""
    ca = certificates.Authority(tmp_path)
    certificate, key = ca.issue("provider")
    settings = model.Tls(ca_cert_path=str(ca.file))
    both = dataclasses.replace(settings, client_cert_path=str(certificate), client_key_path=str(key))
    async with scripted.serving(well, context=ca.server_context(want_client=True)) as server:
        assert (await ask(clusters, server.address, both)).status == 200
        with pytest.raises(errors.VaultError) as caught:
            await ask(clusters, server.address, settings)
    assert "vaultTLSClientCertPath" in caught.value.full_message()


async def test_https_to_a_plain_port_says_so(clusters: cluster_pool.Clusters) -> None:
    """A wrong scheme is named as such."""
    async with scripted.serving(well) as server:
        with pytest.raises(errors.TargetError, match="does not speak TLS"):
            await ask(clusters, server.address.replace("http:", "https:"), model.Tls(skip_verify=True))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (model.Tls(ca_cert_path="/nowhere/ca.pem"), "/nowhere/ca.pem cannot be read"),
        (model.Tls(ca_pem="no pem"), "inline CA"),
        (model.Tls(client_cert_path="/c.pem"), "one requires the other"),
        (model.Tls(client_cert_path="/c.pem", client_key_path="/k.pem", skip_verify=True), "cannot be read"),
    ],
)
def test_unusable_files_are_named(settings: model.Tls, expected: str) -> None:
    """With the path, and what to do."""
    with pytest.raises(errors.TargetError, match=expected):
        tls.context(settings)


def test_files_that_hold_something_else_are_named(tmp_path: Path) -> None:
    """A key where a certificate should be, an empty directory, a pair that is none."""
    ca = certificates.Authority(tmp_path)
    certificate, _ = ca.issue("a")
    _, key = ca.issue("b")
    (tmp_path / "empty").mkdir()
    for settings in (
        model.Tls(ca_cert_path=str(key)),
        model.Tls(ca_directory=str(tmp_path / "empty")),
        model.Tls(client_cert_path=str(certificate), client_key_path=str(key), skip_verify=True),
    ):
        with pytest.raises(errors.TargetError):
            tls.context(settings)


async def test_files_that_change_on_disk_are_read_again(tmp_path: Path) -> None:
    """A rotated CA is picked up without a restart; a half-written one leaves the old in use."""
    old, new = certificates.Authority(tmp_path, "Old CA"), certificates.Authority(tmp_path, "New CA")
    used = tmp_path / "ca.pem"
    used.write_text(old.pem)
    settings = model.Tls(ca_cert_path=str(used))
    clusters = cluster_pool.Clusters(retry.Policy(retries=0), clock.SystemClock(), check_every=0.0)
    async with scripted.serving(well, context=old.server_context()) as server:
        assert (await ask(clusters, server.address, settings)).status == 200
        used.write_text("half-writ")
        assert (await ask(clusters, server.address, settings)).status == 200
        swapped = tmp_path / "swapped"
        swapped.write_text(new.pem)
        os.replace(swapped, used)  # noqa: PTH105
        with pytest.raises(errors.TargetError):
            await ask(clusters, server.address, settings)
    await clusters.close()


async def test_mounts_of_all_pods_share_connections(clusters: cluster_pool.Clusters, tmp_path: Path) -> None:
    """A hundred requests one after another take one TLS handshake."""
    ca = certificates.Authority(tmp_path)
    async with scripted.serving(well, context=ca.server_context()) as server:
        for _ in range(100):
            await ask(clusters, server.address, model.Tls(ca_cert_path=str(ca.file)))
        assert server.connections == 1
        assert clusters.opened == 1


async def test_no_burst_opens_more_than_the_pool(clusters: cluster_pool.Clusters) -> None:
    """Five hundred requests at once use at most 64 connections."""

    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return scripted.secret(a="1")

    async with scripted.serving(slow) as server:
        await asyncio.gather(*(ask(clusters, server.address, model.Tls()) for _ in range(500)))
        assert server.connections <= transport.POOL_SIZE


async def test_a_unix_socket_is_an_address(clusters: cluster_pool.Clusters, tmp_path: Path) -> None:
    """The chart's Agent sidecar listens on one."""
    async with scripted.serving(well, socket=str(tmp_path / "agent.sock")) as server:
        assert (await ask(clusters, server.address, model.Tls())).status == 200


async def test_no_proxy_is_taken_from_the_environment(
    clusters: cluster_pool.Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY of the node does not see Vault's traffic."""
    async with scripted.serving(well) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert (await ask(clusters, server.address, model.Tls())).status == 200


# As what each failure of the library is reported. A class in none of these lists, nor below one of them, is new.
REPORTED: dict[object, list[type[Exception]]] = {
    transport._untrusted: [aiohttp.ClientConnectorCertificateError, aiohttp.ServerFingerprintMismatch],
    transport._handshake: [aiohttp.ClientSSLError, aiohttp.ClientConnectorSSLError, ssl.SSLError],
    transport._not_found: [aiohttp.ClientConnectorDNSError],
    transport._refused: [
        aiohttp.ClientConnectorError,
        aiohttp.ClientProxyConnectionError,
        aiohttp.client_exceptions.UnixClientConnectorError,
    ],
    transport._slow_connect: [aiohttp.ConnectionTimeoutError],
    transport._slow: [aiohttp.ServerTimeoutError, aiohttp.SocketTimeoutError, TimeoutError],
    transport._broken: [
        aiohttp.ClientConnectionError,
        aiohttp.ClientConnectionResetError,
        aiohttp.ClientOSError,
        aiohttp.ServerConnectionError,
        aiohttp.ServerDisconnectedError,
        aiohttp.ClientPayloadError,
        ConnectionResetError,
    ],
    transport._unusable: [
        aiohttp.InvalidURL,
        aiohttp.InvalidUrlClientError,
        aiohttp.InvalidUrlRedirectClientError,
        aiohttp.NonHttpUrlClientError,
        aiohttp.NonHttpUrlRedirectClientError,
    ],
    transport._garbled: [
        aiohttp.ClientError,
        aiohttp.ClientResponseError,
        aiohttp.ClientHttpProxyError,
        aiohttp.ContentTypeError,
        aiohttp.RedirectClientError,
        aiohttp.TooManyRedirects,
        aiohttp.WSServerHandshakeError,
        aiohttp.client_exceptions.UploadAbortedError,
    ],
}
PAIRS = [(kind, tell) for tell, kinds in REPORTED.items() for kind in kinds]


@pytest.mark.parametrize(("kind", "tell"), PAIRS)
def test_every_failure_of_the_http_library_has_its_meaning(kind: type[Exception], tell: object) -> None:
    """The first row of the table that fits decides."""
    assert next(found for known, found in transport._FAILURES if issubclass(kind, known)) is tell


def test_no_failure_of_the_http_library_is_new() -> None:
    """A class that an update brings must be given a meaning here."""
    known = {kind for kind, _ in PAIRS}
    found = {
        kind
        for _, kind in inspect.getmembers(aiohttp.client_exceptions, inspect.isclass)
        if issubclass(kind, aiohttp.ClientError)
    }
    assert found <= known
