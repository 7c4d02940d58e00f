"""Leases over hours, on a clock that the test turns: mounts, renewals and departures with Vault's database engine."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration import turned


@pytest.fixture
async def node() -> AsyncIterator[turned.Node]:
    async with turned.running() as started:
        yield started


async def test_credentials_live_on_without_any_republish(node: turned.Node) -> None:
    """Where rotation is off, lease and token are renewed all the same, for a day."""
    await node.role()
    login = await node.publish(node.pod())
    await node.wait(22 * 3600.0, step=30.0)
    assert node.opens(login)
    assert (node.count("database/creds/app"), node.count("auth/kubernetes/login")) == (1, 1)
    assert 25 <= node.count("sys/leases/renew") <= 40
    assert 25 <= node.count("auth/token/renew-self") <= 40


async def test_one_credential_until_the_end_of_its_max_ttl(node: turned.Node) -> None:
    """The pod can always log in, and is issued as few credentials as Vault allows."""
    await node.role(default_ttl="10m", max_ttl="1h")
    pod = node.pod()
    logins = []
    for _ in range(145):
        logins.append(await node.publish(pod))
        assert node.opens(logins[-1])
        await node.wait(turned.REPUBLISH)
        assert node.opens(logins[-1])
    assert len({login["username"] for login in logins}) == 4
    assert node.count("database/creds/app") == 4


@pytest.mark.parametrize(
    ("login", "tokens"),
    [
        ({"token_max_ttl": "90m"}, 3),
        ({"token_type": "batch"}, 4),
        ({"token_ttl": "1h", "token_explicit_max_ttl": "1h"}, 4),
        ({"token_period": "20m", "token_max_ttl": "0"}, 1),
    ],
    ids=["maximum", "batch", "explicit maximum", "periodic"],
)
async def test_credentials_are_replaced_before_their_token_ends(
    node: turned.Node, login: dict[str, Any], tokens: int
) -> None:
    """The lease would live for a day, but dies with the token: the pod can log in all the time."""
    await node.role(default_ttl="24h", max_ttl="240h", **login)
    pod = node.pod()
    for _ in range(int(3.5 * 3600 / turned.REPUBLISH)):
        held = await node.publish(pod)
        assert node.opens(held)
        await node.wait(turned.REPUBLISH)
        assert node.opens(held)
    assert node.count("auth/kubernetes/login") == tokens
    assert node.count("database/creds/app") == tokens


async def test_a_role_without_renewals_has_its_credentials_issued_anew(node: turned.Node) -> None:
    """One refused try a token, and one new credential at two thirds of each TTL."""
    await node.role(default_ttl="15m", token_no_default_policy=True)
    pod = node.pod()
    for _ in range(int(3600 / turned.REPUBLISH)):
        held = await node.publish(pod)
        assert node.opens(held)
        await node.wait(turned.REPUBLISH)
        assert node.opens(held)
    logins = node.count("auth/kubernetes/login")
    assert logins <= 2
    assert node.count("sys/leases/renew") <= logins
    assert node.count("auth/token/renew-self") <= logins
    assert node.count("database/creds/app") in (5, 6, 7)


async def test_a_sealed_vault_loses_nothing_while_the_leases_live(node: turned.Node) -> None:
    """Renewals fail, are tried less and less often, and go on when it is unsealed."""
    await node.role(default_ttl="1h")
    pod = node.pod()
    held = await node.publish(pod)
    await node.wait(2300.0)
    node.vault.status.sealed = True
    before = len(node.vault.requests)
    await node.wait(900.0, step=1.0)
    assert 10 <= len(node.vault.requests) - before <= 30
    assert await node.publish(pod) == held
    node.vault.status.sealed = False
    await node.wait(120.0, step=1.0)
    assert node.opens(held)
    await node.wait(3000.0)
    assert node.opens(held)
    assert await node.publish(pod) == held
    assert node.count("database/creds/app") == 1


async def test_a_token_that_somebody_revoked(node: turned.Node) -> None:
    """Its credentials are dead: noticed at the next renewal, replaced at the call after it."""
    await node.role()
    pod = node.pod()
    held = await node.publish(pod)
    for entry in node.vault.state.tokens:
        if entry.path == "auth/kubernetes/login":
            node.vault.state.tokens.revoke(entry.id)
    assert not node.opens(held)
    await node.wait(2700.0)
    assert node.opens(await node.publish(pod))
    assert node.count("auth/token/renew-self") + node.count("sys/leases/renew") == 1


async def test_a_pod_that_is_gone(node: turned.Node) -> None:
    """With revokeOnPodDelete its credentials end with it; those of others stay."""
    await node.role()
    first, second, third = (node.pod(f"api-{number}") for number in range(3))
    logins = [
        await node.publish(first, revokeOnPodDelete="true"),
        await node.publish(second, revokeOnPodDelete="true"),
        await node.publish(third),
    ]
    node.cleanup.pod_gone(first.uid)
    node.cleanup.pod_gone(third.uid)
    await node.revoke()
    assert [node.opens(login) for login in logins] == [False, True, True]
    assert node.count("auth/token/revoke-self") == 1


async def test_pods_of_one_account_share_one_lease_until_the_last_is_gone(node: turned.Node) -> None:
    """It is renewed once for all, and revoked with the last."""
    await node.role()
    pods = [node.pod(f"api-{number}") for number in range(5)]
    shared = {"leaseScope": "serviceAccount", "revokeOnPodDelete": "true"}
    [login] = {json.dumps(await node.publish(pod, **shared)) for pod in pods}
    await node.wait(2700.0)
    assert node.count("sys/leases/renew") == 1
    for pod in pods[:-1]:
        node.cleanup.pod_gone(pod.uid)
    await node.revoke()
    assert node.opens(json.loads(login))
    node.cleanup.pod_gone(pods[-1].uid)
    await node.revoke()
    assert not node.opens(json.loads(login))


async def test_a_volume_that_nobody_calls_for_any_more(node: turned.Node) -> None:
    """Where pods cannot be watched it counts as gone after half an hour; with rotation off none ever does."""
    await node.role()
    gone, stays = node.pod("gone"), node.pod("stays")
    logins = [await node.publish(pod, revokeOnPodDelete="true") for pod in (gone, stays)]
    await node.wait(7200.0, step=30.0)
    node.cleanup.sweep(node.time.monotonic())
    assert len(node.volumes) == 2
    await node.publish(stays, revokeOnPodDelete="true")
    node.cleanup.sweep(node.time.monotonic())
    await node.revoke()
    assert [node.opens(login) for login in logins] == [False, True]
