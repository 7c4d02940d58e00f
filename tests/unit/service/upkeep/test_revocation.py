"""Revocation: which token is revoked and when, and what failures cost."""

import logging
from collections.abc import AsyncIterator

import pytest

from provider import model
from provider.observe import observers
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


async def gone(node: mounted.Mounted, *uids: str, seconds: float = 0.0) -> list[str]:
    """What Vault was asked for after these pods were gone, the grace was over, and these seconds more."""
    for uid in uids:
        node.cleanup.pod_gone(uid)
    node.time.moment += revocation.GRACE
    await node.revocation.round()
    for _ in range(round(seconds)):
        node.time.moment += 1.0
        await node.revocation.round()
    return node.server.requests


async def test_a_pod_that_is_gone_takes_its_token_along(node: mounted.Mounted) -> None:
    """After a grace, and only its own."""
    session = node.session()
    node.mount("a", session, "db", lifecycle=REVOKE)
    node.mount("a", session, "db", lifecycle=REVOKE, target_path="/other")
    node.mount("b", node.session(), "db", lifecycle=REVOKE)
    node.cleanup.pod_gone("a")
    node.time.moment += revocation.GRACE - 1.0
    await node.revocation.round()
    assert node.server.requests == []
    assert await gone(node) == [REVOKED]
    assert node.server.headers[0]["X-Vault-Token"] == session.token.reveal_text()
    assert len(node.ledger) == 1
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
    node.session_pool.withhold(node.identity(node.pod("a")), old)
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
    node.cleanup.pod_gone("b")
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


async def test_trouble_is_tried_again_for_as_long_as_the_token_lives(
    node: mounted.Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    """With growing pauses, and reported once: a Vault that is away for a while loses no revocation."""
    node.mount("a", node.session(10_000.0), lifecycle=REVOKE)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(503, "Vault is sealed")
    with caplog.at_level(logging.WARNING):
        asked = await gone(node, "a", seconds=600)
    assert 10 <= len(asked) <= 20
    assert [record.message for record in caplog.records] == ["revocation failed; the token ends with its TTL"]
    node.vault.answers.clear()
    await gone(node, seconds=75)
    assert len(node.ledger) == 0
    assert len(await gone(node, seconds=75)) == len(asked)


async def test_a_token_that_ends_by_itself_is_let_go(node: mounted.Mounted) -> None:
    """Nothing is asked for one that is past revoking."""
    node.mount("a", node.session(100.0), lifecycle=REVOKE)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(503, "Vault is sealed")
    asked = len(await gone(node, "a", seconds=100))
    assert len(await gone(node, seconds=100)) == asked
    assert len(node.ledger) == 0


async def test_a_token_is_left_alone_that_is_in_use_again(node: mounted.Mounted) -> None:
    """Between one try and the next somebody depends on it: the files of that pod must go on working."""
    session = node.session(10_000.0)
    node.mount("a", session, "db", lifecycle=SHARED)
    node.vault.answers["revoke-self"] = lambda: scripted.refusal(503, "Vault is sealed")
    assert await gone(node, "a") == [REVOKED]
    node.mount("b", session, "db", lifecycle=SHARED)
    assert await gone(node, seconds=100) == [REVOKED]


async def test_who_lost_the_state_revokes_nothing(node: mounted.Mounted) -> None:
    """It may not know of the pods that its successor serves."""
    owner = [False]
    revoking = revocation.Revocation(
        node.ledger, node.clusters, node.session_pool, node.time, observers.Silent(), is_owner=lambda: owner[0]
    )
    node.mount("a", node.session(), lifecycle=REVOKE)
    node.cleanup.pod_gone("a")
    node.time.moment += revocation.GRACE
    await revoking.round()
    assert node.server.requests == []
    owner[0] = True
    await revoking.round()
    assert node.server.requests == [REVOKED]


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
    node.cleanup.pod_gone("a")
    await node.revocation.close()
    assert node.server.requests == [REVOKED]
