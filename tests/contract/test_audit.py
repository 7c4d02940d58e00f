"""Audit lines: who asked for what, and no value or token."""

import json
from typing import Any

from provider.dev.kube import DevKube
from tests.contract import api


def _about(vault: api.Api, path: str) -> list[dict[str, Any]]:
    return [line for line in vault.audit_lines() if line["request"]["path"] == path]


async def test_a_read(vault: api.Api) -> None:
    """A read is two lines with one id: what was asked, and that it was answered."""
    path, policy = await vault.readable()
    token = await vault.token(policy, meta={"team": "a"})
    answer = await vault.ask("GET", path, token=token)
    asked, answered = _about(vault, path)[-2:]
    assert [asked["type"], answered["type"]] == ["request", "response"]
    assert asked["request"]["id"] == answered["request"]["id"] == answer.json["request_id"]
    for line in (asked, answered):
        request, auth = line["request"], line["auth"]
        assert (request["operation"], request["mount_type"], request["namespace"]) == ("read", "kv", {"id": "root"})
        assert (request["mount_point"], request["remote_address"]) == (path.removesuffix("app"), "127.0.0.1")
        assert (auth["display_name"], auth["metadata"]) == ("token", {"team": "a"})
        assert auth["policies"] == ["default", policy]
        assert auth["accessor"].startswith("hmac-sha256:")
        granting = auth["policy_results"]["granting_policies"]
        assert {"name": policy, "namespace_id": "root", "type": "acl"} in granting
        assert line["time"].endswith("Z")
        assert "error" not in line


async def test_a_denial(vault: api.Api) -> None:
    """A denial is in the audit with its error."""
    path, _ = await vault.readable()
    token = await vault.token("default")
    await vault.ask("GET", path, token=token)
    asked, answered = _about(vault, path)[-2:]
    assert [asked["error"], answered["error"]] == api.DENIED * 2
    assert asked["auth"]["policy_results"] == {"allowed": False}


async def test_a_dead_token(vault: api.Api) -> None:
    """A request with a dead token is in the audit without an owner."""
    path, _ = await vault.readable()
    await vault.ask("GET", path, token="hvs.garbage")
    asked = _about(vault, path)[-2]
    assert (asked["error"], "auth" in asked) == (api.DEAD[0], False)


async def _logged_in(vault: api.Api, kube: DevKube, bound: str) -> list[dict[str, Any]]:
    """The audit of a login by production/api-service with a role bound to the account `bound`."""
    config = {"kubernetes_host": kube.address, "token_reviewer_jwt": "reviewer", "disable_local_ca_jwt": True}
    mount = await vault.login_mount("kubernetes", config)
    role = {
        "bound_service_account_names": [bound],
        "bound_service_account_namespaces": ["production"],
        "audience": "vault",
    }
    await vault.done("POST", f"auth/{mount}/role/api-service", role)
    pod = kube.create_pod("production", "api-0", "api-service")
    body = {"role": "api-service", "jwt": kube.issue_token(pod, ["vault"]).reveal_text()}
    await vault.ask("POST", f"auth/{mount}/login", body, token="")
    return _about(vault, f"auth/{mount}/login")


async def test_a_login(vault: api.Api, kube: DevKube) -> None:
    """A login shows who it was, by service account and namespace."""
    asked, answered = (await _logged_in(vault, kube, "api-service"))[-2:]
    mount = asked["request"]["path"].split("/")[1]
    assert asked["auth"] == {"policy_results": {"allowed": True}, "token_type": "default"}
    assert answered["auth"]["display_name"] == f"{mount}-production-api-service"
    assert answered["auth"]["metadata"]["service_account_namespace"] == "production"
    assert answered["response"]["auth"]["accessor"] == answered["auth"]["accessor"]


async def test_a_refused_login(vault: api.Api, kube: DevKube) -> None:
    """A refused login is in the audit with Vault's reason."""
    answered = (await _logged_in(vault, kube, "other"))[-1]
    assert answered["error"] == "service account name not authorized"


async def test_no_value_and_no_token(vault: api.Api) -> None:
    """Neither a secret's value nor a token is in any line."""
    mount = await vault.mount("kv", version="2")
    await vault.done("PUT", f"{mount}/data/app", {"data": {"password": "hunter2hunter2"}})
    token = await vault.token(await vault.allow(f"{mount}/data/app"))
    await vault.ask("GET", f"{mount}/data/app", token=token)
    text = json.dumps(vault.audit_lines())
    assert f"{mount}/data/app" in text
    assert "hunter2hunter2" not in text
    assert token not in text
