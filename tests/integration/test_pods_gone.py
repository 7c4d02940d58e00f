"""The daemon and its pods: what is let go of when one is gone, and what owners are told."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from provider import model, settings
from tests.doubles import clocks
from tests.integration import harness

OBJECTS = "- {objectName: password, secretPath: secret/data/app, secretKey: password}"


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[harness.Harness]:
    """A daemon that knows its node, and reads at every republish."""
    chosen = settings.Settings(
        refresh=settings.Refresh(interval=0.0), kubernetes=settings.Kubernetes(node_name="node-1")
    )
    async with harness.running(tmp_path, chosen) as started:
        yield started


async def _events(parts: harness.Harness, pod: model.Pod, count: int) -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]]:
        items = [each for place, each in parts.kube.objects.items() if place[0] == "events"]
        return [each for each in items if each["involvedObject"]["uid"] == pod.uid]

    async with asyncio.timeout(clocks.HANGS):
        while len(found()) < count:
            await asyncio.sleep(0.01)
    return found()


async def test_a_pod_that_is_gone_is_forgotten(parts: harness.Harness) -> None:
    """At once; the record of another stays, and so does that of a successor under the same name."""
    await parts.kv("app", password="first")
    gone, stays = parts.pod("api-0"), parts.pod("api-1")
    for pod in (gone, stays):
        await parts.mount(pod, OBJECTS)
    parts.kube.delete("pods", gone.namespace, gone.name)
    again = parts.pod("api-0")
    await parts.mount(again, OBJECTS)
    async with asyncio.timeout(clocks.HANGS):
        while {volume.pod.uid for volume in parts.service.volumes} != {stays.uid, again.uid}:
            await asyncio.sleep(0.01)


async def test_a_rotation_is_told_to_the_pods_owner(parts: harness.Harness) -> None:
    """By an Event with the versions that the driver records; a first mount is no rotation."""
    await parts.kv("app", password="first-value")
    pod = parts.pod()
    old = (await parts.mount(pod, OBJECTS)).versions["password"]
    await parts.mount(pod, OBJECTS)
    await parts.kv("app", password="second-value")
    new = (await parts.mount(pod, OBJECTS)).versions["password"]
    [event] = await _events(parts, pod, 1)
    assert event["reason"] == "SecretRotated"
    assert event["message"] == f"changed: password ({old[:8]} -> {new[:8]})"
    assert "value" not in str(event)


async def test_a_refresh_that_fails_is_told_to_the_pods_owner(parts: harness.Harness) -> None:
    """Since the driver hides it; files stay."""
    await parts.kv("app", password="first-value")
    pod = parts.pod()
    await parts.mount(pod, OBJECTS)
    await parts.role(policy='path "other" { capabilities = ["read"] }')
    await parts.vault.write("sys/policies/acl/api-service", {"policy": 'path "x" { capabilities = ["read"] }'})
    await parts.mount(pod, OBJECTS)
    [event] = await _events(parts, pod, 1)
    assert (event["type"], event["reason"]) == ("Warning", "SecretRefreshFailed")
    assert "refresh fails since 2" in event["message"]
    assert parts.text(pod, "password") == "first-value"


async def test_without_events_nothing_is_told(tmp_path: Path) -> None:
    """-pod-events=false."""
    chosen = settings.Settings(refresh=settings.Refresh(interval=0.0), kubernetes=settings.Kubernetes(pod_events=False))
    async with harness.running(tmp_path, chosen) as parts:
        await parts.kv("app", password="first")
        pod = parts.pod()
        await parts.mount(pod, OBJECTS)
        await parts.kv("app", password="second")
        await parts.mount(pod, OBJECTS)
        await asyncio.sleep(0.1)
        assert not any(place[0] == "events" for place in parts.kube.objects)
        assert dataclasses.asdict(chosen.kubernetes)["node_name"] == ""
        assert ("GET", "/api/v1/pods") not in parts.kube.requests
