"""Every token has one owner from issue to end: what it was given is renewed with it, and it ends with its last user."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from provider import errors
from tests.doubles import scripted
from tests.integration import turned

REVOKE = {"revokeOnPodDelete": "true"}
OTHER = f"{turned.LOGIN}\n- {{objectName: other.json, secretPath: database/creds/other}}"


@pytest.fixture
async def node() -> AsyncIterator[turned.Node]:
    async with turned.running() as started:
        await started.role()
        yield started


async def another_role(node: turned.Node, name: str = "other") -> None:
    """A role of Vault's login with the rights of the first, and one of the database."""
    bound = {"bound_service_account_names": ["api"], "bound_service_account_namespaces": ["production"]}
    options = {"token_policies": ["api"], "token_ttl": "1h", "token_max_ttl": "720h"}
    await node.vault.write(f"auth/kubernetes/role/{name}", {**bound, **options})


async def test_a_lease_is_renewed_with_the_token_it_was_given_to(node: turned.Node) -> None:
    """A policy is added to the role while a token is in use: two tokens serve one mount, each with its own lease."""
    statement = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}';"
    role = {"db_name": "main", "creation_statements": [statement], "default_ttl": "24h", "max_ttl": "240h"}
    for name in ("app", "other"):
        await node.vault.write(f"database/roles/{name}", role)
    await node.vault.write("sys/policies/acl/api", {"policy": 'path "database/creds/app" { capabilities = ["read"] }'})
    pod = node.pod()
    await node.publish(pod, turned.LOGIN)
    node.time.turned += 900.0
    await node.vault.write("sys/policies/acl/more", {"policy": turned.READS})
    await node.vault.write("auth/kubernetes/role/api", {"token_policies": ["api", "more"]})

    async def slow(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path.endswith("creds/app"):
            # The denied read finds its token too old for the policy, and logs in, before this one is answered.
            await asyncio.sleep(0.2)
        return None

    node.vault.faults = slow
    login = await node.publish(pod, OTHER)
    node.vault.faults = None
    assert node.alive() == 2
    await node.wait(20 * 3600.0, step=60.0)
    assert node.opens(login)
    assert await node.publish(pod, OTHER) == login


async def test_tokens_that_an_edited_role_leaves_behind_are_revoked(node: turned.Node) -> None:
    """With their leases, once the files are made with the new role's; not while they still serve them."""
    await another_role(node)
    pod = node.pod()
    first = await node.publish(pod, **REVOKE)
    second = await node.publish(pod, **REVOKE, roleName="other")
    await node.revoke()
    assert (node.opens(first), node.opens(second), node.alive()) == (False, True, 1)
    node.cleanup.pod_gone(pod.uid)
    await node.revoke()
    assert (node.opens(second), node.alive(), len(node.ledger)) == (False, 0, 0)


async def test_a_refresh_that_fails_leaves_no_token_behind(node: turned.Node) -> None:
    """The files stay on the old one until the pod is gone; then both end."""
    await another_role(node)
    await node.vault.write("sys/policies/acl/none", {"policy": 'path "x" { capabilities = ["read"] }'})
    await node.vault.write("auth/kubernetes/role/other", {"token_policies": ["none"]})
    pod = node.pod()
    login = await node.publish(pod, **REVOKE)
    assert await node.publish(pod, **REVOKE, roleName="other") == login
    assert node.alive() == 2
    await node.revoke()
    assert node.opens(login)
    node.cleanup.pod_gone(pod.uid)
    await node.revoke()
    assert (node.opens(login), node.alive()) == (False, 0)


async def test_what_a_running_pod_depends_on_is_not_revoked_with_another(node: turned.Node) -> None:
    """Two pods share a token; one goes on with its files though its class was edited to a role that fails."""
    await another_role(node, "broken")
    await node.vault.write("auth/kubernetes/role/broken", {"bound_service_account_names": ["nobody"]})
    shared = {**REVOKE, "leaseScope": "serviceAccount"}
    gone, stays = node.pod("api-0"), node.pod("api-1")
    login = await node.publish(gone, **shared)
    assert await node.publish(stays, **shared) == login
    assert await node.publish(stays, **shared, roleName="broken") == login
    node.cleanup.pod_gone(gone.uid)
    await node.revoke()
    assert node.opens(login)
    node.cleanup.pod_gone(stays.uid)
    await node.revoke()
    assert not node.opens(login)


async def test_a_new_pod_is_not_given_a_token_that_is_being_revoked(node: turned.Node) -> None:
    """It logs in by itself, however long the revocation takes."""
    shared = {**REVOKE, "leaseScope": "serviceAccount"}
    first, second = node.pod("api-0"), node.pod("api-1")
    await node.publish(first, **shared)
    node.cleanup.pod_gone(first.uid)
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path.endswith("revoke-self"):
            arrived.set()
            await go_on.wait()
        return None

    node.vault.faults = hold
    revoking = asyncio.ensure_future(node.revoke())
    await arrived.wait()
    login = await node.publish(second, **shared)
    go_on.set()
    await revoking
    assert node.opens(login)
    assert node.alive() == 1


async def test_a_pod_deleted_during_its_first_mount_leaves_nothing(node: turned.Node) -> None:
    """Neither a token nor a lease, whether the mount succeeds or not."""
    for fails in (False, True):
        pod = node.pod(f"api-{fails}")
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def hold(
            request: web.BaseRequest,
            fails: bool = fails,
            arrived: asyncio.Event = arrived,
            go_on: asyncio.Event = go_on,
        ) -> web.StreamResponse | None:
            if "/creds/" not in request.path:
                return None
            arrived.set()
            await go_on.wait()
            return scripted.refusal(400, "no such role") if fails else None

        node.vault.faults = hold
        mounting = asyncio.ensure_future(node.publish(pod, **REVOKE))
        await arrived.wait()
        node.cleanup.pod_gone(pod.uid)
        await node.revoke()
        go_on.set()
        [outcome] = await asyncio.gather(mounting, return_exceptions=True)
        assert isinstance(outcome, errors.ProviderError) is fails
        node.vault.faults = None
        await node.revoke()
        assert (node.alive(), len(node.volumes), len(node.ledger)) == (0, 0, 0)


async def test_no_mount_answers_with_what_ended_under_it(node: turned.Node) -> None:
    """A token is revoked by an administrator: the very call that finds out brings new credentials."""
    objects = f"{turned.LOGIN}\n- {{objectName: own, secretPath: auth/token/lookup-self}}"
    pod = node.pod()
    await node.vault.write("sys/policies/acl/api", {"policy": turned.READS})
    first = await node.publish(pod, objects, refreshInterval="0s")
    [entry] = [entry for entry in node.vault.state.tokens if entry.path.startswith("auth/kubernetes")]
    await node.vault.write("auth/token/revoke-accessor", {"accessor": entry.accessor})
    assert not node.opens(first)
    second = await node.publish(pod, objects, refreshInterval="0s")
    assert node.opens(second)
