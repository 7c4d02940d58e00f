"""Events where the API server misbehaves."""

import asyncio
import logging
from pathlib import Path

import pytest

from provider.dev import kube
from provider.kube import event_recorder
from tests.doubles import clocks, cluster

EVENTS = ("create", "events")


class Starting(clocks.TestClock):
    """The API server knows its roles once somebody has waited for it."""

    def __init__(self, server: kube.DevKube) -> None:
        super().__init__()
        self._server = server

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._server.allow(*EVENTS)
        await super().sleep(seconds)


async def test_a_refusal_of_a_server_that_has_just_started_loses_no_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It answers 403 until it knows its roles: the Event is sent again a second later, and nothing is logged."""
    caplog.set_level(logging.INFO, "provider.kube")
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", node="node-1")
        bed.kube.deny(*EVENTS)
        recorder = event_recorder.EventRecorder(bed.client, node="node-1", time=Starting(bed.kube))
        recorder.start()
        recorder.rotated(pod, [("a", "1", "2")])
        async with asyncio.timeout(clocks.HANGS):
            while not any(place[0] == "events" for place in bed.kube.objects):
                await asyncio.sleep(0.005)
        await recorder.close()
    assert not caplog.records
