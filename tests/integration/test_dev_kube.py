"""The dev API server answers as a real one."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from provider.dev import kube
from tests.doubles import clocks, cluster

ISSUER = "https://kubernetes.default.svc.cluster.local"
REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"


async def _ask(
    server: kube.DevKube, method: str, path: str, body: Any = None, token: str = ""
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{server.address}{path}", json=body, headers=headers) as answer,
    ):
        return answer.status, json.loads(await answer.read())


async def _review(server: kube.DevKube, token: str, *audiences: str) -> dict[str, Any]:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    spec = {"token": token, **({"audiences": list(audiences)} if audiences else {})}
    code, answer = await _ask(server, "POST", REVIEWS, {**body, "spec": spec})
    assert code == 201
    assert answer["kind"] == "TokenReview"
    status: dict[str, Any] = answer["status"]
    return status


async def test_a_pods_token_is_reviewed_with_its_user(tmp_path: Path) -> None:
    """A review of a good token says who it is, which pod it is bound to, and for which of the audiences it counts."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        token = bed.kube.issue_token(pod, ["vault", "other"]).reveal_text()
        answer = await _review(bed.kube, token, "vault", "third")
        assert answer["authenticated"] is True
        assert answer["audiences"] == ["vault"]
        assert answer["user"]["username"] == "system:serviceaccount:production:api-service"
        assert answer["user"]["uid"]
        assert answer["user"]["groups"] == [
            "system:serviceaccounts",
            "system:serviceaccounts:production",
            "system:authenticated",
        ]
        extra = answer["user"]["extra"]
        assert extra["authentication.kubernetes.io/pod-name"] == ["api-0"]
        assert extra["authentication.kubernetes.io/pod-uid"] == [pod.uid]


async def test_a_token_without_audiences_is_for_the_api_server(tmp_path: Path) -> None:
    """Both sides default to the API server's own audience."""
    async with cluster.running(tmp_path) as bed:
        token = bed.kube.issue_token(bed.kube.create_pod("production", "api-0")).reveal_text()
        answer = await _review(bed.kube, token)
        assert answer["authenticated"]
        assert answer["audiences"] == [ISSUER]


@pytest.mark.parametrize("gone", ["audience", "pod", "account", "remade", "garbage", "signature"])
async def test_a_token_that_proves_nothing_is_not_authenticated(tmp_path: Path, gone: str) -> None:
    """The answer has an error, an empty user, and no `authenticated` at all."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        token = bed.kube.issue_token(pod, ["vault"]).reveal_text()
        message = "service account token has been invalidated"
        if gone == "audience":
            message = 'token audiences ["vault"] is invalid for the target audiences ["other"]'
        elif gone in ("pod", "remade"):
            bed.kube.delete("pods", "production", "api-0")
            if gone == "remade":
                bed.kube.create_pod("production", "api-0", "api-service")
        elif gone == "account":
            bed.kube.delete("serviceaccounts", "production", "api-service")
            message = 'serviceaccounts "api-service" not found'
        elif gone == "garbage":
            token, message = "garbage", "invalid bearer token"
        else:
            token, message = f"{token[:-8]}AAAAAAAA", "invalid bearer token"
        answer = await _review(bed.kube, token, "other" if gone == "audience" else "vault")
        assert answer == {"user": {}, "error": answer["error"]}
        assert message in answer["error"]


async def test_a_token_ends() -> None:
    """The clock decides, and the error says it."""
    clock = clocks.TestClock()
    server = kube.DevKube(time=clock)
    pod = server.create_pod("production", "api-0")
    token = server.issue_token(pod, ["vault"], seconds=60).reveal_text()
    clock.moment = 59
    assert server.review(token, ["vault"])["authenticated"]
    clock.moment = 60
    assert "service account token has expired" in server.review(token, ["vault"])["error"]


async def test_tokens_can_be_checked_by_discovery(tmp_path: Path) -> None:
    """A jwt mount finds the keys through the discovery document, by key id; the PEM is the same key."""
    async with cluster.running(tmp_path) as bed:
        token = bed.kube.issue_token(bed.kube.create_pod("production", "api-0"), ["vault"]).reveal_text()
        _, document = await _ask(bed.kube, "GET", "/.well-known/openid-configuration")
        assert document["issuer"] == ISSUER
        _, keys = await _ask(bed.kube, "GET", document["jwks_uri"].removeprefix(bed.kube.address))
        key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
        for proof in (key, bed.kube.public_key_pem):
            assert jwt.decode(token, proof, ["RS256"], audience="vault", issuer=ISSUER)


PLACE = "/api/v1/namespaces/csi"


@pytest.mark.parametrize(
    ("request_line", "body", "code", "message"),
    [
        (f"GET {PLACE}/secrets/x", None, 404, 'NotFound: secrets "x" not found'),
        (f"DELETE {PLACE}/secrets/x", None, 404, 'NotFound: secrets "x" not found'),
        (
            "POST /api/v1/namespaces",
            {"metadata": {"name": "csi"}},
            409,
            'AlreadyExists: namespaces "csi" already exists',
        ),
        ("POST /api/v1/namespaces/no/secrets", {}, 404, 'NotFound: namespaces "no" not found'),
        (f"POST {PLACE}/secrets", [1], 400, "BadRequest: the object provided is unrecognized"),
        (f"POST {PLACE}/secrets", {"data": {"k": "?"}}, 400, 'BadRequest: Secret in version "v1" cannot be handled'),
        (f"GET {PLACE}/widgets/x", None, 404, "NotFound: the server could not find the requested resource"),
        (f"PATCH {PLACE}/secrets/x", {}, 405, "MethodNotAllowed: the server does not allow this method"),
        (f"POST {PLACE}/serviceaccounts/x/token", {}, 404, 'NotFound: serviceaccounts "x" not found'),
    ],
)
async def test_a_refusal_is_a_status_object(
    tmp_path: Path, request_line: str, body: Any, code: int, message: str
) -> None:
    """The HTTP status is repeated inside, with a reason and a message as an API server words it."""
    async with cluster.running(tmp_path) as bed:
        method, path = request_line.split()
        answered, status = await _ask(bed.kube, method, path, body)
        assert answered == status["code"] == code
        assert (status["kind"], status["apiVersion"], status["status"]) == ("Status", "v1", "Failure")
        assert f"{status['reason']}: {status['message']}".startswith(message)


@pytest.mark.parametrize(
    ("spec", "code", "message"),
    [
        ({"expirationSeconds": 599}, 422, "may not specify a duration less than 10 minutes"),
        ({"boundObjectRef": {"apiVersion": "v1", "kind": "Node", "name": "n"}}, 400, "cannot bind token to object"),
        ({"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "no"}}, 404, 'pods "no" not found'),
        ({"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "api-0", "uid": "1"}}, 409, "the UID"),
        ({"boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": "alien"}}, 400, "different serviceaccount"),
    ],
)
async def test_a_token_request_that_makes_no_sense_is_refused(
    tmp_path: Path, spec: dict[str, Any], code: int, message: str
) -> None:
    """Too short a life, and bindings to what is not there or not this pod."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.create_pod("production", "api-0", "api-service")
        bed.kube.create_pod("production", "alien", "other")
        path = "/api/v1/namespaces/production/serviceaccounts/api-service/token"
        answered, status = await _ask(bed.kube, "POST", path, {"spec": spec})
        assert answered == code
        assert message in status["message"]


