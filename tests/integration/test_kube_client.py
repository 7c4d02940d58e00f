"""The connection to the API server, over a real socket."""

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from provider import errors
from provider.kube import api_client
from tests.doubles import certificates, clocks, cluster, dials, scripted

SECRETS = "/api/v1/namespaces/csi/secrets"


def _secret(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {"key": "QUJD"}}


async def test_objects_are_made_read_and_deleted(tmp_path: Path) -> None:
    """The JSON object of each answer comes back as it is."""
    async with cluster.running(tmp_path) as bed:
        assert (await bed.client.request("POST", SECRETS, _secret("s")))["data"] == {"key": "QUJD"}
        assert (await bed.client.request("GET", f"{SECRETS}/s"))["metadata"]["name"] == "s"
        assert (await bed.client.request("DELETE", f"{SECRETS}/s"))["status"] == "Success"
        assert bed.client.namespace == "csi"


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", f"{SECRETS}/none", 404, 'secrets "none" not found'),
        ("POST", SECRETS, 409, 'secrets "there" already exists'),
        ("GET", f"{SECRETS}/there", 403, 'cannot get resource "secrets" in API group "" in the namespace "csi"'),
        ("GET", "/nothing", 404, "the server could not find the requested resource"),
        ("PUT", SECRETS, 405, "the server does not allow this method"),
    ],
)
async def test_a_refusal_carries_its_status_and_the_servers_words(
    tmp_path: Path, method: str, path: str, status: int, message: str
) -> None:
    """A Status object becomes a KubeError with the same code and message."""
    async with cluster.running(tmp_path) as bed:
        await bed.client.request("POST", SECRETS, _secret("there"))
        if status == 403:
            bed.kube.deny("get", "secrets")
        with pytest.raises(errors.KubeError) as caught:
            await bed.client.request(method, path, _secret("there"))
        assert caught.value.status == status
        assert message in caught.value.message
        assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "body", "retryable"),
    [
        (503, "<html>s3cr3t upstream</html>", True),
        (500, '{"kind": "Other", "message": "s3cr3t"}', True),
        (429, "", True),
        (200, "<html>s3cr3t</html>", False),
        (200, '["s3cr3t"]', False),
        (307, "s3cr3t", False),
    ],
)
async def test_an_answer_that_is_not_a_status_object_is_not_quoted(
    tmp_path: Path, status: int, body: str, retryable: bool
) -> None:
    """Neither the error nor anything it was raised from shows a body that is not the API server's own refusal."""

    async def answer(_: Any) -> Any:
        where = {"Location": "http://127.0.0.1:1/elsewhere"} if status == 307 else {}
        return web.Response(status=status, text=body, headers=where)

    async with scripted.serving(answer) as server, _client_of(tmp_path, server.address) as connected:
        with pytest.raises(errors.KubeError) as caught:
            await connected.request("GET", "/version")
        assert caught.value.retryable is retryable
        assert str(status) in caught.value.message
        assert not any("s3cr3t" in str(error) for error in cluster.chain(caught.value))
        assert len(server.requests) == 1, "neither repeated nor sent to where a redirect points"


