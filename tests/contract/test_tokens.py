"""Tokens: what a dead one is told apart by, how they end, what they may know of themselves."""

import asyncio
from typing import Any

import pytest

from tests.contract import api


async def _until_dead(vault: api.Api, path: str, token: str) -> api.Answer:
    for _ in range(60):
        answer = await vault.ask("GET", path, token=token)
        if answer.status != 200:
            return answer
        await asyncio.sleep(0.1)
    return answer


@pytest.mark.parametrize("token", ["hvs.CAESIGarbage", "garbage", "hvb.AAAA"])
@pytest.mark.parametrize("path", ["secret/data/any", "auth/token/lookup-self", "no-such-mount/x"])
async def test_an_unknown_token_is_an_invalid_token_everywhere(vault: api.Api, token: str, path: str) -> None:
    """A token that Vault does not know is refused with "invalid token", whatever the path."""
    answer = await vault.ask("GET", path, token=token)
    assert answer.refused == (403, api.DEAD)


async def test_no_token_is_a_bare_denial(vault: api.Api) -> None:
    """A request without a token is denied in the shortest words."""
    answer = await vault.ask("GET", "secret/data/any", token="")
    assert answer.refused == (403, api.BARE)


async def test_a_token_with_two_dots_is_a_server_error(vault: api.Api) -> None:
    """A text that looks like a token of a namespace is an error of the server, not a denial."""
    answer = await vault.ask("GET", "secret/data/any", token="s.abc.def")
    assert answer.status == 500


async def test_an_expired_token_is_an_invalid_token(vault: api.Api) -> None:
    """A token is refused with "invalid token" once its time is over."""
    path, policy = await vault.readable()
    token = await vault.token(policy, ttl="1s")
    assert (await vault.ask("GET", path, token=token)).status == 200
    assert (await _until_dead(vault, path, token)).refused == (403, api.DEAD)


async def test_a_revoked_token_is_an_invalid_token(vault: api.Api) -> None:
    """A token that revoked itself is refused with "invalid token"."""
    path, policy = await vault.readable()
    token = await vault.token(policy)
    assert (await vault.ask("POST", "auth/token/revoke-self", token=token)).status == 204
    assert (await vault.ask("GET", path, token=token)).refused == (403, api.DEAD)


async def test_a_token_revoked_by_its_accessor_is_an_invalid_token(vault: api.Api) -> None:
    """Whoever has the accessor can end a token."""
    path, policy = await vault.readable()
    auth = (await vault.done("POST", "auth/token/create", {"policies": [policy]})).auth
    await vault.done("POST", "auth/token/revoke-accessor", {"accessor": auth["accessor"]})
    assert (await vault.ask("GET", path, token=auth["client_token"])).refused == (403, api.DEAD)


async def test_a_child_dies_with_its_parent(vault: api.Api) -> None:
    """Revoking a token ends those it made."""
    path, policy = await vault.readable()
    maker = await vault.allow("auth/token/create", "update")
    parent = await vault.token(policy, maker)
    child = (await vault.ask("POST", "auth/token/create", {"policies": [policy]}, token=parent)).auth["client_token"]
    assert (await vault.ask("GET", path, token=child)).status == 200
    await vault.ask("POST", "auth/token/revoke-self", token=parent)
    assert (await _until_dead(vault, path, child)).refused == (403, api.DEAD)


async def test_a_used_up_token_is_an_invalid_token(vault: api.Api) -> None:
    """A token with num_uses answers that often, then is refused with "invalid token"."""
    path, policy = await vault.readable()
    token = await vault.token(policy, num_uses=2)
    assert [(await vault.ask("GET", path, token=token)).status for _ in range(2)] == [200, 200]
    assert (await vault.ask("GET", path, token=token)).refused == (403, api.DEAD)


async def test_a_denied_request_costs_a_use(vault: api.Api) -> None:
    """A request that policies deny counts against num_uses too."""
    path, policy = await vault.readable()
    token = await vault.token(policy, num_uses=2)
    assert (await vault.ask("GET", "secret/data/other", token=token)).refused == (403, api.DENIED)
    assert (await vault.ask("GET", path, token=token)).status == 200
    assert (await vault.ask("GET", path, token=token)).refused == (403, api.DEAD)


async def test_lookup_self_with_the_default_policy(vault: api.Api) -> None:
    """A token with the default policy can look itself up."""
    _, policy = await vault.readable()
    token = await vault.token(policy, ttl="1h", meta={"a": "b"})
    answer = await vault.ask("GET", "auth/token/lookup-self", token=token)
    shown = answer.data
    assert answer.status == 200
    assert {key: shown[key] for key in ("id", "display_name", "meta", "path", "policies", "renewable", "type")} == {
        "id": token,
        "display_name": "token",
        "meta": {"a": "b"},
        "path": "auth/token/create",
        "policies": ["default", policy],
        "renewable": True,
        "type": "service",
    }
    assert 3590 <= int(shown["ttl"]) <= 3600


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "auth/token/lookup-self"),
        ("POST", "auth/token/renew-self"),
        ("POST", "auth/token/revoke-self"),
        ("POST", "sys/capabilities-self"),
        ("PUT", "sys/leases/renew"),
    ],
)
async def test_without_the_default_policy_a_token_knows_nothing_of_itself(
    vault: api.Api, method: str, path: str
) -> None:
    """A live token without the default policy is answered like any denial, not like a dead token."""
    _, policy = await vault.readable()
    token = await vault.token(policy, no_default_policy=True)
    assert (await vault.ask(method, path, token=token)).refused == (403, api.DENIED)


