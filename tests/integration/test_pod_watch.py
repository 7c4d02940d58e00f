"""The watch of a node's pods where an API server misbehaves."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from provider.base import clock
from provider.kube import api_client, pod_watch
from tests.doubles import clocks, cluster, scripted


class Quick(clock.SystemClock):
    """Waits a thousand times less, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(seconds / 1000)


class Node:
    """A watch and what it reported."""

    def __init__(self, connected: api_client.Client, gone: Callable[[str], None] | None = None) -> None:
        self.gone: list[str] = []
        self.clock = Quick()
        self.watch = pod_watch.PodWatch(
            connected, node="node-1", gone=gone or self.gone.append, time=self.clock, chance=lambda: 0.5
        )


@contextlib.asynccontextmanager
async def _watching(connected: api_client.Client, gone: Callable[[str], None] | None = None) -> AsyncIterator[Node]:
    node = Node(connected, gone)
    node.watch.start()
    try:
        yield node
    finally:
        await node.watch.close()


async def _until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(clocks.HANGS):
        while not look():
            await asyncio.sleep(0.005)


def _asked(bed: cluster.Cluster) -> int:
    return sum(path == "/api/v1/pods" for _, path in bed.kube.requests)


async def test_a_broken_watch_goes_on_from_where_it_was(tmp_path: Path) -> None:
    """No second list; a pod deleted meanwhile is reported."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", node="node-1")
        async with _watching(bed.client) as node:
            await _until(lambda: node.watch.watching)
            assert _asked(bed) == 2
            bed.kube.delete("pods", "production", "api-0")
            bed.kube.watches.drop()
            await _until(lambda: node.gone)
            await _until(lambda: node.watch.watching)
            assert node.gone == [pod.uid]
            assert _asked(bed) == 3


async def test_a_version_that_is_too_old_leads_to_a_fresh_list(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A pod missing from it is gone; nothing is logged, since it happens every day."""
    caplog.set_level(logging.INFO)
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", node="node-1")
        stays = bed.kube.create_pod("production", "api-1", node="node-1")
        async with _watching(bed.client) as node:
            await _until(lambda: node.watch.watching)
            bed.kube.pause()
            bed.kube.watches.drop()
            bed.kube.delete("pods", "production", "api-0")
            bed.kube.forget()
            bed.kube.resume()
            await _until(lambda: node.gone)
            await _until(lambda: node.watch.watching)
            assert node.gone == [pod.uid]
            bed.kube.delete("pods", "production", "api-1")
            await _until(lambda: len(node.gone) > 1)
            assert node.gone == [pod.uid, stays.uid]
    assert [record for record in caplog.records if record.name == "provider.kube"] == []


async def test_bookmarks_carry_the_version_on(tmp_path: Path) -> None:
    """A quiet node needs no list after others were busy and their history is forgotten."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.watches.every = 0.02
        async with _watching(bed.client) as node:
            await _until(lambda: node.watch.watching)
            for number in range(5):
                bed.kube.create_pod("production", f"other-{number}", node="node-2")
            at = bed.kube.objects.version
            await _until(lambda: node.watch._version == str(at))
            bed.kube.objects.history.forget(at)
            before = _asked(bed)
            bed.kube.watches.drop()
            await _until(lambda: _asked(bed) > before and node.watch.watching)
            assert _asked(bed) == before + 1


async def test_a_callable_that_fails_does_not_end_the_watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged as an internal error, and the next pod is reported."""
    seen: list[str] = []

    def gone(uid: str) -> None:
        seen.append(uid)
        raise RuntimeError("x")

    async with cluster.running(tmp_path) as bed:
        both = [bed.kube.create_pod("production", f"api-{number}", node="node-1").uid for number in range(2)]
        async with _watching(bed.client, gone) as node:
            await _until(lambda: node.watch.watching)
            for number in range(2):
                bed.kube.delete("pods", "production", f"api-{number}")
            await _until(lambda: len(seen) > 1)
            assert node.watch.watching
    assert seen == both
    assert caplog.text.count("internal error after a pod was gone") == 2


