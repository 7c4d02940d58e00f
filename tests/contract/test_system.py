"""What every path has in common, and what the server says of itself."""

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract import api


@pytest.fixture
async def sealed(vault: api.Api) -> AsyncIterator[api.Api]:
    """The Vault, sealed for the time of the test."""
    await vault.done("PUT", "sys/seal")
    yield vault
    await vault.done("PUT", "sys/unseal", {"key": vault.unseal_key}, token="")
    while (await vault.ask("GET", "sys/health", token="")).status != 200:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", ["sys/health", "sys/mounts", "nowhere/at-all"])
async def test_an_answer_shows_the_servers_clock(vault: api.Api, path: str) -> None:
    """Its Date header, whatever the status: the provider reads the ends of certificates by it."""
    answer = await vault.ask("GET", path)
    shown = email.utils.parsedate_to_datetime(answer.headers["Date"])
    assert abs(shown.timestamp() - time.time()) < 10


async def test_health(vault: api.Api) -> None:
    """Health tells state and version without a token, in this order and flat."""
    answer = await vault.ask("GET", "sys/health", token="")
    assert answer.status == 200
    assert list(answer.json) == (
        [
            "initialized",
            "sealed",
            "standby",
            "performance_standby",
            "replication_performance_mode",
            "replication_dr_mode",
            "server_time_utc",
            "version",
            "enterprise",
            "cluster_name",
            "cluster_id",
            "echo_duration_ms",
            "clock_skew_ms",
            "replication_primary_canary_age_ms",
            "removed_from_cluster",
        ]
    )
    messages = {name: answer.json[name] for name in ("initialized", "sealed", "standby", "version", "enterprise")}
    assert messages == {
        "initialized": True,
        "sealed": False,
        "standby": False,
        "version": "1.21.1",
        "enterprise": False,
    }


async def test_health_by_head(vault: api.Api) -> None:
    """Health answers HEAD too."""
    assert (await vault.ask("HEAD", "sys/health", token="")).status == 200


@pytest.mark.parametrize("path", ["secret/data/x", "auth/token/lookup-self", "sys/mounts", "no-such-mount/x"])
async def test_sealed(sealed: api.Api, path: str) -> None:
    """A sealed Vault refuses every path alike, with or without a token."""
    for token in (None, ""):
        assert (await sealed.ask("GET", path, token=token)).refused == (503, ["Vault is sealed"])


async def test_a_login_while_sealed(sealed: api.Api) -> None:
    """A sealed Vault lets nobody log in."""
    answer = await sealed.ask("POST", "auth/kubernetes/login", {"role": "x", "jwt": "y"}, token="")
    assert answer.refused == (503, ["Vault is sealed"])


async def test_health_while_sealed(sealed: api.Api) -> None:
    """Health says 503 while sealed, or the code that was asked for; the seal status goes on answering 200."""
    answer = await sealed.ask("GET", "sys/health", token="")
    assert (answer.status, answer.json["sealed"]) == (503, True)
    assert (await sealed.ask("GET", "sys/health?sealedcode=299", token="")).status == 299
    status = await sealed.ask("GET", "sys/seal-status", token="")
    assert (status.status, status.json["sealed"]) == (200, True)


async def test_tokens_and_secrets_outlive_a_seal(vault: api.Api) -> None:
    """After unsealing all is as it was."""
    path, policy = await vault.readable()
    token = await vault.token(policy)
    await vault.done("PUT", "sys/seal")
    await vault.done("PUT", "sys/unseal", {"key": vault.unseal_key}, token="")
    for _ in range(100):
        answer = await vault.ask("GET", path, token=token)
        if answer.status == 200:
            break
        await asyncio.sleep(0.05)
    assert answer.data == {"key": "value"}


@pytest.mark.parametrize(
    ("method", "path", "errors"),
    [
        ("FOO", "secret/data/x", []),
        ("TRACE", "secret/data/x", []),
        ("POST", "sys/health", []),
        ("DELETE", "sys/seal-status", []),
        ("POST", "sys/mounts", api.UNSUPPORTED),
        ("DELETE", "auth/token/lookup-self", api.UNSUPPORTED),
        ("GET", "secret/undelete/x", api.UNSUPPORTED),
        ("PUT", "sys/internal/ui/mounts/secret", ["unsupported operation"]),
    ],
)
async def test_a_method_that_is_not(vault: api.Api, method: str, path: str, errors: list[str]) -> None:
    """A method that nobody knows, and an operation that a path does not have, are both 405, in different words."""
    assert (await vault.ask(method, path)).refused == (405, errors)


async def test_patch_of_version_1(vault: api.Api) -> None:
    """An engine without PATCH says so."""
    path, _ = await vault.readable()
    answer = await vault.ask("PATCH", path, {"a": "b"}, Content_Type="application/merge-patch+json")
    assert answer.refused == (405, api.UNSUPPORTED)


@pytest.mark.parametrize("method", ["GET", "PUT", "LIST"])
async def test_a_mount_that_is_not(vault: api.Api, method: str) -> None:
    """Whoever may, is told that there is no mount."""
    shown = "no-such-mount/x/" if method == "LIST" else "no-such-mount/x"
    answer = await vault.ask(method, "no-such-mount/x", {} if method == "PUT" else None)
    assert answer.refused == (404, [f'no handler for route "{shown}". route entry not found.'])


async def test_a_path_of_sys_that_is_not(vault: api.Api) -> None:
    """An unknown path of sys/ is 404 in words of its own."""
    answer = await vault.ask("GET", "sys/no-such-path")
    assert answer.refused == (404, ["1 error occurred:\n\t* unsupported path\n\n"])


