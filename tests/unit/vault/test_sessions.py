"""Sessions over time: what a login says of its token, renewals, and tokens that nothing can extend."""

import dataclasses
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from provider import model
from provider.vault import failover, retry, sessions, transport
from provider.vault.auth import kubernetes
from tests.doubles import clocks, logins, remembering, scripted

POD = model.Pod("production", "api-0", "uid-1", "api")


class Bench:
    """One identity at a scripted Vault that answers the login with `auth`."""

    def __init__(self, to: failover.Cluster, time: clocks.TestClock, auth: dict[str, Any]) -> None:
        self.time = time
        self.auth = auth
        self.pool = sessions.Sessions(10, time)
        self.identity = sessions.Identity(to.target, model.Login("api"), POD)
        self.cluster = to

    async def log_in(self, **auth: Any) -> sessions.Session:
        self.auth.clear()
        self.auth.update({"client_token": "hvs.t", "lease_duration": 1000, "renewable": True, **auth})
        caller = logins.caller(self.identity, self.cluster, deadline=self.time.moment + 5)
        return await self.pool.open(caller)

    def extend(self, session: sessions.Session, ttl: float, *, renewable: bool = True) -> None:
        self.pool.extend(self.identity, session, ttl=ttl, renewable=renewable, sent=self.time.moment, spread=0.5)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    auth: dict[str, Any] = {}

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.reply({"auth": auth})

    async with scripted.serving(handle) as server:
        target, time = model.Target((server.address,)), clocks.TestClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)
        yield Bench(to, time, auth)
        await to.close()


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({}, (1000.0, 1000.0, 970.0, True, True, False)),
        ({"lease_duration": 100}, (100.0, 100.0, 90.0, True, True, False)),
        ({"lease_duration": 0}, (0.0, math.inf, math.inf, True, True, False)),
        ({"renewable": False}, (1000.0, 1000.0, 970.0, False, True, False)),
        ({"token_type": "batch", "renewable": False}, (1000.0, 1000.0, 970.0, False, True, True)),
        ({"num_uses": 5}, (1000.0, 1000.0, 970.0, False, False, False)),
    ],
)
async def test_what_a_login_says_of_its_token(bench: Bench, auth: dict[str, Any], expected: Any) -> None:
    """Its life, and what can be done with it."""
    made = await bench.log_in(**auth)
    assert (
        made.ttl,
        made.ends,
        made.expires,
        made.renewable,
        made.renews_leases,
        made.is_batch,
    ) == expected
    assert made.due == math.inf if not made.ttl else 0.6 * made.ttl < made.due < 0.71 * made.ttl


async def test_credentials_are_collected_for_a_login_only(bench: Bench) -> None:
    """A mount that finds a live session does not call the API server for a token."""
    made = await bench.log_in()
    silent = sessions.Caller(
        bench.identity,
        bench.cluster,
        kubernetes.Kubernetes(),
        logins.sources(bench.identity.login),
        bench.time.moment + 5,
        remembering.NOBODY,
    )
    assert await bench.pool.open(silent) is made
    with pytest.raises(AssertionError, match="no token"):
        await bench.pool.open(silent, dead=made)


async def test_other_credentials_never_get_the_session(bench: Bench) -> None:
    """Though pod, role and mount are the same."""
    before = bench.identity
    made = await bench.log_in()
    bench.identity = dataclasses.replace(before, login=dataclasses.replace(before.login, fingerprint="f"))
    assert bench.pool.find(bench.identity) is None
    assert await bench.log_in() is not made
    assert bench.pool.find(before) is made


async def test_a_renewed_token_stays(bench: Bench) -> None:
    """It is handed out for as long as the renewal says."""
    made = await bench.log_in()
    bench.time.moment = 700.0
    bench.extend(made, 1000.0)
    assert (made.ends, made.expires, made.due, made.ttl, made.born) == (1700.0, 1670.0, 1370.0, 1000.0, 0.0)
    bench.time.moment = 1669.0
    assert bench.pool.find(bench.identity) is made
    bench.time.moment = 1670.0
    assert bench.pool.find(bench.identity) is None


@pytest.mark.parametrize(
    ("ttl", "renewable", "end"), [(500.0, True, 1200.0), (1000.0, False, 1700.0), (0.0, True, 1000.0)]
)
async def test_the_last_renewal_of_a_token(bench: Bench, ttl: float, renewable: bool, end: float) -> None:
    """Clearly less than the login granted, or no more to come: given up two minutes before its end."""
    made = await bench.log_in()
    bench.time.moment = 700.0
    bench.extend(made, ttl, renewable=renewable)
    assert (made.renewable, made.ends, made.expires) == (False, end, end - 120.0)
    bench.time.moment = end - 121.0
    assert bench.pool.find(bench.identity) is made
    bench.time.moment = end - 120.0
    assert bench.pool.find(bench.identity) is None


async def test_a_short_token_is_given_up_at_its_share(bench: Bench) -> None:
    """Where leases depend on one that cannot be renewed."""
    made = await bench.log_in(lease_duration=100, renewable=False)
    bench.pool.replace_in_time(bench.identity, made)
    assert made.expires == pytest.approx(67.0)


async def test_a_renewal_brings_no_old_token_back(bench: Bench) -> None:
    """There has been another login meanwhile: new mounts get its token."""
    old = await bench.log_in()
    bench.time.moment = 980.0
    new = await bench.log_in(client_token="hvs.new")
    bench.extend(old, 1000.0)
    assert bench.pool.find(bench.identity) is new
    bench.pool.forget(bench.identity, old)
    assert bench.pool.find(bench.identity) is new


async def test_a_forgotten_token_is_not_handed_out(bench: Bench) -> None:
    """Nor is anything that depends on it good any more."""
    made = await bench.log_in()
    bench.pool.forget(bench.identity, made)
    assert bench.pool.find(bench.identity) is None
    assert (made.expires, made.renewable) == (-math.inf, False)
    assert await bench.log_in() is not made