async def test_a_fault_of_ours_does_not_end_the_watch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged with its traceback, once however often it comes, and the watch begins with a new list."""
    faults = iter((ValueError("first"), ValueError("second")))

    def held() -> list[str]:
        for fault in faults:
            raise fault
        return []

    async with cluster.running(tmp_path) as bed:
        time = Quick()
        watch = pod_watch.PodWatch(
            bed.client, node="node-1", gone=lambda _: None, held=held, time=time, chance=lambda: 0.5
        )
        watch.start()
        await _until(lambda: watch.watching)
        await watch.close()
    errors_logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in errors_logged] == ["internal error"]
    assert "ValueError: first" in caplog.text
    assert time.slept == [1.0, 2.0]


async def test_trouble_that_goes_on_is_logged_once_and_backed_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line at info; tries get rarer, up to one a minute."""
    caplog.set_level(logging.INFO, "provider.kube")
    async with cluster.running(tmp_path) as bed:
        await bed.kube.stop()
        async with _watching(bed.client) as node:
            await _until(lambda: len(node.clock.slept) > 9)
            assert node.clock.slept[:10] == [0.75, 1.5, 3.0, 6.0, 12.0, 24.0, 45.0, 45.0, 45.0, 45.0]
            assert not node.watch.watching
            await bed.kube.start(port=int(bed.kube.address.rpartition(":")[2]))
            await _until(lambda: node.watch.watching)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "detected by timeout" in messages[0]
    assert messages[1] == "this node's pods are watched again"


async def test_a_server_that_breaks_every_watch_is_not_asked_all_the_time(tmp_path: Path) -> None:
    """A watch that begins and ends in the same moment counts as a failure."""
    async with cluster.running(tmp_path) as bed, _watching(bed.client) as node:
        async with asyncio.timeout(clocks.HANGS):
            while len(node.clock.slept) < 4:
                bed.kube.watches.drop()
                await asyncio.sleep(0.001)
        assert node.clock.slept[:4] == [0.75, 1.5, 3.0, 6.0]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ERROR", "object": {"kind": "Status", "code": 500}},
        {"type": "ERROR"},
        {"type": "ADDED", "object": None},
        {},
    ],
)
async def test_an_event_that_makes_no_sense_leads_to_a_fresh_list(tmp_path: Path, event: dict[str, Any]) -> None:
    """Rather than to a watch that misses something; pages of a list are put together."""
    lists: list[str] = []

    def item(name: str, uid: str) -> dict[str, Any]:
        return {"metadata": {"namespace": "n", "name": name, "uid": uid, "resourceVersion": "1"}}

    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" in request.query:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(json.dumps(event).encode() + b"\n")
            return response
        lists.append(request.query.get("continue", ""))
        about: dict[str, Any] = {"resourceVersion": "5"}
        if "continue" not in request.query:
            about["continue"] = "a/b+c"
            return scripted.reply({"metadata": about, "items": [item("one", "1")]})
        second = [item("two", "2")] if len(lists) <= 2 else None
        return scripted.reply({"metadata": about, "items": second})

    async with scripted.serving(answer) as server, cluster.running(tmp_path) as bed:
        config = tmp_path / "scripted"
        config.write_text(bed.kube.kubeconfig().replace(bed.kube.address, server.address))
        connected = await api_client.connect(kubeconfig=str(config), environ={})
        assert connected
        async with _watching(connected) as node:
            await _until(lambda: len(lists) >= 4 and node.gone)
        assert lists[:4] == ["", "a/b+c", "", "a/b+c"]
        assert node.gone == ["2"]
        assert {headers["Accept"] for headers in server.headers} == {pod_watch.LIST, pod_watch.EVENT}
        await connected.close()


async def test_a_node_without_any_pod_is_most_likely_the_wrong_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is held for pods is not let go of by a name that was misspelt; the log asks."""
    gone: list[str] = []
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", node="node-1")
        watch = pod_watch.PodWatch(bed.client, node="nod-1", gone=gone.append, held=lambda: [pod.uid], time=Quick())
        watch.start()
        await _until(lambda: watch.watching)
        await watch.close()
    assert gone == []
    assert "is -node-name right?" in caplog.text


async def test_an_answer_that_is_not_a_list_is_not_an_empty_node(tmp_path: Path) -> None:
    """No pod is reported as gone."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return scripted.reply({"kind": "Strange"})

    async with scripted.serving(answer) as server, cluster.running(tmp_path) as bed:
        config = tmp_path / "scripted"
        config.write_text(bed.kube.kubeconfig().replace(bed.kube.address, server.address))
        connected = await api_client.connect(kubeconfig=str(config), environ={})
        assert connected
        gone: list[str] = []
        watch = pod_watch.PodWatch(connected, node="n", gone=gone.append, held=lambda: ["held"], time=Quick())
        watch.start()
        await _until(lambda: len(server.requests) > 3)
        await watch.close()
        await connected.close()
        assert gone == []
