"""Cleaning up after pods: what is forgotten, by whom it is noticed, and what becomes of the tokens."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from provider import model
from provider.service.upkeep import pod_cleanup, revocation
from tests.doubles import mounted

REVOKE = model.Lifecycle(revoke=True)


@pytest.fixture
async def node() -> AsyncIterator[mounted.Mounted]:
    async with mounted.running() as running:
        yield running


async def revoked(node: mounted.Mounted) -> list[str]:
    """What Vault was asked for once the grace was over."""
    node.time.moment += revocation.GRACE
    await node.revocation.round()
    return node.server.requests


def calls(node: mounted.Mounted, uid: str, *, seen: float, again: float) -> None:
    volume = node.mount(uid, node.session(10_000.0), lifecycle=REVOKE)
    volume.last_call, volume.last_republish = seen, again


@pytest.mark.parametrize(
    ("quiet", "busy", "expected"),
    [
        ((0.0, 0.0), (1990.0, 1990.0), ["busy"]),
        ((100.0, 100.0), (1990.0, 1990.0), ["busy"]),
        ((201.0, 201.0), (1990.0, 1990.0), ["quiet", "busy"]),
        ((0.0, 0.0), (1990.0, 0.0), ["quiet", "busy"]),
        ((0.0, 0.0), (1690.0, 1690.0), ["quiet", "busy"]),
    ],
    ids=["never called again", "not for long", "a moment too early", "rotation is off", "the driver is down"],
)
async def test_a_volume_that_nobody_calls_for(
    node: mounted.Mounted, quiet: tuple[float, float], busy: tuple[float, float], expected: list[str]
) -> None:
    """Counts as gone after half an hour, where others are called again: silence alone says nothing."""
    calls(node, "quiet", seen=quiet[0], again=quiet[1])
    calls(node, "busy", seen=busy[0], again=busy[1])
    node.cleanup.sweep(2000.0)
    assert [volume.pod.uid for volume in node.volumes] == expected
    assert len(await revoked(node)) == 2 - len(expected)


async def test_a_machine_that_slept_was_not_silent(node: mounted.Mounted) -> None:
    """Nobody could call meanwhile: the first volume to be called again does not make the others count as gone."""
    calls(node, "quiet", seen=0.0, again=0.0)
    calls(node, "busy", seen=0.0, again=0.0)
    [_, busy] = list(node.volumes)
    node.cleanup.start(lambda: False)
    await asyncio.sleep(0)
    node.time.moment = 7200.0
    busy.called(7200.0)
    await asyncio.sleep(0)
    await node.cleanup.close()
    assert [volume.pod.uid for volume in node.volumes] == ["quiet", "busy"]


async def test_a_volume_of_a_pod_with_others(node: mounted.Mounted) -> None:
    """One volume that goes leaves the token to the pod's other one."""
    session = node.session(10_000.0)
    node.mount("a", session, "db", lifecycle=REVOKE)
    other = node.mount("a", session, "db", lifecycle=REVOKE, target_path="/other")
    other.last_call = other.last_republish = 1990.0
    node.cleanup.sweep(2000.0)
    assert (len(node.volumes), await revoked(node)) == (1, [])


async def test_a_mount_under_way_is_not_silence(node: mounted.Mounted) -> None:
    """It may wait for Vault for minutes."""
    calls(node, "slow", seen=0.0, again=0.0)
    calls(node, "busy", seen=1990.0, again=1990.0)
    [slow, _] = list(node.volumes)
    async with slow.lock:
        assert pod_cleanup.without_calls(node.volumes, 2000.0) == []
    assert pod_cleanup.without_calls(node.volumes, 2000.0) == [slow]
