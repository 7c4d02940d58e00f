"""Renewals: what is renewed when, what a refusal costs, and what trouble does not."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from provider import model
from provider.service.upkeep import renewals
from provider.service.volumes import volume_state
from tests.doubles import mounted, scripted

LEASE = "PUT /v1/sys/leases/renew"
TOKEN = "POST /v1/auth/token/renew-self"
SHARED = model.Lifecycle(scope=model.LeaseScope.SERVICE_ACCOUNT)


@pytest.fixture
async def node() -> AsyncIterator[mounted.Mounted]:
    async with mounted.running() as running:
        yield running


def good(volume: volume_state.Volume, now: float) -> bool:
    return volume.is_made_by("digest") and volume.is_good(now)


async def test_a_lease_is_renewed_when_it_is_due_and_stays_good(node: mounted.Mounted) -> None:
    """Again and again, for as long as Vault grants it its time."""
    volume = node.mount("a", node.session(10_000.0), "db")
    assert await node.at(60.0) == []
    for round_of in range(20):
        now = 70.0 + 75.0 * round_of
        assert await node.at(now) == [LEASE]
        assert await node.at(now + 1.0) == []
        assert good(volume, now + 1.0)


async def test_a_lease_shared_by_several_volumes_is_renewed_once(node: mounted.Mounted) -> None:
    """The pods of one service account hold one lease, and one token."""
    session = node.session(200.0)
    volumes = [node.mount(uid, session, *(["db"] if uid == "a" else []), lifecycle=SHARED) for uid in "abc"]
    assert await node.at(70.0) == [LEASE]
    assert await node.at(145.0) == [TOKEN, LEASE]
    assert {id(volume.responses) for volume in volumes} == {id(volumes[0].responses)}


async def test_a_token_is_renewed_while_a_lease_hangs_on_it(node: mounted.Mounted) -> None:
    """And it is handed out for longer; a token without a lease may end."""
    session = node.session(200.0)
    node.vault.ttl = 200
    node.mount("a", session, "db", ttl=1000.0)
    node.mount("b", node.session(200.0))
    assert await node.at(140.0) == [TOKEN]
    assert (session.ends, session.expires) == (340.0, 320.0)
    node.time.moment = 310.0
    assert node.session_pool.find(node.identity(node.pod("a"))) is session
    assert node.session_pool.find(node.identity(node.pod("b"))) is None


async def test_a_token_near_its_maximum_is_replaced_in_time(
    node: mounted.Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    """A renewal that grants clearly less is the last: told once, then credentials and token are asked for anew."""
    volume = node.mount("a", node.session(200.0), "db", ttl=1000.0)
    node.vault.ttl = 150
    with caplog.at_level(logging.WARNING):
        assert await node.at(140.0) == [TOKEN]
        for now in (141.0, 200.0, 220.0):
            assert await node.at(now) == []
            assert good(volume, now)
    assert [record.message for record in caplog.records] == [
        "the vault token ends before the lease of its credentials; they are requested again in time"
    ]
    node.time.moment = 230.0
    assert not good(volume, 230.0)
    assert node.session_pool.find(node.identity(node.pod("a"))) is None


@pytest.mark.parametrize("refusal", [(400, "lease is not renewable"), (403, mounted.DENIED)])
async def test_a_token_that_cannot_be_renewed_is_tried_once(node: mounted.Mounted, refusal: tuple[int, str]) -> None:
    """Its leases go on until it is replaced, which is while there is time for new files."""
    volume = node.mount("a", node.session(1000.0), "db", ttl=300.0)
    node.vault.answers["renew-self"] = lambda: scripted.refusal(*refusal)
    assert await node.at(210.0) == [LEASE]
    assert await node.at(425.0) == [LEASE]  # 67 % of 300 s, 5 % more at most
    assert await node.at(680.0) == [TOKEN, LEASE]
    assert await node.at(870.0) == []
    assert good(volume, 879.0)
    assert not good(volume, 881.0)


async def test_a_role_that_may_not_renew_leases_is_noticed_once(
    node: mounted.Mounted, caplog: pytest.LogCaptureFixture
) -> None:
    """One refused try a token, told once a role; its leases are asked for anew when they are due."""
    volume = node.mount("a", node.session(10_000.0), "db", "other")
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(403, mounted.DENIED)
    with caplog.at_level(logging.WARNING):
        assert await node.at(70.0) == [LEASE]
        assert not good(volume, 70.0)
        node.mount("a", next(kept.session for _, kept in volume.responses), "db", "other")
        assert good(volume, 70.0)
        assert await node.at(140.0) == []
        assert not good(volume, 140.0)
    assert len(caplog.records) == 1
    assert "sys/leases/renew" in str(caplog.records[0].__dict__["facts"])


@pytest.mark.parametrize("words", ["lease not found", "invalid lease", "lease is not renewable"])
async def test_a_lease_that_is_over_is_asked_for_anew(node: mounted.Mounted, words: str) -> None:
    """At the volume's next call, and its renewal is not tried again; other leases go on."""
    volume = node.mount("a", node.session(10_000.0), "db")
    other = node.mount("b", node.session(10_000.0), "db", ttl=1000.0)
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(400, words)
    assert await node.at(70.0) == [LEASE]
    assert await node.at(75.0) == []
    assert (good(volume, 75.0), good(other, 75.0)) == (False, True)