async def test_the_fields_of_a_lookup(vault: api.Api) -> None:
    """lookup-self has these fields and no other."""
    token = await vault.token("default", ttl="1h")
    answer = await vault.ask("GET", "auth/token/lookup-self", token=token)
    assert sorted(answer.data) == sorted(
        [
            "accessor",
            "creation_time",
            "creation_ttl",
            "display_name",
            "entity_id",
            "expire_time",
            "explicit_max_ttl",
            "id",
            "issue_time",
            "meta",
            "num_uses",
            "orphan",
            "path",
            "policies",
            "renewable",
            "ttl",
            "type",
        ]
    )


async def test_a_renewal_is_cut_at_the_explicit_maximum(vault: api.Api) -> None:
    """renew-self gives no more than explicit_max_ttl, and says so."""
    token = await vault.token("default", ttl="1h", explicit_max_ttl="2h")
    answer = await vault.ask("POST", "auth/token/renew-self", {"increment": "3h"}, token=token)
    assert int(answer.auth["lease_duration"]) in (7199, 7200)
    assert answer.warnings == ['TTL of "3h" exceeded the effective max_ttl of "2h"; TTL value is capped accordingly']


async def test_a_renewal_gives_the_first_lifetime_again(vault: api.Api) -> None:
    """renew-self without an increment starts the token's own lifetime anew."""
    token = await vault.token("default", ttl="1h")
    answer = await vault.ask("POST", "auth/token/renew-self", {}, token=token)
    assert (answer.auth["lease_duration"], answer.auth["renewable"], answer.auth["client_token"]) == (
        "3600",
        True,
        token,
    )


async def test_a_renewal_near_the_maximum_gives_what_is_left(vault: api.Api) -> None:
    """Less than the first lifetime; the token still counts as renewable."""
    token = await vault.token("default", ttl="20s", explicit_max_ttl="21s")
    await asyncio.sleep(2.2)
    answer = await vault.ask("POST", "auth/token/renew-self", {}, token=token)
    assert (int(answer.auth["lease_duration"]) in (18, 19), answer.auth["renewable"]) == (True, True)


@pytest.mark.parametrize(("order", "done"), [("renew-self", "renewed"), ("revoke-self", "revoked")])
async def test_a_batch_token_is_neither_renewed_nor_revoked(vault: api.Api, order: str, done: str) -> None:
    """It ends with its time, and only then."""
    token = await vault.token("default", type="batch", ttl="1m")
    answer = await vault.ask("POST", f"auth/token/{order}", {}, token=token)
    assert answer.refused == (400, [f"batch tokens cannot be {done}"])


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        ({"ttl": "1h"}, {"lease_duration": "3600", "renewable": True, "orphan": False, "num_uses": "0"}),
        ({"ttl": "90"}, {"lease_duration": "90"}),
        ({"ttl": 90}, {"lease_duration": "90"}),
        ({"period": "1m"}, {"lease_duration": "60"}),
        ({"ttl": "1h", "renewable": False}, {"renewable": False}),
        ({"no_parent": True}, {"orphan": True}),
        ({"type": "batch", "ttl": "1h"}, {"accessor": "", "renewable": False, "token_type": "batch"}),
        ({"explicit_max_ttl": "1m", "ttl": "1h"}, {"lease_duration": "60"}),
        ({}, {"lease_duration": "2764800", "token_type": "service"}),
    ],
)
async def test_what_is_asked_of_a_token(vault: api.Api, wish: dict[str, Any], shown: dict[str, Any]) -> None:
    """A new token is as its maker asked."""
    answer = await vault.done("POST", "auth/token/create", {"policies": ["default"], **wish})
    assert {key: answer.auth[key] for key in shown} == shown


async def test_a_child_has_no_more_than_its_parent(vault: api.Api) -> None:
    """A token cannot make one with policies it does not have."""
    maker = await vault.allow("auth/token/create", "update")
    token = await vault.token(maker)
    answer = await vault.ask("POST", "auth/token/create", {"policies": ["other"]}, token=token)
    assert answer.refused == (400, ["child policies must be subset of parent"])


async def test_looking_up_a_token_that_is_not(vault: api.Api) -> None:
    """Another's lookup of an unknown token is "bad token"."""
    answer = await vault.ask("POST", "auth/token/lookup", {"token": "hvs.nope"})
    assert answer.refused == (403, ["bad token"])


async def test_a_root_token_cannot_be_renewed(vault: api.Api) -> None:
    """What never ends has no lease to renew."""
    answer = await vault.ask("POST", "auth/token/renew-self")
    assert answer.refused == (400, ["invalid lease ID"])
