"""The kubernetes login: whom it lets in, and in which words it refuses."""

import asyncio
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from provider import model
from provider.dev.kube import DevKube
from tests.contract import api

_ROLE = {
    "bound_service_account_names": ["api-service"],
    "bound_service_account_namespaces": ["production"],
    "audience": "vault",
    "token_ttl": "1h",
    "token_max_ttl": "2h",
}


@pytest.fixture
async def mount(vault: api.Api, kube: DevKube) -> str:
    """A kubernetes mount with a role `api-service`."""
    config = {"kubernetes_host": kube.address, "token_reviewer_jwt": "reviewer", "disable_local_ca_jwt": True}
    path = await vault.login_mount("kubernetes", config)
    await vault.done("POST", f"auth/{path}/role/api-service", _ROLE)
    return path


@pytest.fixture
def pod(kube: DevKube) -> model.Pod:
    """The pod that is allowed in."""
    return kube.create_pod("production", "api-0", "api-service")


def _jwt(kube: DevKube, pod: model.Pod, *audiences: str, seconds: float = 3600) -> str:
    return kube.issue_token(pod, audiences or ("vault",), seconds).reveal_text()


async def _log_in(vault: api.Api, mount: str, token: str, role: str = "api-service") -> api.Answer:
    return await vault.ask("POST", f"auth/{mount}/login", {"role": role, "jwt": token}, token="")


async def _role(vault: api.Api, mount: str, **changes: Any) -> str:
    name = vault.name("role")
    await vault.done("POST", f"auth/{mount}/role/{name}", {**_ROLE, **changes})
    return name