async def test_a_check_that_finds_a_lease_not_renewable_takes_nothing(node: mounted.Mounted) -> None:
    """It lives on, is not checked again, and is asked for anew when it is due."""
    volume = node.mount("a", node.session(10_000.0), "db", ttl=1000.0, lease={"check": 100.0})
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(400, "lease is not renewable")
    assert await node.at(100.0) == [LEASE]
    assert await node.at(669.0) == []
    assert good(volume, 669.0)
    assert await node.at(671.0) == []
    assert not good(volume, 671.0)


async def test_a_check_during_an_outage_takes_nothing(node: mounted.Mounted) -> None:
    """It is made when Vault is back."""
    volume = node.mount("a", node.session(10_000.0), "db", ttl=1000.0, lease={"check": 100.0})
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(503, "Vault is sealed")
    for second in range(100, 400):
        await node.at(float(second))
    assert good(volume, 400.0)
    node.vault.answers.clear()
    for second in range(400, 500):
        await node.at(float(second))
    [(_, cached)] = list(volume.responses)
    assert cached.lease.expires >= 1400.0


@pytest.mark.parametrize("words", [mounted.DEAD, "permission denied"])
async def test_a_dead_token_takes_all_that_hangs_on_it(node: mounted.Mounted, words: str) -> None:
    """Nothing more is tried with it, and the next call logs in; static secrets stay."""
    volume = node.mount("a", node.session(10_000.0), "db", "other")
    node.vault.answers["leases/renew"] = node.vault.answers["lookup-self"] = lambda: scripted.refusal(403, words)
    asked = await node.at(70.0)
    assert asked.count(LEASE) == 1
    assert await node.at(71.0) == []
    assert not good(volume, 71.0)
    assert node.session_pool.find(node.identity(node.pod("a"))) is None


