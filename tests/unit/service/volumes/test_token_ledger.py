"""The ledger: who depends on which token, and when nobody does any more."""

import dataclasses
from typing import Any

import pytest

from provider import model
from provider.base import secret
from provider.service.volumes import response_cache, token_ledger
from provider.vault import faults, leases, sessions
from tests.doubles import clocks

LOGIN = model.Login("r")
IDENTITY = sessions.Identity(model.Target(("http://v",)), LOGIN, model.Pod("ns", "api-0", "uid-1", "sa"))
ONE, TWO = ("uid-1", "/t"), ("uid-2", "/t")
WISH, NO_WISH = (token_ledger.Use(model.Origin(), revoke=revoke) for revoke in (True, False))
GRACE = 10.0


def session(name: str = "t", **fields: Any) -> sessions.Session:
    context = faults.Context("http://v", LOGIN, model.Pod())
    return dataclasses.replace(sessions.Session(secret.Secret(name), "", context), **fields)


@pytest.fixture
def time() -> clocks.TestClock:
    return clocks.TestClock()


@pytest.fixture
def ledger(time: clocks.TestClock) -> token_ledger.Ledger:
    return token_ledger.Ledger(time)


def test_a_token_leaves_with_its_last_user(ledger: token_ledger.Ledger, time: clocks.TestClock) -> None:
    """Where one of them wanted it revoked, and after the grace."""
    token = session()
    ledger.use(IDENTITY, token, ONE, WISH)
    ledger.use(IDENTITY, token, TWO, NO_WISH)
    ledger.settle(ONE, ())
    time.moment += 100.0
    assert ledger.due(GRACE) == []
    ledger.settle(TWO, ())
    assert ledger.due(GRACE) == []
    time.moment += GRACE
    [entry] = ledger.due(GRACE)
    assert (entry.session, entry.left_by) == (token, WISH)
    ledger.end(entry)
    assert len(ledger) == 0


def test_without_a_wish_an_entry_goes_at_once(ledger: token_ledger.Ledger) -> None:
    """There is nothing to be done for its token."""
    ledger.use(IDENTITY, session(), ONE, NO_WISH)
    ledger.release_pod("uid-1")
    assert len(ledger) == 0


def test_a_volume_keeps_the_tokens_that_its_files_depend_on(ledger: token_ledger.Ledger) -> None:
    """All others that it was given leave; those of other volumes do not."""
    old, new, others = session("old"), session("new"), session("others")
    for each in (old, new):
        ledger.use(IDENTITY, each, ONE, WISH)
    ledger.use(IDENTITY, others, TWO, WISH)
    ledger.settle(ONE, [new])
    assert [entry.session for entry in ledger.used_by(ONE)] == [new]
    assert [entry.session for entry in ledger if entry.is_leaving] == [old]


def test_who_comes_back_in_time_keeps_it(ledger: token_ledger.Ledger, time: clocks.TestClock) -> None:
    """A pod of the same account; the wish of the first one is not forgotten."""
    token = session()
    ledger.use(IDENTITY, token, ONE, WISH)
    ledger.release_pod("uid-1")
    ledger.use(IDENTITY, token, TWO, NO_WISH)
    time.moment += 100.0
    assert ledger.due(GRACE) == []
    ledger.release_pod("uid-2")
    time.moment += GRACE
    assert len(ledger.due(GRACE)) == 1


def test_what_has_ended_is_dropped(ledger: token_ledger.Ledger, time: clocks.TestClock) -> None:
    """Also one that is still in use: its volumes are told by their responses."""
    ledger.use(IDENTITY, session(ends=50.0), ONE, WISH)
    time.moment = 50.0
    assert ledger.due(GRACE) == []
    assert (len(ledger), ledger.used_by(ONE)) == (0, [])


@pytest.mark.parametrize("is_batch", [True, False])
def test_leases_of_batch_tokens_are_known_by_their_ids(ledger: token_ledger.Ledger, is_batch: bool) -> None:
    """Only those have to be revoked one by one."""
    token = session(is_batch=is_batch)
    ledger.use(IDENTITY, token, ONE, WISH)
    lease = leases.Lease(leases.Kind.LEASE, "l", renewable=True, obtained=0.0, due=67.0, expires=100.0, ttl=100.0)
    ledger.book(
        model.Read("team", "database/creds/app"), response_cache.CachedResponse(model.Reply({}, {}), lease, token)
    )
    [entry] = ledger
    assert entry.leases == ({"l": "team"} if is_batch else {})


def test_every_change_is_told_once(ledger: token_ledger.Ledger) -> None:
    """So that what is stored is what is known, and nothing is written for nothing."""
    seen: list[int] = []
    ledger.on_change(lambda entry: seen.append(len(entry.users)))
    token = session()
    for _ in range(3):
        ledger.use(IDENTITY, token, ONE, WISH)
    ledger.settle(ONE, [token])
    assert seen == [1]
    ledger.settle(ONE, ())
    assert seen == [1, 0]
