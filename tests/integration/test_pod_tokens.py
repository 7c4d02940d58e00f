"""Tokens for pods by TokenRequest."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from provider import errors, model
from provider.base import clock, secret
from provider.dev import kube
from provider.kube import api_client, tokens
from tests.doubles import clocks, cluster, dials

ISSUER = "https://kubernetes.default.svc.cluster.local"


async def _request(
    client: api_client.Client, pod: model.Pod, audience: str, patience: float = tokens.PATIENCE
) -> secret.Secret:
    return await tokens.request_pod_token(client, pod, audience, time=clock.SystemClock(), patience=patience)


@pytest.mark.parametrize(("audience", "audiences"), [("vault", ["vault"]), ("", [ISSUER])])
async def test_a_token_is_bound_to_the_pod_and_lives_fifteen_minutes(
    tmp_path: Path, audience: str, audiences: list[str]
) -> None:
    """The token names the pod, its service account and the audience; without one the API server chooses."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        token = await _request(bed.client, pod, audience)
        claims = jwt.decode(token.reveal(), bed.kube.public_key_pem, ["RS256"], audience=audiences[0])
        assert claims["aud"] == audiences
        assert claims["sub"] == "system:serviceaccount:production:api-service"
        assert claims["exp"] - claims["iat"] == 900
        assert claims["kubernetes.io"]["pod"] == {"name": "api-0", "uid": pod.uid}


def _other_uid(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    return replace(pod, uid="old")


def _no_pod(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    return replace(pod, name="gone")


def _no_account(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    return replace(pod, service_account="typo")


def _other_account(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    server.create_service_account("production", "other")
    return replace(pod, service_account="other")


def _no_rbac(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    server.deny("create", "serviceaccounts/token")
    return pod


def _no_login(server: kube.DevKube, pod: model.Pod) -> model.Pod:
    server.require("another")
    return pod


@pytest.mark.parametrize(
    ("spoil", "message", "hint"),
    [
        (_other_uid, "does not match the UID in record", "created under the same name"),
        (_no_pod, 'pods "gone" not found', "the pod is gone"),
        (_no_account, 'serviceaccounts "typo" not found', "kubectl -n production create serviceaccount typo"),
        (_other_account, "different serviceaccount", "must still run under this service account"),
        (_no_rbac, 'cannot create resource "serviceaccounts/token"', "resources: [serviceaccounts/token]"),
        (_no_rbac, "is forbidden", "spec.tokenRequests: [{audience: vault}] in the CSIDriver"),
        (_no_login, "401", "the provider's own service account is not accepted"),
    ],
)
async def test_a_refusal_says_what_is_wrong_and_what_to_do(tmp_path: Path, spoil: Any, message: str, hint: str) -> None:
    """Each cause has the API server's words, the pod it is about, and its fix; none is tried again."""
    async with cluster.running(tmp_path) as bed:
        pod = spoil(bed.kube, bed.kube.create_pod("production", "api-0", "api-service"))
        with pytest.raises(errors.IdentityError) as caught:
            await _request(bed.client, pod, "vault")
        assert message in caught.value.message
        assert f"production/{pod.service_account}" in caught.value.message
        assert hint in str(caught.value.hint)
        assert not caught.value.retryable
        assert len(bed.kube.requests) == 1


@pytest.mark.parametrize("field", ["namespace", "name", "uid", "service_account"])
async def test_a_pod_that_the_driver_did_not_describe_gets_no_token(tmp_path: Path, field: str) -> None:
    """Nothing unbound is ever asked for."""
    async with cluster.running(tmp_path) as bed:
        pod = replace(bed.kube.create_pod("production", "api-0", "api-service"), **{field: ""})
        with pytest.raises(errors.IdentityError, match=field.replace("_", " ")) as caught:
            await _request(bed.client, pod, "")
        assert "podInfoOnMount" in str(caught.value.hint)
        assert bed.kube.requests == []


async def test_names_cannot_lead_to_another_path(tmp_path: Path) -> None:
    """A name with a slash or a question mark stays one path element."""
    async with cluster.running(tmp_path) as bed:
        pod = replace(bed.kube.create_pod("production", "api-0"), service_account="../../secrets/x?y=z#")
        with pytest.raises(errors.IdentityError, match="404"):
            await _request(bed.client, pod, "")


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """An API server that restarts costs the login time, not the mount."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        port = int(bed.kube.address.rsplit(":", 1)[1])
        await bed.kube.stop()
        asking = asyncio.create_task(_request(bed.client, pod, "vault"))
        await asyncio.sleep(0.5)
        await bed.kube.start(port=port)
        assert await asyncio.wait_for(asking, clocks.HANGS)


@pytest.mark.parametrize("away", ["stopped", "paused"])
async def test_a_server_that_stays_away_is_given_up_after_the_patience(tmp_path: Path, away: str) -> None:
    """The error is retryable, names the address, and comes after a few tries at most."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        if away == "paused":
            bed.kube.pause()
        else:
            await bed.kube.stop()
        with dials.counted() as tried, pytest.raises(errors.IdentityError) as caught:
            await _request(bed.client, pod, "vault", patience=0.7)
        assert 1 <= len(tried) <= 3, "pauses begin at an eighth of a second and double"
        assert caught.value.retryable
        assert bed.kube.address in caught.value.message


async def test_the_patience_is_counted_by_the_clock_handed_in(tmp_path: Path) -> None:
    """Pauses double from a quarter of a second to two, half of each is chance, and none goes beyond the patience."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        await bed.kube.stop()
        time = clocks.TestClock()
        with pytest.raises(errors.IdentityError, match="cannot be reached"):
            await tokens.request_pod_token(bed.client, pod, "vault", time=time, patience=20.0)
    longest = [0.25, 0.5, 1.0, *[2.0] * (len(time.slept) - 3)]
    assert all(most / 2 <= pause <= most for pause, most in zip(time.slept, longest, strict=True))
    assert 18.0 < sum(time.slept) < 20.0


async def test_a_token_appears_in_no_error_and_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was made is shown nowhere, at any log level."""
    caplog.set_level(0)
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        token = await _request(bed.client, pod, "vault")
        assert token.reveal_text() not in caplog.text
        assert token.reveal_text() not in repr(token)
