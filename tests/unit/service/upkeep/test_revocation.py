"""Departures: what is dropped, which token is revoked and when, and what failures cost."""

import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from provider import model
from provider.service.upkeep import revocation
from tests.doubles import mounted, scripted

REVOKED = "POST /v1/auth/token/revoke-self"
LEASE = "PUT /v1/sys/leases/revoke"
REVOKE = model.Lifecycle(revoke=True)
SHARED = model.Lifecycle(revoke=True, scope=model.LeaseScope.SERVICE_ACCOUNT)


@pytest.fixture
async def node() -> AsyncIterator[mounted.Mounted]:
    async with mounted.running() as running:
        yield running


async def gone(node: mounted.Mounted, *uids: str) -> list[str]:
    """What Vault was asked for after these pods were gone."""
    for uid in uids:
        node.revocation.pod_gone(uid)
    await node.revocation.settled()
    return node.server.requests


async def test_a_pod_that_is_gone_takes_its_token_along(node: mounted.Mounted) -> None:
    """After a grace, and only its own."""
    session = node.session()
    node.mount("a", session, "db", lifecycle=REVOKE)
    node.mount("a", session, "db", lifecycle=REVOKE, target_path="/other")
    node.mount("b", node.session(), "db", lifecycle=REVOKE)
    assert await gone(node, "a") == [REVOKED]
    assert node.server.headers[0]["X-Vault-Token"] == session.token.reveal_text()
    assert node.time.slept == [revocation.GRACE]
    assert [volume.pod.uid for volume in node.volumes] == ["b"]
    assert node.session_pool.find(node.identity(node.pod("a"))) is None


async def test_without_the_wish_only_the_record_goes(node: mounted.Mounted) -> None:
    """A token is revoked where the SPC or the flag says so."""
    node.mount("a", node.session(), "db")
    assert await gone(node, "a", "a", "unknown") == []
    assert len(node.volumes) == 0


async def test_a_pod_without_leases_has_its_token_revoked_too(node: mounted.Mounted) -> None:
    """The one that its next mount would have used."""
    node.mount("a", node.session(), lifecycle=REVOKE)
    assert await gone(node, "a") == [REVOKED]


async def test_every_token_that_something_hangs_on(node: mounted.Mounted) -> None:
    """The one before the last may have leases yet; one that has ended is past revoking."""
    node.mount("a", node.session(5.0), "first", lifecycle=REVOKE)
    old, new = node.session(), node.session()
    node.mount("a", old, "db", lifecycle=REVOKE)
    node.session_pool.forget(node.identity(node.pod("a")), old)
    old.ends = 1000.0
    node.mount("a", new, "other", lifecycle=REVOKE)
    assert await gone(node, "a") == [REVOKED, REVOKED]
    assert [sent["X-Vault-Token"] for sent in node.server.headers] == [
        session.token.reveal_text() for session in (old, new)
    ]


async def test_a_shared_token_goes_with_the_last_pod(node: mounted.Mounted) -> None:
    """Those that come within the grace count."""
    session = node.session()
    for uid in "ab":
        node.mount(uid, session, "db", lifecycle=SHARED)
    assert await gone(node, "a") == []
    node.revocation.pod_gone("b")
    node.mount("c", session, "db", lifecycle=SHARED)
    assert await gone(node) == []
    assert await gone(node, "c") == [REVOKED]