async def test_words_that_fit_both_are_settled_by_asking_the_token(node: mounted.Mounted) -> None:
    """A bare "permission denied" with a token that lives is a denial."""
    node.mount("a", node.session(10_000.0), "db")
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(403, "permission denied")
    node.vault.answers["lookup-self"] = lambda: scripted.reply({"data": {}})
    assert await node.at(70.0) == [LEASE, "GET /v1/auth/token/lookup-self"]
    assert node.session_pool.find(node.identity(node.pod("a"))) is not None


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_vault_in_trouble_is_asked_less_and_less(
    node: mounted.Mounted, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """By one request at a time; nothing is lost while the leases live, and all is renewed afterwards."""
    session = node.session(100_000.0)
    volumes = [node.mount(str(number), session, "db", ttl=3000.0) for number in range(30)]
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(status, "Vault is sealed")
    with caplog.at_level(logging.INFO):
        first = await node.at(2010.0)
        later = [len(await node.at(2010.0 + second)) for second in range(1, 300)]
        assert len(first) <= 16
        assert max(later) <= 2
        assert 5 <= sum(later) <= 28
        assert all(good(volume, 2310.0) for volume in volumes)
        node.vault.answers.clear()
        for second in range(310, 400):
            await node.at(2010.0 + second)
    assert all(kept.lease.due > 4000.0 for volume in volumes for _, kept in volume.responses)
    messages = [record.message for record in caplog.records if record.name == "provider.renewals"]
    assert messages == [
        "renewals fail; issued credentials remain valid until their leases expire",
        "renewals work again",
    ]


async def test_one_vault_in_trouble_keeps_no_other_waiting(node: mounted.Mounted) -> None:
    """Each Vault has its own pauses."""
    gone = node.mount("a", node.session(10_000.0), "db")
    assert gone.identity is not None
    elsewhere = model.Target(("http://127.0.0.1:1",))
    gone.identity = type(gone.identity)(elsewhere, gone.identity.login, gone.identity.pod)
    node.mount("b", node.session(10_000.0), "db")
    assert await node.at(70.0) == [LEASE]


@pytest.mark.parametrize("status", [400, 412, 500])
async def test_an_engine_in_trouble_concerns_its_lease_only(node: mounted.Mounted, status: int) -> None:
    """Its database is down: others are renewed meanwhile, and it is too once that is over."""
    session = node.session(100_000.0)
    ill = node.mount("a", session, "ill", ttl=1000.0)
    node.vault.answers["leases/renew"] = lambda: scripted.refusal(status, "failed to renew entry: no database")
    tries = sum([len(await node.at(680.0 + second)) for second in range(60)])
    assert 3 <= tries <= 8
    well = node.mount("b", session, "well", ttl=10.0)
    node.vault.answers.clear()
    assert LEASE in await node.at(747.0)
    for second in range(60):
        await node.at(748.0 + second)
    assert good(ill, 808.0)
    assert all(kept.lease.ttl == 10.0 and kept.lease.expires > 800.0 for _, kept in well.responses)


async def test_a_role_that_is_gone_loses_nothing_before_its_time(node: mounted.Mounted) -> None:
    """Vault answers the token's renewal with a 500: leases are renewed all the same, until the token's end is near."""
    volume = node.mount("a", node.session(1000.0), "db", ttl=40.0)
    words = "failed to renew entry: role api does not exist during renewal"
    node.vault.answers["renew-self"] = lambda: scripted.refusal(500, words)
    for second in range(960):
        await node.at(float(second))
    assert 5 <= node.server.requests.count(TOKEN) <= 14
    assert 30 <= node.server.requests.count(LEASE) <= 40
    assert good(volume, 960.0)
    assert not good(volume, 971.0)


async def test_a_counted_token_is_not_spent_on_renewals(node: mounted.Mounted) -> None:
    """num_uses would end it: its leases are asked for anew when they are due."""
    volume = node.mount("a", node.session(10_000.0, renewable=False, renews_leases=False), "db")
    assert await node.at(70.0) == []
    assert not good(volume, 70.0)


async def test_what_is_lost_or_over_is_left_alone(node: mounted.Mounted) -> None:
    """A lease that ended during a long outage is not tried, nor is a token that ended."""
    node.mount("a", node.session(50.0), "db", ttl=1000.0)
    node.mount("b", node.session(10_000.0), "db", ttl=50.0)
    assert await node.at(700.0) == []


async def test_a_renewal_tells_who_it_is_for(node: mounted.Mounted) -> None:
    """Vault's audit log can record pod and service account, as for a mount."""
    node.mount("a", node.session(10_000.0), "db")
    await node.at(70.0)
    assert node.server.headers[-1]["X-Vault-Csi-Pod"] == "pod-a"
    assert node.server.headers[-1]["X-Vault-Request"] == "true"


async def test_no_more_than_a_few_at_once(node: mounted.Mounted) -> None:
    """A hundred leases that are due together go over few connections, which are kept."""
    session = node.session(10_000.0)
    for number in range(100):
        node.mount(str(number), session if number % 2 else node.session(10_000.0), "db")
    assert len(await node.at(70.0)) == 100
    assert node.server.connections <= 8


async def test_it_goes_on_by_itself_until_it_is_closed(node: mounted.Mounted) -> None:
    """Second by second, whatever a walk meets."""
    broken = node.mount("x", node.session(10_000.0), "db")
    broken.responses = None  # type: ignore[assignment]
    node.renewals.start()
    await asyncio.sleep(0.05)
    node.volumes.drop(broken)
    node.mount("a", node.session(10_000.0), "db")
    while LEASE not in node.server.requests:
        await asyncio.sleep(0.01)
    await node.renewals.close()
    assert set(node.time.slept) == {renewals.TICK}
