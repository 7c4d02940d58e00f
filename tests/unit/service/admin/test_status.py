"""When the next answer of a volume is due, whatever decides it."""

import dataclasses
import math
from typing import Any

import pytest

from provider import model
from provider.base import secret
from provider.service.admin import status
from provider.service.volumes import response_cache, volume_state
from provider.vault import faults, leases, sessions
from tests.doubles import volumes

DB = model.Read("", "database/creds/app")
LEASE = leases.Lease(leases.Kind.LEASE, "l", renewable=True, obtained=0.0, due=2412.0, expires=3600.0, ttl=3600.0)
FIXED = dataclasses.replace(LEASE, renewable=False)
STATIC = leases.Lease(leases.Kind.STATIC, "", renewable=False, obtained=0.0, due=30.0, expires=math.inf, ttl=0.0)


def session(**fields: Any) -> sessions.Session:
    context = faults.Context("http://v", model.Login("r"), model.Pod())
    made = {"ttl": 10_000.0, "ends": 10_000.0, "expires": 9970.0, "due": 6700.0, "renewable": True, **fields}
    return sessions.Session(secret.Secret("t"), "", context, **made)


def capped() -> sessions.Session:
    """A token of 400 s that cannot be renewed, replaced 32 s before its end."""
    return session(ttl=400.0, ends=400.0, expires=368.0, renewable=False)


def dead() -> sessions.Session:
    made = session()
    made.mark_dead()
    return made


def due(
    lease: leases.Lease,
    of: sessions.Session,
    now: float,
    health: volume_state.Health = volume_state.HEALTHY,
    **lost: bool,
) -> float | None:
    volume = volume_state.Volume(("uid", "/t"), model.Pod("ns", "api-0", "uid", "sa"), health=health)
    volume.responses.put(DB, response_cache.CachedResponse(model.Reply({}, {}), lease, of, **lost))
    volume.content = volumes.content(reads=[DB])
    [line] = status.of([volume], now=now, epoch=0.0)
    return line.due


@pytest.mark.parametrize(
    ("lease", "of", "expected"),
    [
        (LEASE, session(), 2312.0),
        (dataclasses.replace(LEASE, check=850.0), session(), 750.0),
        (FIXED, session(), 2312.0),
        (LEASE, dead(), 0.0),
        (LEASE, capped(), 268.0),
        (FIXED, capped(), 268.0),
        (dataclasses.replace(LEASE, due=268.0, expires=400.0), capped(), 268.0),
        (STATIC, session(), 0.0),
        (dataclasses.replace(STATIC, due=130.0), dead(), 30.0),
        (dataclasses.replace(LEASE, check=850.0), session(renews_leases=False), 2312.0),
    ],
    ids=[
        "a lease",
        "a check before it is due",
        "not renewable",
        "a dead token",
        "a token that ends first",
        "both",
        "capped by its token",
        "overdue",
        "static, of a dead token",
        "no right to renew",
    ],
)
def test_what_decides_is_shown(lease: leases.Lease, of: sessions.Session, expected: float) -> None:
    """At 100 s, in seconds from then: the first of all that has the answer renewed or requested again."""
    assert due(lease, of, 100.0) == expected


@pytest.mark.parametrize(
    ("lease", "retry_after", "expected"),
    [(STATIC, 145.0, 45.0), (STATIC, 95.0, 0.0), (LEASE, 145.0, 2312.0)],
    ids=["waits", "has waited", "nothing to wait for"],
)
def test_a_volume_in_backoff_shows_its_next_try(lease: leases.Lease, retry_after: float, expected: float) -> None:
    """Calls before that ask for nothing."""
    failing = volume_state.Health(volume_state.RefreshFailure(0.0, "vault-unavailable", 3), retry_after)
    assert due(lease, session(), 100.0, failing) == expected


def test_files_older_than_shared_answers_are_made_at_the_next_call() -> None:
    """Another volume of the identity has had them requested again."""
    volume = volume_state.Volume(("uid", "/t"), model.Pod("ns", "api-0", "uid", "sa"))
    lease = dataclasses.replace(LEASE, obtained=50.0)
    volume.responses.put(DB, response_cache.CachedResponse(model.Reply({}, {}), lease, session()))
    volume.content = dataclasses.replace(volumes.content(), reads=((DB, 10.0),))
    [line] = status.of([volume], now=100.0, epoch=0.0)
    assert line.due == 0.0
