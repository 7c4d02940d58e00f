"""The watch of a node's pods, on both API servers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from provider.base import clock
from provider.kube import api_client, pod_watch
from tests.contract.kube import servers
from tests.doubles import clocks

PROMPT = 3.0
"""Seconds in which a pod that is gone is reported."""


class Node:
    """A node whose pods are watched. `gone` is what was reported, in order."""

    def __init__(self, kube: servers.Api, provider: api_client.Client) -> None:
        self.name = kube.name("node")
        self.gone: list[str] = []
        self.held: set[str] = set()
        self.clock = Quick()
        self.watch = pod_watch.PodWatch(
            provider, node=self.name, gone=self.gone.append, held=lambda: self.held, time=self.clock, chance=lambda: 0.5
        )


class Quick(clock.SystemClock):
    """Waits five hundred times less, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await super().sleep(seconds / 500)


@pytest.fixture
async def node(kube: servers.Api, provider: api_client.Client) -> AsyncIterator[Node]:
    made = Node(kube, provider)
    yield made
    await made.watch.close()


async def _watched(node: Node) -> None:
    node.watch.start()
    await servers.until(lambda: node.watch.watching)


async def test_a_deleted_pod_is_reported(kube: servers.Api, node: Node) -> None:
    """With its UID, once, and those of other nodes not at all."""
    namespace = await kube.namespace()
    stays, goes = await kube.pod(namespace, node.name), await kube.pod(namespace, node.name)
    elsewhere = await kube.pod(namespace, kube.name("node"))
    await _watched(node)
    await kube.delete(elsewhere)
    await kube.delete(goes)
    await servers.until(lambda: node.gone, PROMPT)
    late = await kube.pod(namespace, node.name)
    await kube.delete(late)
    await servers.until(lambda: len(node.gone) > 1, PROMPT)
    assert node.gone == [goes.uid, late.uid]
    assert stays.uid not in node.gone


async def test_a_pod_replaced_under_its_name_is_another(kube: servers.Api, node: Node) -> None:
    """The former UID is gone, the new one is not."""
    namespace = await kube.namespace()
    before = await kube.pod(namespace, node.name, "api-0")
    await _watched(node)
    after = await kube.pod(namespace, node.name, "api-0")
    await servers.until(lambda: node.gone, PROMPT)
    await kube.delete(after)
    await servers.until(lambda: len(node.gone) > 1, PROMPT)
    assert node.gone == [before.uid, after.uid]


async def test_a_held_pod_that_a_list_lacks_is_reported(kube: servers.Api, node: Node) -> None:
    """As after a restart of the provider: the pod went meanwhile, and was never seen."""
    there = await kube.pod(await kube.namespace(), node.name)
    node.held = {there.uid, "gone-long-ago"}
    await _watched(node)
    assert node.gone == ["gone-long-ago"]


async def test_nothing_is_missed_while_the_api_server_is_away(kube: servers.Api, node: Node) -> None:
    """It is restarted; a pod that goes right after it is reported, and `watching` shows that it was away."""
    pod = await kube.pod(await kube.namespace(), node.name)
    await _watched(node)
    await kube.stop()
    await servers.until(lambda: not node.watch.watching)
    await kube.start()
    await kube.delete(pod)
    await servers.until(lambda: node.gone)
    await servers.until(lambda: node.watch.watching)
    assert node.gone == [pod.uid]


async def test_without_the_right_it_is_logged_once_and_tried_every_ten_minutes(
    kube: servers.Api, node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    """At info, with the rule to add; once that is there, it goes on without a restart."""
    caplog.set_level(logging.INFO, "provider.kube")
    pod = await kube.pod(await kube.namespace(), node.name)
    await kube.forbid()
    try:
        node.watch.start()
        await servers.until(lambda: node.clock.slept)
        assert not node.watch.watching
    finally:
        await kube.permit()
    await servers.until(lambda: node.watch.watching)
    await kube.delete(pod)
    await servers.until(lambda: node.gone, PROMPT)
    messages = [record.getMessage() for record in caplog.records if "detected by timeout" in record.getMessage()]
    assert len(messages) == 1
    assert 'cannot list resource "pods"' in messages[0]
    assert messages[0].endswith('the rule {apiGroups: [""], resources: [pods], verbs: [list, watch]}')
    assert {record.levelno for record in caplog.records} == {logging.INFO}
    assert set(node.clock.slept) == {pod_watch.DENIED_PAUSE}


async def test_closing_takes_no_time(kube: servers.Api, node: Node) -> None:
    """Whatever it waits for; and what happens later is not reported."""
    pod = await kube.pod(await kube.namespace(), node.name)
    await _watched(node)
    async with asyncio.timeout(clocks.HANGS):  # of minutes that the API server keeps a watch open
        await node.watch.close()
    assert not node.watch.watching
    await kube.delete(pod)
    await asyncio.sleep(0.2)
    assert node.gone == []


async def test_the_watch_leaves_every_thread_to_others(kube: servers.Api, provider: api_client.Client) -> None:
    """More streams than there are threads, and requests are answered all the same."""
    path = f"/api/v1/pods?watch=true&timeoutSeconds=20&fieldSelector=spec.nodeName%3D{kube.name('node')}"
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(api_client.THREADS + 2):
            await stack.enter_async_context(provider.stream(path, accept=pod_watch.EVENT, timeout=30))
        burst = [provider.request("GET", "/version", timeout=5) for _ in range(2 * api_client.THREADS)]
        assert {answer["major"] for answer in await asyncio.gather(*burst)} == {"1"}