@pytest.mark.parametrize("words", [mounted.DENIED, "permission denied"])
async def test_a_role_that_may_not_revoke_is_told_once(
    node: mounted.Mounted, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Trying again would not help."""
    node.mount("a", node.session(), lifecycle=REVOKE)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(403, words)
    with caplog.at_level(logging.WARNING):
        assert await gone(node, "a") == [REVOKED]
    [message] = caplog.records
    assert message.message == "revocation failed; the token ends with its TTL"
    assert message.__dict__["facts"]["what"] == "a vault token"
    assert "auth/token/revoke-self" in message.__dict__["facts"]["hint"]
    assert "hvs." not in str(message.__dict__)


async def test_a_dead_token_is_as_good_as_revoked(node: mounted.Mounted, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody else did it."""
    node.mount("a", node.session(), lifecycle=REVOKE)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(403, mounted.DEAD)
    with caplog.at_level(logging.WARNING):
        assert await gone(node, "a") == [REVOKED]
    assert not caplog.records


async def test_trouble_is_tried_again_a_few_times(node: mounted.Mounted, caplog: pytest.LogCaptureFixture) -> None:
    """With growing pauses; then it is told once, and the token ends by itself."""
    node.mount("a", node.session(), lifecycle=REVOKE)
    answers = [scripted.refusal(503, "Vault is sealed"), scripted.refusal(500, "x"), web.Response(status=204)]
    node.vault.answers["revoke-self"] = lambda: answers.pop(0)
    assert await gone(node, "a") == [REVOKED] * 3
    assert [round(seconds / 2**number, 9) >= 0.75 for number, seconds in enumerate(node.time.slept[1:])] == [True] * 2
    node.mount("b", node.session(), lifecycle=REVOKE)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(503, "Vault is sealed")
    with caplog.at_level(logging.WARNING):
        assert len(await gone(node, "b")) == 3 + 5
    assert [record.message for record in caplog.records] == ["revocation failed; the token ends with its TTL"]


async def test_the_leases_of_a_batch_token_are_revoked_one_by_one(
    node: mounted.Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    """It cannot be revoked itself; a role that may not do that is told once."""
    node.mount("a", node.session(is_batch=True), "db", "other", lifecycle=REVOKE)
    node.mount("b", node.session(is_batch=True), lifecycle=REVOKE)
    assert await gone(node, "a", "b") == [LEASE, LEASE]
    node.mount("c", node.session(is_batch=True), "db", "other", lifecycle=REVOKE)
    node.vault.answers["leases/revoke"] = lambda: scripted.refusal(403, mounted.DENIED)
    with caplog.at_level(logging.WARNING):
        assert await gone(node, "c") == [LEASE] * 3
    assert [record.message for record in caplog.records] == ["revocation failed; the token ends with its TTL"]
    assert [record.__dict__["facts"]["what"] for record in caplog.records] == ["a lease of a batch token"]


async def test_when_the_provider_ends_nothing_waits_for_its_grace(node: mounted.Mounted) -> None:
    """What would be forgotten is done now."""
    node.mount("a", node.session(), lifecycle=REVOKE)
    node.revocation.pod_gone("a")
    await node.revocation.close()
    assert node.server.requests == [REVOKED]


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
    node.revocation.sweep(2000.0)
    assert [volume.pod.uid for volume in node.volumes] == expected
    await node.revocation.settled()
    assert len(node.server.requests) == 2 - len(expected)


async def test_a_volume_of_a_pod_with_others(node: mounted.Mounted) -> None:
    """One volume that goes leaves the token to the pod's other one."""
    session = node.session(10_000.0)
    node.mount("a", session, "db", lifecycle=REVOKE)
    other = node.mount("a", session, "db", lifecycle=REVOKE, target_path="/other")
    other.last_call = other.last_republish = 1990.0
    node.revocation.sweep(2000.0)
    await node.revocation.settled()
    assert (len(node.volumes), node.server.requests) == (1, [])


async def test_a_mount_under_way_is_not_silence(node: mounted.Mounted) -> None:
    """It may wait for Vault for minutes."""
    calls(node, "slow", seen=0.0, again=0.0)
    calls(node, "busy", seen=1990.0, again=1990.0)
    [slow, _] = list(node.volumes)
    async with slow.lock:
        assert revocation.without_calls(node.volumes, 2000.0) == []
    assert revocation.without_calls(node.volumes, 2000.0) == [slow]
