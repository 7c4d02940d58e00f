"""Answers without an end, over a real socket."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from provider import errors
from provider.kube import api_client
from tests.doubles import clocks, cluster, scripted

WATCH = "/api/v1/pods?watch=true&timeoutSeconds=60"


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "kubernetes-stream"]


async def _no_thread_stays() -> None:
    for thread in _threads():
        await asyncio.to_thread(thread.join, clocks.HANGS)
        assert not thread.is_alive()


def _lines(*parts: bytes, then: str = "") -> Any:
    async def answer(request: Any) -> Any:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for part in parts:
            await response.write(part)
            await asyncio.sleep(0.01)
        if then == "break":
            request.transport.abort()
        if then == "silence":
            await asyncio.sleep(clocks.FOREVER)
        if then == "trickle":
            while True:
                await response.write(b"{}\n")
                await asyncio.sleep(0.02)
        return response

    return answer


async def _connect(directory: Path, address: str) -> api_client.Client:
    config = directory / "config"
    content = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": address}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
    }
    config.write_text(json.dumps(content))
    connected = await api_client.connect(kubeconfig=str(config), environ={})
    assert connected
    return connected


async def _read(connected: api_client.Client, seconds: float, seen: list[Any]) -> None:
    async with connected.stream(WATCH, timeout=seconds) as found:
        async for item in found:
            seen.append(item)  # noqa: PERF401 -- what comes before an error counts


async def test_objects_come_one_a_line_however_they_are_cut(tmp_path: Path) -> None:
    """In order, until the server ends it; the connection is used again."""
    handler = _lines(b'{"n": 1}\n{"n"', b": 2}\n", b'{"n": 3}\n')
    async with scripted.serving(handler) as server:
        connected = await _connect(tmp_path, server.address)
        for _ in range(2):
            async with connected.stream(WATCH, accept="application/json;x=y", timeout=5) as found:
                assert [item["n"] async for item in found] == [1, 2, 3]
        assert server.headers[0]["Accept"] == "application/json;x=y"
        assert server.connections == 1
        await connected.close()
    await _no_thread_stays()


async def test_one_that_breaks_is_reported_and_not_started_again(tmp_path: Path) -> None:
    """What came before arrives; the reader decides from where to go on."""
    async with scripted.serving(_lines(b'{"n": 1}\n', b'{"n": 2}\n{"n', then="break")) as server:
        connected = await _connect(tmp_path, server.address)
        seen: list[Any] = []
        with pytest.raises(errors.KubeError) as caught:
            await _read(connected, 5, seen)
        assert seen == [{"n": 1}, {"n": 2}]
        assert caught.value.retryable
        assert len(server.requests) == 1
        await connected.close()


@pytest.mark.parametrize("line", [b"s3cr3t\n", b'["s3cr3t"]\n', b"x" * (5 * 1024 * 1024)])
async def test_a_line_that_is_not_an_object_is_an_error_without_its_text(tmp_path: Path, line: bytes) -> None:
    """Nor is a line without an end read for ever."""
    async with scripted.serving(_lines(line, then="silence")) as server:
        connected = await _connect(tmp_path, server.address)
        with pytest.raises(errors.KubeError) as caught:
            async with connected.stream(WATCH, timeout=5) as found:
                await anext(found)
        assert not any("s3cr3t" in str(error) for error in cluster.chain(caught.value))
        await connected.close()
    await _no_thread_stays()


@pytest.mark.parametrize("then", ["silence", "trickle"])
async def test_one_that_outlasts_its_time_is_an_error(tmp_path: Path, then: str) -> None:
    """Whether the server says something or nothing."""
    async with scripted.serving(_lines(b"{}\n", then=then)) as server:
        connected = await _connect(tmp_path, server.address)
        with pytest.raises(errors.KubeError) as caught:
            async with asyncio.timeout(clocks.HANGS):
                await _read(connected, 0.4, [])
        assert caught.value.retryable
        await connected.close()
    await _no_thread_stays()


async def test_a_refusal_is_one_of_ours(tmp_path: Path) -> None:
    """Before anything is entered."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.deny("watch", "pods")
        with pytest.raises(errors.KubeError, match='cannot watch resource "pods"') as caught:
            async with bed.client.stream(WATCH, timeout=5):
                raise AssertionError
        assert caught.value.status == 403


@pytest.mark.parametrize("who", ["reader", "client"])
async def test_closing_wakes_the_thread_that_waits_for_bytes(tmp_path: Path, who: str) -> None:
    """Also inside TLS; the reader gets an error when it is the client that closes."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        server.create_pod("csi", "api-0")
        async with connected.stream(WATCH, timeout=clocks.FOREVER) as found:
            assert (await anext(found))["type"] == "ADDED"
            if who == "client":
                await connected.close()
                with pytest.raises(errors.KubeError, match="closed"):
                    await anext(found)
        await _no_thread_stays()
        await connected.close()
        with pytest.raises(errors.KubeError, match="stopping"):
            async with connected.stream(WATCH, timeout=60):
                raise AssertionError


async def test_a_reader_that_is_cancelled_leaves_at_once(tmp_path: Path) -> None:
    """While it connects, and while it waits."""
    async with cluster.running(tmp_path) as bed:

        async def read() -> None:
            async with bed.client.stream(WATCH, timeout=clocks.FOREVER) as found:
                await anext(found)

        for paused in (False, True):
            if paused:
                bed.kube.pause()
            task = asyncio.create_task(read())
            await asyncio.sleep(0.1)
            task.cancel()
            async with asyncio.timeout(clocks.HANGS):
                with pytest.raises(asyncio.CancelledError):
                    await task
        bed.kube.resume()
        await _no_thread_stays()


async def test_a_token_that_is_refused_is_read_again(tmp_path: Path) -> None:
    """As for any request."""
    async with cluster.in_cluster(tmp_path) as (server, account, environ):
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        server.require("second")
        (account / "token").write_text("second")
        server.create_pod("csi", "api-0")
        async with connected.stream(WATCH, timeout=5) as found:
            assert (await anext(found))["type"] == "ADDED"
        await connected.close()
