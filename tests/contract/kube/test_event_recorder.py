"""Events on pods, on both API servers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from provider import model
from provider.base import clock
from provider.kube import api_client, event_limits, event_recorder
from provider.observe import events
from tests.contract.kube import servers
from tests.doubles import clocks


@contextlib.asynccontextmanager
async def _reporting(
    provider: api_client.Client, interval: float = event_limits.INTERVAL
) -> AsyncIterator[event_recorder.EventRecorder]:
    made = event_recorder.EventRecorder(provider, node="node-1", time=clock.SystemClock(), interval=interval)
    made.start()
    try:
        yield made
    finally:
        await made.close()


async def _seen(kube: servers.Api, pod: model.Pod, count: int = 1) -> list[dict[str, object]]:
    async with asyncio.timeout(clocks.HANGS):
        while len(found := await kube.events(pod)) < count:
            await asyncio.sleep(0.02)
    return found


async def test_the_owner_of_a_pod_reads_of_a_rotation(kube: servers.Api, provider: api_client.Client) -> None:
    """An Event on that very pod, from us, with names and versions."""
    pod = await kube.pod(await kube.namespace(), "node-1")
    async with _reporting(provider) as reports:
        reports.rotated(pod, [("db-password", "old-version", "new-version")])
        [event] = await _seen(kube, pod)
    assert (event["type"], event["reason"], event["count"]) == ("Normal", "SecretRotated", 1)
    assert event["message"] == "changed: db-password (old-vers -> new-vers)"
    assert event["involvedObject"] == {
        "apiVersion": "v1",
        "kind": "Pod",
        "namespace": pod.namespace,
        "name": pod.name,
        "uid": pod.uid,
    }
    assert event["source"] == {"component": "vault-csi-provider", "host": "node-1"}
    assert event["reportingComponent"] == "vault-csi-provider"


async def test_the_owner_of_a_pod_reads_of_a_refresh_that_fails(kube: servers.Api, provider: api_client.Client) -> None:
    """A warning with the reason, the text without what looks like a token, and since when; once per reason."""
    pod = await kube.pod(await kube.namespace(), "node-1")
    async with _reporting(provider) as reports:
        for _ in range(12):
            reports.refresh_failed(pod, "vault-unavailable", f"hvs.CAESIJ1234567890 {'x' * 5000}", 1_700_000_000.0)
        reports.refresh_failed(pod, "path-denied", "the policy denies it", 1_700_000_000.0)
        found = await _seen(kube, pod, 2)
    messages = {str(event["message"])[:92] for event in found}
    assert {event["type"] for event in found} == {"Warning"}
    assert {event["reason"] for event in found} == {"SecretRefreshFailed"}
    assert messages == {
        "files stay as they are, refresh fails since 2023-11-14T22:13:20Z (vault-unavailable): <secre",
        "files stay as they are, refresh fails since 2023-11-14T22:13:20Z (path-denied): the policy d",
    }


async def test_the_owner_of_a_pod_reads_of_a_lease_that_is_lost(kube: servers.Api, provider: api_client.Client) -> None:
    """A warning per lease, and one for a token that took its leases along; one that a read found dead is no news."""
    pod = await kube.pod(await kube.namespace(), "node-1")
    who = model.Origin(pod)
    async with _reporting(provider) as reports:
        for _ in range(3):
            reports.observe(events.LeaseLost(who=who, path="database/creds/app", why="lease not found"))
        reports.observe(events.TokenExpired(who=who, role="api", path="secret/data/app"))
        reports.observe(events.TokenExpired(who=who, role="api"))
        found = await _seen(kube, pod, 2)
    assert {(event["type"], event["reason"]) for event in found} == {("Warning", "SecretLeaseLost")}
    next_call = "the credentials no longer work, and are requested again at the next call"
    assert {event["message"] for event in found} == {
        f"Vault has ended the lease of database/creds/app (lease not found): {next_call}",
        f"Vault has ended the token of role api with its leases: {next_call}",
    }


async def test_merged_changes_are_sent_together(kube: servers.Api, provider: api_client.Client) -> None:
    """When the interval is over, though nothing else happens then."""
    pod = await kube.pod(await kube.namespace(), "node-1")
    async with _reporting(provider, interval=0.5) as reports:
        reports.rotated(pod, [("a", "1", "2")])
        reports.rotated(pod, [("a", "2", "3")])
        reports.rotated(pod, [("b", "1", "2")])
        await _seen(kube, pod, 1)
        found = await _seen(kube, pod, 2)
        await asyncio.sleep(0.7)
        assert len(await kube.events(pod)) == 2
    assert {event["message"]: event["count"] for event in found} == {
        "changed: a (1 -> 2)": 1,
        "changed: a (2 -> 3), b (1 -> 2)": 2,
    }


async def test_without_the_right_it_is_logged_once_with_the_rule(
    kube: servers.Api, provider: api_client.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """At info; that namespace is asked no more for a while."""
    caplog.set_level(logging.INFO, "provider.kube")
    pod = await kube.pod(await kube.namespace(), "node-1")
    await kube.forbid()
    try:
        async with _reporting(provider) as reports:
            for number in range(5):
                reports.refresh_failed(pod, f"reason-{number}", "words", 0.0)
            await servers.until(lambda: caplog.records and reports._queue.empty())
    finally:
        await kube.permit()
    [record] = caplog.records
    assert record.levelno == logging.INFO
    assert 'cannot create resource "events"' in record.getMessage()
    assert '{apiGroups: [""], resources: [events], verbs: [create]}' in record.getMessage()
    assert await kube.events(pod) == []


async def test_an_api_server_that_is_away_for_a_moment_loses_nothing(
    kube: servers.Api, provider: api_client.Client
) -> None:
    """An Event is tried again; reporting takes no time meanwhile."""
    pod = await kube.pod(await kube.namespace(), "node-1")
    async with _reporting(provider) as reports:
        await kube.stop()
        reports.rotated(pod, [("a", "1", "2")])
        assert reports._queue.qsize() == 1, "it waits for its task, which has not run yet"
        await asyncio.sleep(0.2)
        await kube.start()
        assert len(await _seen(kube, pod)) == 1