async def test_an_address_where_nothing_listens_is_reported_at_once(tmp_path: Path) -> None:
    """A refused connection is retryable, names the address, and is not retried in secret."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with _client_of(tmp_path, address) as connected:
        with dials.counted() as tried, pytest.raises(errors.KubeError, match="Connection refused") as caught:
            await connected.request("GET", "/version")
        assert address in caught.value.message
        assert caught.value.retryable
        assert caught.value.__cause__ is not None
        assert [f"http://{host}:{port}" for host, port in tried] == [address]


async def test_a_paused_server_costs_the_given_time_and_no_more(tmp_path: Path) -> None:
    """The deadline holds for requests in threads and for those that wait for one; others go on meanwhile."""

    async def all_fail(burst: Iterable[Awaitable[object]]) -> None:
        outcomes = await asyncio.gather(*burst, return_exceptions=True)
        assert all(isinstance(one, errors.KubeError) and one.status is None and one.retryable for one in outcomes)

    async with cluster.running(tmp_path) as bed:
        bed.kube.pause()
        await all_fail(bed.client.request("GET", "/version", timeout=0.3) for _ in range(api_client.THREADS))
        bed.kube.requests.clear()
        in_threads = [
            asyncio.create_task(bed.client.request("GET", "/version", timeout=clocks.HANGS))
            for _ in range(api_client.THREADS)
        ]
        async with asyncio.timeout(clocks.HANGS):
            while len(bed.kube.requests) < api_client.THREADS:
                await asyncio.sleep(0.01)
        await all_fail(bed.client.request("GET", "/version", timeout=0.3) for _ in range(api_client.THREADS))
        assert len(bed.kube.requests) == api_client.THREADS, "those that waited were never sent"
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), clocks.HANGS) == "free"
        bed.kube.resume()
        assert [(await each)["major"] for each in in_threads] == ["1"] * api_client.THREADS


async def test_a_server_that_trickles_does_not_outlast_the_deadline(tmp_path: Path) -> None:
    """Time is counted for the whole answer, not for each piece of it; the thread comes free too."""

    async def trickle(request: Any) -> Any:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.05)

    async with scripted.serving(trickle) as server, _client_of(tmp_path, server.address) as connected:
        with pytest.raises(errors.KubeError, match="did not answer in time"):
            await connected.request("GET", "/version", timeout=0.3)
        assert await asyncio.to_thread(connected._threads._idle.acquire, timeout=clocks.HANGS)


async def test_a_cancelled_request_returns_at_once(tmp_path: Path) -> None:
    """A mount that is given up does not wait for the API server."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.pause()
        task = asyncio.create_task(bed.client.request("GET", "/version"))
        await asyncio.sleep(0.1)
        task.cancel()
        async with asyncio.timeout(clocks.HANGS):
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_a_post_is_sent_once_and_a_get_twice_when_the_connection_breaks(tmp_path: Path) -> None:
    """Only what is safe to repeat is repeated, and only once."""
    seen: list[str] = []

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode().split()[0])
        writer.close()

    server = await asyncio.start_server(drop, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, _client_of(tmp_path, f"http://127.0.0.1:{port}") as connected:
        for method in ("POST", "GET"):
            with pytest.raises(errors.KubeError, match="broke") as caught:
                await connected.request(method, SECRETS, {} if method == "POST" else None)
            assert caught.value.retryable
    assert seen == ["POST", "GET", "GET"]


async def test_connections_are_kept_for_all_threads(tmp_path: Path) -> None:
    """Bursts as wide as the threads open each connection once."""

    async def slow(_: Any) -> Any:
        await asyncio.sleep(0.02)
        return scripted.reply({})

    async with scripted.serving(slow) as server, _client_of(tmp_path, server.address) as connected:
        for _ in range(4):
            await asyncio.gather(*(connected.request("GET", "/version") for _ in range(api_client.THREADS)))
        assert server.connections <= api_client.THREADS


async def test_many_requests_are_not_throttled(tmp_path: Path) -> None:
    """There is no limit of requests per second on our side: client-go's default of 5 would make these take 80 s."""
    async with cluster.running(tmp_path) as bed, asyncio.timeout(clocks.HANGS):
        await asyncio.gather(*(bed.client.request("GET", "/version") for _ in range(400)))


async def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY and its kin, set for something else, do not get our token."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with cluster.running(tmp_path) as bed:
        assert await bed.client.request("GET", "/version")


async def test_after_close_a_request_is_refused_and_no_thread_stays(tmp_path: Path) -> None:
    """A stopping provider gets an error of ours, not one of a library, and threads end."""
    async with cluster.running(tmp_path) as bed:
        await bed.client.request("GET", "/version")
        await bed.client.close()
        with pytest.raises(errors.KubeError, match="stopping"):
            await bed.client.request("GET", "/version")
        for thread in threading.enumerate():
            if thread.name.startswith("kubernetes"):
                await asyncio.to_thread(thread.join, 2)
                assert not thread.is_alive()


async def test_inside_a_cluster_the_service_account_is_used(tmp_path: Path) -> None:
    """Address, CA, token and namespace come from where the kubelet puts them, before any kubeconfig."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(kubeconfig="/none", in_cluster_dir=str(account), environ=environ)
        assert connected
        assert connected.namespace == "csi"
        assert connected.address == server.address
        assert await connected.request("GET", "/version")
        await connected.close()


async def test_a_rotated_token_is_read_again_when_its_minute_has_passed(tmp_path: Path) -> None:
    """The library's refresh, which needs no refusal first, sends the new token; line ends in the file do no harm."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        await connected.request("GET", "/version")
        (account / "token").write_text("second\n")
        server.require("first", "second")
        loader = connected._load.__self__  # type: ignore[attr-defined]
        for expected in ("bearer first", "bearer second"):
            assert connected._headers()["authorization"] == expected
            loader.token_expires_at = loader.token_expires_at.replace(year=2000)
        await connected.request("GET", "/version")
        await connected.close()


async def test_a_token_that_is_refused_is_read_again_at_once(tmp_path: Path) -> None:
    """A 401 with a fresher token on disk is not a failure; with the same one it is, after one request."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        server.require("second")
        with pytest.raises(errors.KubeError, match="401") as caught:
            await connected.request("GET", "/version")
        assert caught.value.hint
        assert len(server.requests) == 1
        (account / "token").write_text("second")
        assert await connected.request("POST", SECRETS, _secret("s"))
        assert len(server.requests) == 3
        await connected.close()


async def test_a_kubeconfig_that_breaks_later_does_not_hide_the_refusal(tmp_path: Path) -> None:
    """Credentials are looked for again after a 401; with a file that is no longer a kubeconfig, the 401 is reported."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.require("other")
        bed.kubeconfig.write_text("{s3cr3t")
        with pytest.raises(errors.KubeError, match="401"):
            await bed.client.request("GET", "/version")
        bed.kubeconfig.write_text(bed.kube.kubeconfig(token="other", namespace="csi"))
        assert await bed.client.request("GET", "/version")


@pytest.mark.parametrize("content", ["", "s3cr3t\r\nX-Injected: 1", "s3cr3t\u00e9"])
async def test_a_token_file_without_a_token_is_reported_without_its_content(tmp_path: Path, content: str) -> None:
    """A broken file is an error of ours, never a quoted header."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        (account / "token").write_text(content)
        server.require("other")
        with pytest.raises(errors.KubeError) as caught:
            await connected.request("GET", "/version")
        assert not any("s3cr3t" in str(error) for error in cluster.chain(caught.value))
        await connected.close()


async def test_a_server_with_another_ca_is_reported_as_such(tmp_path: Path) -> None:
    """A certificate that the service account's CA did not sign names TLS, the address and what to check."""
    other = tmp_path / "other"
    other.mkdir()
    authority = certificates.Authority(other, "Other CA")
    async with cluster.in_cluster(tmp_path) as (_, account, environ):
        (account / "ca.crt").write_text(authority.pem)
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        with pytest.raises(errors.KubeError, match=r"TLS with .* failed: .*CERTIFICATE_VERIFY_FAILED") as caught:
            await connected.request("GET", "/version")
        assert "ca.crt" in str(caught.value.hint)
        await connected.close()


async def test_with_neither_there_is_no_client(tmp_path: Path) -> None:
    """Outside a cluster and without a kubeconfig the provider runs without an API server."""
    assert await api_client.connect(in_cluster_dir=str(tmp_path), environ={}) is None


async def test_a_pod_without_a_service_account_token_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In a cluster, but with automounting off, the fix is in the log."""
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    assert await api_client.connect(in_cluster_dir=str(tmp_path), environ=environ) is None
    assert "automountServiceAccountToken" in caplog.text


_GOOD: dict[str, Any] = {
    "current-context": "c",
    "clusters": [{"name": "k", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "u", "user": {"token": "s3cr3t"}}],
    "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
}


def _with(**parts: Any) -> str:
    return json.dumps({**_GOOD, **{name.replace("_", "-"): part for name, part in parts.items()}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No configuration found"),
        ("", "ConfigException"),
        ("s3cr3t", "cannot be used"),
        ("- s3cr3t", "cannot be used"),
        ("{s3cr3t", "cannot be used"),
        (_with(current_context="other"), "other"),
        (_with(clusters=[{"name": "k", "s3cr3t": {}}]), "cluster"),
        (_with(clusters=[{"name": "k", "cluster": {}}]), "server"),
        (_with(users=[{"name": "u", "s3cr3t": "s3cr3t"}]), "user"),
        (
            _with(clusters=[{"name": "k", "cluster": {"server": "https://a", "certificate-authority": "/none"}}]),
            "/none",
        ),
        (
            _with(
                clusters=[{"name": "k", "cluster": {"server": "https://a", "certificate-authority-data": "czNjcjN0"}}]
            ),
            "cannot be used",
        ),
    ],
)
async def test_a_broken_kubeconfig_is_a_settings_error_without_its_content(
    tmp_path: Path, content: str | None, message: str
) -> None:
    """A file that was named but cannot be used stops the start, says what is wrong, and shows no token."""
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content)
    with pytest.raises(errors.SettingsError) as caught:
        await api_client.connect(kubeconfig=str(path), environ={})
    assert message in caught.value.message
    assert caught.value.hint
    assert not any("s3cr3t" in str(error) for error in cluster.chain(caught.value))


@pytest.mark.parametrize("missing", ["ca.crt", "KUBERNETES_SERVICE_PORT"])
async def test_a_service_account_without_all_its_parts_is_a_settings_error(tmp_path: Path, missing: str) -> None:
    """An incomplete service account directory is reported at the start."""
    async with cluster.in_cluster(tmp_path) as (_, account, environ):
        (account / missing).unlink(missing_ok=True)
        environ.pop(missing, None)
        with pytest.raises(errors.SettingsError, match="service account") as caught:
            await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert "automountServiceAccountToken" in str(caught.value.hint)


class _client_of:  # noqa: N801 -- reads as a function
    """A client of a server at `address`, for a block."""

    def __init__(self, directory: Path, address: str) -> None:
        self._path = directory / "config-of-address"
        cluster_part = [{"name": "k", "cluster": {"server": address}}]
        self._path.write_text(json.dumps({**_GOOD, "clusters": cluster_part}))

    async def __aenter__(self) -> api_client.Client:
        connected = await api_client.connect(kubeconfig=str(self._path), environ={})
        assert connected
        self._client = connected
        return connected

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
