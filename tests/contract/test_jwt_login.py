"""The jwt login: tokens checked against the API server's public key."""

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from provider.dev.kube import DevKube, tokens
from tests.contract import api

_SUBJECT = "system:serviceaccount:production:api-service"
_ROLE = {
    "role_type": "jwt",
    "user_claim": "sub",
    "bound_audiences": ["vault"],
    "bound_subject": _SUBJECT,
    "token_ttl": "1h",
}


@pytest.fixture
async def mount(vault: api.Api, kube: DevKube) -> str:
    """A jwt mount with a role `api-service`."""
    config = {"jwt_validation_pubkeys": [kube.public_key_pem], "bound_issuer": tokens.ISSUER}
    path = await vault.login_mount("jwt", config)
    await vault.done("POST", f"auth/{path}/role/api-service", _ROLE)
    return path


def _jwt(kube: DevKube, *audiences: str, account: str = "api-service", seconds: float = 3600) -> str:
    pod = kube.create_pod("production", "api-0", account)
    return kube.issue_token(pod, audiences or ("vault",), seconds).reveal_text()


async def _log_in(vault: api.Api, mount: str, token: str, role: str = "api-service") -> api.Answer:
    return await vault.ask("POST", f"auth/{mount}/login", {"role": role, "jwt": token}, token="")


async def test_a_login(vault: api.Api, kube: DevKube, mount: str) -> None:
    """The right token gets a token of the role, and no API server is asked."""
    answer = await _log_in(vault, mount, _jwt(kube))
    auth = answer.auth
    assert (answer.status, auth["metadata"], auth["lease_duration"]) == (200, {"role": "api-service"}, "3600")
    shown = (await vault.ask("GET", "auth/token/lookup-self", token=auth["client_token"])).data
    assert shown["display_name"] == f"{mount}-{_SUBJECT}"
    assert kube.requests == []


@pytest.mark.parametrize(
    ("audience", "changes", "said"),
    [
        ("other", {}, "invalid audience (aud) claim: audience claim does not match any expected audience"),
        ("vault", {"account": "intruder"}, "invalid subject (sub) claim"),
        ("vault", {"seconds": -3600}, "invalid expiration time (exp) claim: token is expired"),
    ],
)
async def test_a_token_that_will_not_do(
    vault: api.Api, kube: DevKube, mount: str, *, audience: str, changes: dict[str, Any], said: str
) -> None:
    """The first claim that is wrong is named."""
    answer = await _log_in(vault, mount, _jwt(kube, audience, **changes))
    assert answer.refused == (400, [f"error validating token: {said}"])


async def test_another_issuer(vault: api.Api, kube: DevKube) -> None:
    """A token of an issuer that is not bound is refused."""
    config = {"jwt_validation_pubkeys": [kube.public_key_pem], "bound_issuer": "https://elsewhere"}
    mount = await vault.login_mount("jwt", config)
    await vault.done("POST", f"auth/{mount}/role/api-service", _ROLE)
    answer = await _log_in(vault, mount, _jwt(kube))
    assert answer.refused == (400, ["error validating token: invalid issuer (iss) claim"])


async def test_another_key(vault: api.Api, kube: DevKube, mount: str) -> None:
    """A token signed with another key is refused."""
    claims = jwt.decode(_jwt(kube), options={"verify_signature": False})
    forged = jwt.encode(claims, rsa.generate_private_key(65537, 2048), "RS256")
    said = "error verifying token signature: no known key successfully validated the token signature"
    assert (await _log_in(vault, mount, forged)).refused == (400, [f"error validating token: {said}"])


async def test_a_text_that_is_no_token(vault: api.Api, mount: str) -> None:
    """Anything that is no token is refused as a signature that cannot be checked."""
    status, said = (await _log_in(vault, mount, "garbage")).refused
    assert status == 400
    assert said[0].startswith("error validating token: error verifying token signature: ")


async def test_a_role_without_audience(vault: api.Api, kube: DevKube, mount: str) -> None:
    """Unlike the kubernetes login, a role without an audience refuses every token that has one."""
    await vault.done("POST", f"auth/{mount}/role/open", {**_ROLE, "bound_audiences": []})
    answer = await _log_in(vault, mount, _jwt(kube), "open")
    assert answer.refused == (400, ["audience claim found in JWT but no audiences bound to the role"])


async def test_a_role_that_is_not(vault: api.Api, kube: DevKube, mount: str) -> None:
    """An unknown role is a bad request that names it."""
    assert (await _log_in(vault, mount, _jwt(kube), "nope")).refused == (400, ['role "nope" could not be found'])


@pytest.mark.parametrize(("body", "said"), [({"jwt": "x"}, "missing role"), ({"role": "api-service"}, "missing token")])
async def test_a_login_that_is_incomplete(vault: api.Api, mount: str, body: Any, said: str) -> None:
    """A missing field is named."""
    assert (await vault.ask("POST", f"auth/{mount}/login", body, token="")).refused == (400, [said])


async def test_a_mount_without_configuration(vault: api.Api, kube: DevKube) -> None:
    """A mount that was never given keys refuses everything."""
    mount = vault.name("jwt")
    await vault.done("POST", f"sys/auth/{mount}", {"type": "jwt"})
    assert (await _log_in(vault, mount, _jwt(kube))).refused == (400, ["could not load configuration"])


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ({"/kubernetes.io/namespace": "production"}, ""),
        ({"/kubernetes.io/namespace": ["staging", "production"]}, ""),
        (
            {"/kubernetes.io/namespace": "staging"},
            'claim "/kubernetes.io/namespace" does not match any associated bound claim values',
        ),
        ({"missing": "x"}, 'claim "missing" is missing'),
    ],
)
async def test_bound_claims(vault: api.Api, kube: DevKube, mount: str, bound: dict[str, Any], said: str) -> None:
    """A role may bind any claim, also by a JSON pointer."""
    await vault.done("POST", f"auth/{mount}/role/bound", {**_ROLE, "bound_claims": bound})
    answer = await _log_in(vault, mount, _jwt(kube), "bound")
    if said:
        assert answer.refused == (400, [f"error validating claims: {said}"])
    else:
        assert answer.status == 200


async def test_claims_carried_over(vault: api.Api, kube: DevKube, mount: str) -> None:
    """A role may carry claims over to the token's metadata."""
    mappings = {"/kubernetes.io/namespace": "namespace"}
    await vault.done("POST", f"auth/{mount}/role/mapped", {**_ROLE, "claim_mappings": mappings})
    answer = await _log_in(vault, mount, _jwt(kube), "mapped")
    assert answer.auth["metadata"] == {"role": "mapped", "namespace": "production"}


async def test_a_user_claim_that_is_not_there(vault: api.Api, kube: DevKube, mount: str) -> None:
    """A token without the claim that names its user is refused."""
    await vault.done("POST", f"auth/{mount}/role/user", {**_ROLE, "user_claim": "email"})
    answer = await _log_in(vault, mount, _jwt(kube), "user")
    assert answer.refused == (400, ['claim "email" not found in token'])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"bound_audiences": [], "bound_subject": ""},
            "must have at least one bound constraint when creating/updating a role",
        ),
        ({"user_claim": ""}, "a user claim must be defined on the role"),
    ],
)
async def test_a_role_that_cannot_be(vault: api.Api, mount: str, changes: dict[str, Any], said: str) -> None:
    """A role that binds nothing is refused when it is written."""
    answer = await vault.ask("POST", f"auth/{mount}/role/broken", {**_ROLE, **changes})
    assert answer.refused == (400, [said])