async def test_objects_are_completed_listed_and_deleted(tmp_path: Path) -> None:
    """A new object gets its UID and version; a name is made where only a prefix is given; plain data is encoded."""
    async with cluster.running(tmp_path) as bed:
        place = "/api/v1/namespaces/csi"
        given = {"metadata": {"name": "s"}, "stringData": {"k": "ABC"}, "immutable": True}
        code, made = await _ask(bed.kube, "POST", f"{place}/secrets", given)
        assert code == 201
        assert made["data"] == {"k": "QUJD"}
        assert made["immutable"] is True
        assert made["type"] == "Opaque"
        assert made["metadata"]["uid"]
        assert made["metadata"]["namespace"] == "csi"
        messages = {"metadata": {"generateName": "e-"}, "involvedObject": {"namespace": "csi"}, "reason": "R"}
        _, event = await _ask(bed.kube, "POST", f"{place}/events", messages)
        assert event["metadata"]["name"].startswith("e-")
        _, listed = await _ask(bed.kube, "GET", f"{place}/events")
        assert [item["reason"] for item in listed["items"]] == ["R"]
        code, gone = await _ask(bed.kube, "DELETE", f"{place}/secrets/s")
        assert (code, gone["status"]) == (200, "Success")
        assert (await _ask(bed.kube, "GET", f"{place}/secrets/s"))[0] == 404


async def test_rbac_can_be_denied_and_given_back(tmp_path: Path) -> None:
    """The refusal names the user of the token, the verb, the resource with its subresource, and the namespace."""
    async with cluster.running(tmp_path) as bed:
        pod = bed.kube.create_pod("csi", "provider-0", "vault-csi-provider")
        own = bed.kube.issue_token(pod).reveal_text()
        bed.kube.deny("create", "serviceaccounts/token")
        path = "/api/v1/namespaces/csi/serviceaccounts/vault-csi-provider/token"
        code, status = await _ask(bed.kube, "POST", path, {}, own)
        assert code == 403
        assert status["message"] == (
            'serviceaccounts "vault-csi-provider" is forbidden: User "system:serviceaccount:csi:vault-csi-provider" '
            'cannot create resource "serviceaccounts/token" in API group "" in the namespace "csi"'
        )
        bed.kube.allow("create", "serviceaccounts/token")
        assert (await _ask(bed.kube, "POST", path, {}, own))[0] == 201


async def test_required_tokens_are_the_only_way_in(tmp_path: Path) -> None:
    """Listed tokens and those of service accounts get in; others, and none, do not."""
    async with cluster.running(tmp_path) as bed:
        bed.kube.require("admin")
        own = bed.kube.issue_token(bed.kube.create_pod("csi", "provider-0")).reveal_text()
        vaults = bed.kube.issue_token(bed.kube.create_pod("csi", "provider-1"), ["vault"]).reveal_text()
        codes = [(await _ask(bed.kube, "GET", "/version", token=token))[0] for token in ("admin", own, "x", "", vaults)]
        assert codes == [200, 200, 401, 401, 401]