@pytest.mark.parametrize("namespace", ["team-a", "team-a/", "root", "/"])
async def test_the_namespace_header_of_the_open_source_edition(vault: api.Api, namespace: str) -> None:
    """The open source edition ignores the namespace, and echoes it."""
    path, _ = await vault.readable()
    answer = await vault.ask("GET", path, X_Vault_Namespace=namespace)
    assert (answer.status, answer.headers["X-Vault-Namespace"]) == (200, namespace)


async def test_a_namespace_in_the_path_of_the_open_source_edition(vault: api.Api) -> None:
    """A namespace as a prefix of the path is just another path."""
    path, _ = await vault.readable()
    assert (await vault.ask("GET", f"team-a/{path}")).status == 404


async def test_a_body_of_a_read_is_ignored(vault: api.Api) -> None:
    """GET with a body is a GET."""
    path, _ = await vault.readable()
    assert (await vault.ask("GET", path, {"version": 1})).data == {"key": "value"}


async def test_a_write_by_post_and_by_put(vault: api.Api) -> None:
    """POST and PUT are one."""
    mount = await vault.mount("kv", version="1")
    for method in ("POST", "PUT"):
        assert (await vault.ask(method, f"{mount}/{method}", {"key": "value"})).status == 204


async def test_a_204_has_no_body(vault: api.Api) -> None:
    """A write that answers nothing has no body."""
    mount = await vault.mount("kv", version="1")
    answer = await vault.ask("PUT", f"{mount}/a", {"key": "value"})
    assert (answer.status, answer.text) == (204, "")


@pytest.mark.parametrize(("body", "status"), [("{bad", 500), ("[1]", 400)])
async def test_a_body_that_is_no_object(vault: api.Api, body: str, status: int) -> None:
    """A body that is no JSON object is refused."""
    mount = await vault.mount("kv", version="1")
    assert (await vault.ask("PUT", f"{mount}/a", body)).status == status


@pytest.mark.parametrize("path", ["KV//app", "KV/x/../app", "KV/./app"])
async def test_a_path_that_is_not_clean(vault: api.Api, path: str) -> None:
    """Doubled slashes and dots are redirected to the clean path."""
    found, _ = await vault.readable()
    answer = await vault.ask("GET", f"{path.replace('KV', found.removesuffix('/app'))}?version=1")
    assert (answer.status, answer.headers["Location"]) == (307, f"/v1/{found}?version=1")


async def test_a_space_in_a_path(vault: api.Api) -> None:
    """An encoded path is decoded."""
    mount = await vault.mount("kv", version="1")
    await vault.done("PUT", f"{mount}/a%20b", {"key": "value"})
    assert (await vault.ask("LIST", f"{mount}/")).data == {"keys": ["a b"]}


async def test_mounts_are_listed(vault: api.Api) -> None:
    """sys/mounts lists mounts with their type and options, at the top level and in data."""
    mount = await vault.mount("kv", version="2")
    answer = await vault.ask("GET", "sys/mounts")
    shown = answer.data[f"{mount}/"]
    assert (shown["type"], shown["options"], answer.json[f"{mount}/"]) == ("kv", {"version": "2"}, shown)


async def test_login_methods_are_listed(vault: api.Api) -> None:
    """sys/auth lists login methods."""
    shown = (await vault.ask("GET", "sys/auth")).data
    assert shown["token/"]["type"] == "token"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("sys/mounts/secret", {"type": "kv"}, "path is already in use at secret/"),
        ("sys/mounts/new", {"type": "no-such-engine"}, "plugin not found in the catalog: no-such-engine"),
        ("sys/mounts/new", {}, "backend type must be specified as a string"),
        ("sys/auth/token", {"type": "kubernetes"}, "path is already in use at token/"),
    ],
)
async def test_a_mount_that_cannot_be(vault: api.Api, path: str, body: Any, said: str) -> None:
    """A mount that cannot be made is refused."""
    assert (await vault.ask("POST", path, body)).refused == (400, [said])


async def test_unmounting(vault: api.Api) -> None:
    """An engine that was taken away is not there; taking it away again is no error."""
    path, _ = await vault.readable()
    mount = path.removesuffix("/app")
    for _ in range(2):
        assert (await vault.ask("DELETE", f"sys/mounts/{mount}")).status == 204
    assert (await vault.ask("GET", path)).status == 404


async def test_what_version_a_mount_has(vault: api.Api) -> None:
    """A token that may read anything below a mount is told what the mount is."""
    mount = await vault.mount("kv", version="2")
    token = await vault.token(await vault.allow(f"{mount}/data/app"), no_default_policy=True)
    for path in (mount, f"{mount}/data/app", f"{mount}/data/other"):
        shown = (await vault.ask("GET", f"sys/internal/ui/mounts/{path}", token=token)).data
        assert (shown["path"], shown["type"], shown["options"]) == (f"{mount}/", "kv", {"version": "2"})


async def test_what_version_a_foreign_mount_has(vault: api.Api) -> None:
    """A token that may read nothing below a mount is not told."""
    mount = await vault.mount("kv", version="2")
    token = await vault.token("default")
    status, said = (await vault.ask("GET", f"sys/internal/ui/mounts/{mount}/data/x", token=token)).refused
    assert status == 403
    assert said[0].startswith("preflight capability check returned 403")


async def test_policies_are_read_back(vault: api.Api) -> None:
    """A policy is read as it was written."""
    document = 'path "a" { capabilities = ["read"] }'
    name = await vault.policy(document)
    assert (await vault.ask("GET", f"sys/policies/acl/{name}")).data == {"name": name, "policy": document}
    assert name in (await vault.ask("LIST", "sys/policies/acl")).data["keys"]
    await vault.done("DELETE", f"sys/policies/acl/{name}")
    assert (await vault.ask("GET", f"sys/policies/acl/{name}")).refused == (404, [])
