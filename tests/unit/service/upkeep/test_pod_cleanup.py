"""Cleaning up after pods: what is forgotten, by whom it is noticed, and what becomes of the tokens."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from provider import model
from provider.observe import events
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


class Pods:
    """The pods of the node, as a watch and the API server know them."""

    def __init__(self, watched: set[str] | None, there: dict[str, bool | None]) -> None:
        self.uids = watched
        self.there = there
        self.asked: list[str] = []

    async def exists(self, pod: model.Pod) -> bool | None:
        self.asked.append(pod.uid)
        return self.there[pod.uid]


async def test_what_is_held_for_a_pod_that_is_not_there_is_given_up(node: mounted.Mounted) -> None:
    """Its end was missed: one request confirms it; without an answer it stays, and so does who is there after all."""
    for uid in ("watched", "gone", "late", "unclear"):
        node.mount(uid, node.session(10_000.0), lifecycle=REVOKE)
    pods = Pods({"watched"}, {"gone": False, "late": True, "unclear": None})
    node.cleanup.start(pods)
    await node.cleanup.round()
    assert [volume.pod.uid for volume in node.volumes] == ["watched", "late", "unclear"]
    assert sorted(pods.asked) == ["gone", "late", "unclear"]
    assert len(await revoked(node)) == 1


async def test_tokens_of_a_pod_without_volumes_are_given_up_too(node: mounted.Mounted) -> None:
    """Those of a mount that failed, as the state of an earlier process has them."""
    node.volumes.drop(node.mount("gone", node.session(10_000.0), lifecycle=REVOKE))
    node.cleanup.start(Pods(set(), {"gone": False}))
    await node.cleanup.round()
    assert len(await revoked(node)) == 1


async def test_a_mount_behind_the_end_of_its_pod_is_looked_at_at_once(node: mounted.Mounted) -> None:
    """A call that the kubelet made before it noticed leaves nothing behind."""
    pods = Pods({"there"}, {"gone": False})
    node.cleanup.start(pods)
    for uid in ("there", "gone"):
        volume = node.mount(uid, node.session(10_000.0), lifecycle=REVOKE)
        node.cleanup.observe(events.Mounted(who=volume.origin, role="r", files=1, bytes=1, requests=1, seconds=0.1))
    for _ in range(3):
        await asyncio.sleep(0)
    assert (pods.asked, [volume.pod.uid for volume in node.volumes]) == (["gone"], ["there"])


async def test_without_a_watch_time_tells(node: mounted.Mounted) -> None:
    """Nobody is asked about each pod; silence counts."""
    calls(node, "quiet", seen=0.0, again=0.0)
    calls(node, "busy", seen=1990.0, again=1990.0)
    node.time.moment = 2000.0
    node.cleanup.start(Pods(None, {}))
    await node.cleanup.round()
    assert [volume.pod.uid for volume in node.volumes] == ["busy"]
