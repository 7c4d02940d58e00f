"""The response cache: one request for all who want it, and nobody bound by another's limits."""

import asyncio

import pytest

from provider import errors, model
from provider.base import secret
from provider.service.volumes import response_cache
from provider.vault import faults, leases, sessions

READ = model.Read("", "database/creds/app")
SESSION = sessions.Session(secret.Secret("t"), "", faults.Context("http://v", model.Login("r"), model.Pod()))
LEASE = leases.Lease(leases.Kind.LEASE, "l", renewable=True, obtained=0.0, due=67.0, expires=100.0, ttl=100.0)


def response() -> response_cache.CachedResponse:
    return response_cache.CachedResponse(model.Reply({}, {}), LEASE, SESSION)


@pytest.mark.parametrize(
    "failure",
    [
        errors.VaultUnavailable("out of time"),
        errors.DeadlineSpent("out of time"),
        errors.IdentityError("no token"),
        errors.LoginRefused("not this pod"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_who_joins_goes_on_where_the_first_one_fails(failure: errors.ProviderError) -> None:
    """A pod that has time left, and a token, makes the request itself."""
    cache, arrived, calls = response_cache.ResponseCache(), asyncio.Event(), []

    async def fail() -> response_cache.CachedResponse:
        calls.append("first")
        await arrived.wait()
        raise failure

    async def succeed() -> response_cache.CachedResponse:
        calls.append("joined")
        return response()

    first = asyncio.ensure_future(cache.fetch(READ, fail))
    await asyncio.sleep(0)
    joined = [asyncio.ensure_future(cache.fetch(READ, succeed)) for _ in range(3)]
    await asyncio.sleep(0)
    arrived.set()
    with pytest.raises(type(failure)):
        await first
    assert {id(each) for each in await asyncio.gather(*joined)} == {id(cache.get(READ))}
    assert calls == ["first", "joined"]


async def test_what_vault_says_it_says_to_all() -> None:
    """A denied path is asked for once, however many wait."""
    cache, arrived, calls = response_cache.ResponseCache(), asyncio.Event(), []

    async def denied() -> response_cache.CachedResponse:
        calls.append("asked")
        await arrived.wait()
        raise errors.PathDenied("denied")

    waiting = [asyncio.ensure_future(cache.fetch(READ, denied)) for _ in range(4)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    arrived.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [errors.PathDenied] * 4
    assert calls == ["asked"]
