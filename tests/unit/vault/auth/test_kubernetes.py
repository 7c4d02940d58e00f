"""The login with a service-account token: which token, and what to do where Vault refuses it."""

import base64
import json

import pytest

from provider import model
from provider.base import secret
from provider.vault.auth import kubernetes, method
from tests.doubles import logins

METHOD = kubernetes.Kubernetes()
POD = model.Pod("production", "api-0", "uid-1", "api")
ROLE = "auth/kubernetes/role/web"


def login(audience: str = "", default: str = "vault") -> model.Login:
    options = (("audience", audience), ("default_audience", default))
    return model.Login("web", options=tuple(each for each in options if each[1]))


def jwt(claims: object) -> secret.Secret:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return secret.Secret(f"eyJhbGciOiJub25lIn0.{part}.c2ln")


@pytest.mark.parametrize(
    ("audience", "default", "expected"),
    [("", "vault", "for-vault"), ("", "openbao", "for-openbao"), ("other", "vault", "for-other")],
)
async def test_the_drivers_token_for_the_audience_is_taken(audience: str, default: str, expected: str) -> None:
    """That of the SPC, else that of the socket; the API server is not called."""
    tokens = {"vault": "for-vault", "openbao": "for-openbao", "other": "for-other"}
    found = await METHOD.credentials(logins.sources(login(audience, default), tokens))
    assert found == {"jwt": secret.Secret(expected)}


@pytest.mark.parametrize("audience", ["", "other"])
async def test_a_token_that_the_driver_does_not_send_comes_from_the_api_server(audience: str) -> None:
    """For the SPC's own audience only: the socket's default is a key in what the driver sends, and no more."""
    requested: list[str] = []

    async def request_token(audience: str) -> secret.Secret:
        requested.append(audience)
        return secret.Secret("made")

    sources = method.Sources(login(audience), {"unused": secret.Secret("x")}, {}, request_token)
    assert await METHOD.credentials(sources) == {"jwt": secret.Secret("made")}
    assert requested == [audience]


def test_a_session_outlives_the_tokens_that_made_it() -> None:
    """They change every few minutes, so there is no fingerprint; nor does any Secret of the pod concern this login."""
    assert METHOD.fingerprint({"jwt": secret.Secret("x")}, secret.Secret("key")) == ""
    assert METHOD.own({"jwt": secret.Secret("x")}) == {}


@pytest.mark.parametrize(
    ("words", "pod", "expected"),
    [
        ("service account name not authorized", POD, f"add api to bound_service_account_names of {ROLE}"),
        (
            "service account name not authorized",
            model.Pod(),
            f"add the service account to bound_service_account_names of {ROLE}",
        ),
        ("namespace not authorized", POD, f"add production to bound_service_account_namespaces of {ROLE}"),
        ('invalid role name "web"', POD, f"create the role ({ROLE}), or correct roleName"),
        ('role "web" could not be found', POD, f"create the role ({ROLE}), or correct roleName"),
        ("invalid audience (aud) claim", POD, "the token's audience is vault, x: set `audience` to what"),
        (
            "permission denied",
            POD,
            f"the token's audience is vault, x: compare with {ROLE}; check that auth/kubernetes",
        ),
        ("", POD, "(kubernetes_host, its CA, the reviewer's system:auth-delegator)"),
    ],
)
def test_advice_on_a_refused_login(words: str, pod: model.Pod, expected: str) -> None:
    """By Vault's own words, since its statuses say little."""
    shown = {"jwt": jwt({"aud": ["vault", "x"]})}
    assert expected in METHOD.advice(method.Refusal(words, login(), pod, shown))


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (jwt({"aud": ["a", "b"]}), ("a", "b")),
        (jwt({"aud": "a"}), ("a",)),
        (jwt({"aud": ["a", 1, None]}), ("a",)),
        (jwt({"aud": 1}), ()),
        (jwt({}), ()),
        (jwt(["aud"]), ()),
        (secret.Secret("a.%%%.c"), ()),
        (secret.Secret("a.b"), ()),
        (secret.Secret("hvs.token"), ()),
        (secret.Secret(b"\xff.\xff.\xff"), ()),
    ],
)
def test_audiences_of_a_token(token: secret.Secret, expected: tuple[str, ...]) -> None:
    """Unverified, for advice only; nothing where there are none to read."""
    assert kubernetes.audiences(token) == expected
