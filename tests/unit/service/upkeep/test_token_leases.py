"""What hangs on a token: found once, left alone when it is lost or over, and good no longer than the token."""

import dataclasses
import math
from typing import Any

import pytest

from provider import model
from provider.base import secret
from provider.service.upkeep import token_leases
from provider.service.volumes import response_cache, volume_state
from provider.vault import faults, leases, sessions

POD = model.Pod("ns", "api-0", "uid-1", "sa")
LOGIN = model.Login("r")
TARGET = model.Target(("http://v",))
IDENTITY = sessions.Identity(TARGET, LOGIN, POD)
DB = model.Read("", "database/creds/app")
KV = model.Read("", "secret/data/app")
LEASE = leases.Lease(leases.Kind.LEASE, "l", renewable=True, obtained=0.0, due=67.0, expires=100.0, ttl=100.0)
STATIC = leases.Lease(leases.Kind.STATIC, "", renewable=False, obtained=0.0, due=30.0, expires=math.inf, ttl=0.0)


def session(**fields: Any) -> sessions.Session:
    made = {"ttl": 1000.0, "ends": 1000.0, "expires": 970.0, "due": 670.0, "renewable": True, **fields}
    return sessions.Session(secret.Secret("t"), "", faults.Context("http://v", LOGIN, POD), **made)


def kept(
    of: sessions.Session, lease: leases.Lease = LEASE, envelope: Any = None, **fields: Any
) -> response_cache.CachedResponse:
    return response_cache.CachedResponse(model.Reply({}, envelope or {"lease_id": lease.id}), lease, of, **fields)


def volume(
    *answers: tuple[model.Read, response_cache.CachedResponse], held: response_cache.ResponseCache | None = None
) -> volume_state.Volume:
    made = volume_state.Volume(("uid-1", "/t"), POD, identity=IDENTITY)
    made.responses = held or made.responses
    for read, answer in answers:
        made.responses.put(read, answer)
    return made


def test_answers_of_one_token_are_found_together() -> None:
    """Leases of several volumes on one session, each once; static secrets hang on nothing."""
    one, shared = session(), response_cache.ResponseCache()
    first = volume((DB, kept(one)), (KV, kept(one, STATIC)), held=shared)
    second, third = volume(held=shared), volume((DB, kept(one)))
    [found] = token_leases.by_token([first, second, third], 50.0)
    assert [read for read, _ in found.responses] == [DB, DB]
    assert found.volumes == [first, second, third]
    assert (found.session, found.identity) == (one, IDENTITY)


def test_sessions_are_told_apart() -> None:
    """A volume whose token was replaced may still hold leases of the old one."""
    old, new = session(), session()
    other = model.Read("", "database/creds/other")
    found = token_leases.by_token([volume((DB, kept(old)), (other, kept(new)))], 50.0)
    assert [group.session for group in found] == [old, new]


@pytest.mark.parametrize(
    "answer",
    [
        kept(session(), is_lost=True),
        kept(session(), dataclasses.replace(LEASE, expires=40.0)),
        kept(session(ends=40.0)),
        kept(session(), STATIC),
    ],
    ids=["lost", "over", "of a token that ended", "static"],
)
def test_what_is_left_alone(answer: response_cache.CachedResponse) -> None:
    """Nothing is done for what cannot be helped, or needs no help."""
    assert not token_leases.by_token([volume((DB, answer))], 50.0)


def test_a_token_made_with_the_token_hangs_on_it() -> None:
    """A child dies with its parent, so the parent is renewed."""
    child = dataclasses.replace(STATIC, kind=leases.Kind.EXPIRING, due=500.0, expires=700.0)
    [found] = token_leases.by_token([volume((DB, kept(session(), child, {"auth": {"client_token": "x"}})))], 50.0)
    assert found.is_token_due(670.0)
    assert not list(found.due(670.0))


@pytest.mark.parametrize(
    ("lease", "fields", "expected"),
    [
        (LEASE, {}, True),
        (dataclasses.replace(LEASE, renewable=False), {}, False),
        (dataclasses.replace(LEASE, due=71.0), {}, False),
        (LEASE, {"is_forced": True}, True),
        (dataclasses.replace(LEASE, due=500.0, check=70.0), {}, True),
        (dataclasses.replace(LEASE, due=500.0, check=71.0), {}, False),
        (dataclasses.replace(LEASE, due=500.0, check=70.0, renewable=False), {}, True),
        (dataclasses.replace(LEASE, due=500.0, check=70.0), {"of": session(renews_leases=False)}, False),
        (dataclasses.replace(LEASE, check=70.0), {"of": session(renewable=False, ends=101.0)}, True),
        (LEASE, {"of": session(renewable=False, ends=103.0)}, True),
        (LEASE, {"of": session(renewable=False, ends=101.0)}, False),
    ],
)
def test_which_leases_are_due(lease: leases.Lease, fields: Any, expected: bool) -> None:
    """Those whose share of the time is over and that a renewal can help, and those whose check is."""
    [found] = token_leases.by_token([volume((DB, kept(**{"of": session(), "lease": lease, **fields})))], 70.0)
    assert bool(list(found.due(70.0))) is expected


def test_what_outlives_its_token() -> None:
    """By more than what rounding makes of one end."""
    lives = [token_leases.by_token([volume((DB, kept(session(ends=end))))], 50.0)[0].outlives() for end in (97.0, 98.0)]
    assert lives == [DB, None]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (kept(session(expires=60.0)), False),
        (kept(session(expires=61.0)), True),
        (kept(session(expires=60.0), dataclasses.replace(STATIC, due=90.0)), True),
        (kept(session(expires=60.0), dataclasses.replace(LEASE, final=True)), True),
        (kept(session(expires=60.0), dataclasses.replace(STATIC, due=90.0), {"auth": {}}), False),
        (kept(session(expires=61.0, ends=90.0, renewable=False), dataclasses.replace(LEASE, due=10.0)), True),
    ],
    ids=["lease", "lease in time", "static", "once", "token", "as long as its token"],
)
def test_a_lease_is_good_no_longer_than_its_token(answer: response_cache.CachedResponse, expected: bool) -> None:
    """What does not hang on the token is; so is what is never asked for anew."""
    assert answer.is_good(60.0) is expected