async def test_a_login(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """The right service account gets a token of the role, with who it is in the metadata."""
    answer = await _log_in(vault, mount, _jwt(kube, pod))
    auth = answer.auth
    account = kube.objects["serviceaccounts", "production", "api-service"]
    assert answer.status == 200
    assert auth["metadata"] == {
        "role": "api-service",
        "service_account_name": "api-service",
        "service_account_namespace": "production",
        "service_account_secret_name": "",
        "service_account_uid": account["metadata"]["uid"],
    }
    assert (auth["policies"], auth["lease_duration"], auth["renewable"]) == (["default"], "3600", True)
    assert (auth["orphan"], auth["token_type"], auth["num_uses"]) == (True, "service", "0")
    assert (answer.data, answer.json["mount_type"]) == (None, "")


async def test_a_login_of_a_role_with_batch_tokens(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """The token has no accessor and says of what type it is."""
    auth = (await _log_in(vault, mount, _jwt(kube, pod), await _role(vault, mount, token_type="batch"))).auth
    assert (auth["token_type"], auth["accessor"], auth["renewable"], auth["lease_duration"]) == (
        "batch",
        "",
        False,
        "3600",
    )


async def test_a_renewal_of_a_login_ends_at_the_roles_maximum(
    vault: api.Api, kube: DevKube, mount: str, pod: model.Pod
) -> None:
    """renew-self gives the role's token_ttl again, and what is left of token_max_ttl at last."""
    role = await _role(vault, mount, token_ttl="10s", token_max_ttl="11s")
    token = (await _log_in(vault, mount, _jwt(kube, pod), role)).auth["client_token"]
    auth = (await vault.ask("POST", "auth/token/renew-self", {}, token=token)).auth
    assert auth["lease_duration"] == "10"
    await asyncio.sleep(2.2)
    auth = (await vault.ask("POST", "auth/token/renew-self", {}, token=token)).auth
    assert int(auth["lease_duration"]) in (8, 9)


async def test_the_members_of_a_login(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """The auth of a login has these members in this order."""
    assert list((await _log_in(vault, mount, _jwt(kube, pod))).auth) == (
        [
            "client_token",
            "accessor",
            "policies",
            "token_policies",
            "metadata",
            "lease_duration",
            "renewable",
            "entity_id",
            "token_type",
            "orphan",
            "mfa_requirement",
            "num_uses",
        ]
    )


async def test_the_token_of_a_login_reads(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """The token of a login can do what the role's policies say."""
    path, policy = await vault.readable()
    role = await _role(vault, mount, token_policies=[policy])
    token = (await _log_in(vault, mount, _jwt(kube, pod), role)).auth["client_token"]
    assert (await vault.ask("GET", path, token=token)).data == {"key": "value"}
    shown = (await vault.ask("GET", "auth/token/lookup-self", token=token)).data
    assert (shown["display_name"], shown["path"]) == (f"{mount}-production-api-service", f"auth/{mount}/login")


async def test_a_service_account_that_is_not_bound(vault: api.Api, kube: DevKube, mount: str) -> None:
    """Another service account of the namespace is refused by name, whatever the API server would say."""
    intruder = kube.create_pod("production", "x", "intruder")
    answer = await _log_in(vault, mount, _jwt(kube, intruder))
    assert answer.refused == (403, ["service account name not authorized"])
    assert ("POST", "/apis/authentication.k8s.io/v1/tokenreviews") not in kube.requests


async def test_a_namespace_that_is_not_bound(vault: api.Api, kube: DevKube, mount: str) -> None:
    """The same service account of another namespace is refused by namespace."""
    elsewhere = kube.create_pod("staging", "api-0", "api-service")
    answer = await _log_in(vault, mount, _jwt(kube, elsewhere))
    assert answer.refused == (403, ["namespace not authorized"])


@pytest.mark.parametrize(
    ("names", "namespaces", "status"),
    [
        (["*"], ["production"], 200),
        (["api-*"], ["prod*"], 200),
        (["other", "api-service"], ["*"], 200),
        (["api-"], ["production"], 403),
        (["api-service"], ["prod?ction"], 403),
    ],
)
async def test_patterns_in_a_role(
    vault: api.Api, kube: DevKube, mount: str, pod: model.Pod, *, names: list[str], namespaces: list[str], status: int
) -> None:
    """A star stands for any text in the names and namespaces of a role, and nothing else does."""
    role = await _role(vault, mount, bound_service_account_names=names, bound_service_account_namespaces=namespaces)
    assert (await _log_in(vault, mount, _jwt(kube, pod), role)).status == status


async def test_a_role_that_is_not(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """An unknown role is a bad request that names it."""
    assert (await _log_in(vault, mount, _jwt(kube, pod), "nope")).refused == (400, ['invalid role name "nope"'])


async def test_role_names_ignore_case(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """A role is found in any case, and the token's metadata have it as it was asked for."""
    answer = await _log_in(vault, mount, _jwt(kube, pod), "API-Service")
    assert (answer.status, answer.auth["metadata"]["role"]) == (200, "API-Service")


async def test_an_audience_the_role_does_not_want(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """A token for another audience is refused."""
    answer = await _log_in(vault, mount, _jwt(kube, pod, "other"))
    said = "invalid audience (aud) claim: audience claim does not match any expected audience"
    assert answer.refused == (403, [said])


async def test_a_role_without_audience(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """A role without an audience warns when it is written, and takes a token of any audience."""
    role = vault.name("role")
    written = await vault.done("POST", f"auth/{mount}/role/{role}", {**_ROLE, "audience": ""})
    assert written.warnings[0].startswith(f"Role {role} does not have an audience configured.")
    assert (await _log_in(vault, mount, _jwt(kube, pod, "other"), role)).status == 200


@pytest.mark.parametrize("token", ["garbage", "a.b.c"])
async def test_a_text_that_is_no_token(vault: api.Api, mount: str, token: str) -> None:
    """Anything that is no token is denied in the shortest words."""
    assert (await _log_in(vault, mount, token)).refused == (403, api.BARE)


async def test_a_token_of_another_issuer(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """A token the API server does not take for its own is denied in the shortest words."""
    claims = jwt.decode(_jwt(kube, pod), options={"verify_signature": False})
    forged = jwt.encode(claims, rsa.generate_private_key(65537, 2048), "RS256")
    assert (await _log_in(vault, mount, forged)).refused == (403, api.BARE)


async def test_an_expired_pod_token(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """An expired token is told apart."""
    answer = await _log_in(vault, mount, _jwt(kube, pod, seconds=-3600))
    assert answer.refused == (403, ["invalid expiration time (exp) claim: token is expired"])


async def test_a_pod_that_is_gone(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """The token of a deleted pod is denied."""
    token = _jwt(kube, pod)
    kube.delete("pods", "production", "api-0")
    assert (await _log_in(vault, mount, token)).refused == (403, api.BARE)


async def test_an_api_server_that_is_down(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """Without the API server a login is denied as if the token were bad."""
    token = _jwt(kube, pod)
    await kube.stop()
    assert (await _log_in(vault, mount, token)).refused == (403, api.BARE)


@pytest.mark.parametrize(
    ("body", "said"), [({"jwt": "x"}, "missing role"), ({"role": "x"}, "missing jwt"), ({}, "missing role")]
)
async def test_a_login_that_is_incomplete(vault: api.Api, mount: str, body: Any, said: str) -> None:
    """A missing field is named."""
    assert (await vault.ask("POST", f"auth/{mount}/login", body, token="")).refused == (400, [said])


async def test_a_mount_without_configuration(vault: api.Api, kube: DevKube, pod: model.Pod) -> None:
    """A mount that was never told its API server is an error of the server."""
    mount = vault.name("kubernetes")
    await vault.done("POST", f"sys/auth/{mount}", {"type": "kubernetes"})
    await vault.done("POST", f"auth/{mount}/role/api-service", _ROLE)
    answer = await _log_in(vault, mount, _jwt(kube, pod))
    assert answer.refused == (500, ["could not load backend configuration"])


async def test_a_mount_that_is_not(vault: api.Api) -> None:
    """A login where no mount is looks like any request without a token."""
    assert (await _log_in(vault, "no-such-mount", "token")).refused == (403, api.BARE)


async def test_reading_a_login(vault: api.Api, mount: str) -> None:
    """A login is written, not read."""
    assert (await vault.ask("GET", f"auth/{mount}/login", token="")).refused == (405, ["unsupported operation"])


async def test_the_roles_say_on_tokens(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """Uses, lifetime and the default policy are the role's to choose."""
    role = await _role(vault, mount, token_num_uses=3, token_no_default_policy=True, token_ttl="90s")
    auth = (await _log_in(vault, mount, _jwt(kube, pod), role)).auth
    assert (auth["num_uses"], auth["policies"], auth["lease_duration"]) == ("3", [], "90")


async def test_a_batch_token(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """A role may give batch tokens, which have no accessor and cannot be renewed."""
    role = await _role(vault, mount, token_type="batch")
    auth = (await _log_in(vault, mount, _jwt(kube, pod), role)).auth
    assert (auth["token_type"], auth["accessor"], auth["renewable"]) == ("batch", "", False)
    assert auth["client_token"].startswith("hvb.")


async def test_a_renewal_ends_at_the_roles_maximum(vault: api.Api, kube: DevKube, mount: str, pod: model.Pod) -> None:
    """renew-self of a login's token gives no more than token_max_ttl."""
    token = (await _log_in(vault, mount, _jwt(kube, pod))).auth["client_token"]
    answer = await vault.ask("POST", "auth/token/renew-self", {"increment": "5h"}, token=token)
    assert int(answer.auth["lease_duration"]) in (7199, 7200)
    assert answer.warnings == ['TTL of "5h" exceeded the effective max_ttl of "2h"; TTL value is capped accordingly']


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bound_service_account_names": []}, '"bound_service_account_names" can not be empty'),
        ({"bound_service_account_names": ["a", "*"]}, 'can not mix "*" with values'),
        ({"token_ttl": "3h"}, "'token_ttl' cannot be greater than 'token_max_ttl'"),
    ],
)
async def test_a_role_that_cannot_be(vault: api.Api, mount: str, changes: dict[str, Any], said: str) -> None:
    """A role that contradicts itself is refused when it is written."""
    answer = await vault.ask("POST", f"auth/{mount}/role/broken", {**_ROLE, **changes})
    assert answer.refused == (400, [said])


async def test_reading_a_role(vault: api.Api, mount: str) -> None:
    """A role is read as it was written."""
    shown = (await vault.ask("GET", f"auth/{mount}/role/api-service")).data
    assert (shown["audience"], shown["bound_service_account_names"], shown["token_ttl"]) == (
        "vault",
        ["api-service"],
        "3600",
    )
    assert (await vault.ask("LIST", f"auth/{mount}/role")).data == {"keys": ["api-service"]}


async def test_reading_the_configuration(vault: api.Api, kube: DevKube, mount: str) -> None:
    """The configuration is read without the reviewer's token."""
    shown = (await vault.ask("GET", f"auth/{mount}/config")).data
    assert (shown["kubernetes_host"], shown["token_reviewer_jwt_set"]) == (kube.address, True)
    assert "token_reviewer_jwt" not in shown
