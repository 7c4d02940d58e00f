"""Dates of leases, tokens and certificates on machines that sleep, and on nodes whose clocks are wrong."""

import pytest

from provider.base import clock
from tests.doubles import clocks
from tests.integration import turned


async def test_a_machine_that_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Token and lease of an hour, two hours of sleep: the first call after it gets a login that opens."""
    async with turned.running(own=clock.SystemClock()) as node:
        await node.role()
        pod = node.pod()
        before = await node.publish(pod)
        clocks.sleep_machine(monkeypatch, 7200.0)
        node.time.turned += 7200.0
        assert not node.opens(before)
        assert node.opens(await node.publish(pod))
        await node.renewals.round()
        assert node.opens(await node.publish(pod))
        assert node.count("auth/kubernetes/login") == 2
