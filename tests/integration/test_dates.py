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


class Skewed(clock.SystemClock):
    """The machine's clock, where its date is wrong by `skew` seconds."""

    def __init__(self, skew: float) -> None:
        self._skew = skew

    def now(self) -> float:
        return super().now() + self._skew


@pytest.mark.parametrize("skew", [-400.0, 0.0, 400.0], ids=["behind", "right", "ahead"])
async def test_a_certificate_on_a_node_whose_clock_is_wrong(skew: float) -> None:
    """Of 300 s: kept for two thirds of them, and no call before that issues another."""
    async with turned.running(own=Skewed(skew)) as node:
        await node.role(policy='path "pki/issue/*" { capabilities = ["update"] }')
        await node.vault.write("sys/mounts/pki", {"type": "pki"})
        await node.vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
        await node.vault.write("pki/roles/web", {"allow_any_name": True, "key_type": "ec"})
        issue = "secretPath: pki/issue/web, method: PUT, secretArgs: {common_name: a.example, ttl: 300s}"
        pod, certificate = node.pod(), f"- {{objectName: crt.json, {issue}}}"
        issued = {(await node.publish(pod, certificate))["serial_number"] for _ in range(3)}
        assert (len(issued), node.count("pki/issue/web")) == (1, 1)
        [volume] = node.volumes
        [[_, cached]] = list(volume.responses)
        lease = cached.lease
        assert lease.expires - lease.obtained == pytest.approx(300.0, abs=2.5)
        assert 190.0 <= lease.due - lease.obtained <= 213.0
