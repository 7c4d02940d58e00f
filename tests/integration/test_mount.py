"""A mount from the driver's call to the files, on real sockets."""

import asyncio
import json
from typing import Any

import grpc
import pytest
from aiohttp import web

from provider import settings
from provider.base import secret
from tests.doubles import clocks, scripted
from tests.integration import harness

PASSWORD = "- {objectName: pw, secretPath: secret/data/db, secretKey: password}"
WHOLE = "- {objectName: all.json, secretPath: secret/data/db}"


async def test_a_key_a_whole_response_and_modes(parts: harness.Harness) -> None:
    """Files, their modes and one version an object reach the volume; the secret is read once."""
    await parts.kv("db", password="p1", host="h")
    pod = parts.pod()
    mounted = await parts.mount(
        pod,
        "- {objectName: pw, secretPath: secret/data/db, secretKey: password, filePermission: 0600}\n"
        "- {objectName: nested/host, secretPath: /v1/secret/data/db, secretKey: host}\n"
        "- {objectName: all.json, secretPath: secret/data/db}\n",
    )
    assert mounted.files == ("all.json", "nested/host", "pw")
    assert mounted.modes == {"pw": 0o600, "nested/host": 0o644, "all.json": 0o644}
    assert set(mounted.versions) == {"pw", "nested/host", "all.json"}
    assert parts.text(pod, "pw") == "p1"
    assert json.loads(parts.text(pod, "all.json"))["data"]["data"] == {"password": "p1", "host": "h"}
    assert parts.vault.count("GET", "/v1/secret/data/db") == 1


async def test_nothing_rotates_by_itself(parts: harness.Harness) -> None:
    """Files and versions stay byte for byte the same while nothing changed, request_id included."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    first = await parts.mount(pod, f"{PASSWORD}\n{WHOLE}")
    before = parts.text(pod, "all.json")
    for _ in range(3):
        again = await parts.mount(pod, f"{PASSWORD}\n{WHOLE}")
        assert not again.written
        assert again.versions == first.versions
    assert parts.text(pod, "all.json") == before


async def test_a_change_in_vault_reaches_the_files(parts: harness.Harness) -> None:
    """A new value gives new contents and new versions."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    first = await parts.mount(pod, f"{PASSWORD}\n{WHOLE}")
    await parts.kv("db", password="p2")
    second = await parts.mount(pod, f"{PASSWORD}\n{WHOLE}")
    assert second.written
    assert parts.text(pod, "pw") == "p2"
    assert all(first.versions[name] != version for name, version in second.versions.items())


async def test_one_login_serves_a_pods_mounts_and_another_pod_has_its_own(parts: harness.Harness) -> None:
    """A Vault token belongs to one pod."""
    await parts.kv("db", password="p1")
    first, second = parts.pod("api-0"), parts.pod("api-1")
    for pod in (first, first, second, second):
        await parts.mount(pod, PASSWORD)
    assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 2


async def test_objects_of_one_path_with_other_arguments_are_read_apart(parts: harness.Harness) -> None:
    """Two common names on one PKI path get two certificates; certificate and key of one belong together."""
    await parts.vault.write("sys/mounts/pki", {"type": "pki"})
    await parts.vault.write("pki/root/generate/internal", {"common_name": "Root", "ttl": "24h"})
    await parts.vault.write("pki/roles/web", {"allow_any_name": True, "ttl": "1h"})
    pod = parts.pod()
    await parts.mount(
        pod,
        "".join(
            f"- {{objectName: {name}.{key}, secretPath: pki/issue/web, method: PUT, secretKey: {key},"
            f" secretArgs: {{common_name: {name}.example.com}}}}\n"
            for name in ("a", "b")
            for key in ("certificate", "private_key")
        ),
    )
    assert parts.text(pod, "a.certificate") != parts.text(pod, "b.certificate")
    assert parts.vault.count("PUT", "/v1/pki/issue/web") == 2


async def test_a_pod_without_a_token_gets_one_from_the_api_server(parts: harness.Harness) -> None:
    """TokenRequest, bound to the pod, for the audience that the SPC names."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    await parts.mount(pod, PASSWORD, tokens={}, audience="vault")
    assert parts.text(pod, "pw") == "p1"
    path = "/api/v1/namespaces/production/serviceaccounts/api-service/token"
    assert parts.kube.requests.count(("POST", path)) == 1


async def test_the_openbao_socket_has_its_own_audience_and_spelling(parts: harness.Harness) -> None:
    """openbao.sock looks for the audience openbao and takes bao* parameters."""
    await parts.kv("db", password="p1")
    await parts.role("api-service", audience="openbao")
    pod = parts.pod()
    await parts.mount(
        pod,
        PASSWORD,
        provider="openbao",
        tokens=parts.tokens(pod, "openbao"),
        baoKubernetesMountPath="kubernetes",
        baoAddress=parts.vault.address,
    )
    assert parts.text(pod, "pw") == "p1"


@pytest.mark.parametrize(
    ("objects", "code", "expected"),
    [
        ("- objectName: x", grpc.StatusCode.INVALID_ARGUMENT, "x"),
        (
            "- {objectName: x, secretPath: secret/data/none, secretKey: k}",
            grpc.StatusCode.NOT_FOUND,
            "x: Vault at http://127.0.0.1",
        ),
        (
            "- {objectName: x, secretPath: secret/db, secretKey: k}",
            grpc.StatusCode.NOT_FOUND,
            "write secretPath: secret/data/db",
        ),
        (
            "- {objectName: x, secretPath: secret/data/db, secretKey: passwort}",
            grpc.StatusCode.NOT_FOUND,
            'secret/data/db has no key "passwort"; it has: password',
        ),
        (
            "- {objectName: x, secretPath: secret/data/db, secretKey: password, encoding: hex}",
            grpc.StatusCode.FAILED_PRECONDITION,
            "is not hex",
        ),
        (
            "- {objectName: x, secretPath: sys/health, method: POST}",
            grpc.StatusCode.INVALID_ARGUMENT,
            "does not take POST",
        ),
    ],
)
async def test_a_failure_is_told_with_its_cause_and_cure(
    parts: harness.Harness, objects: str, code: grpc.StatusCode, expected: str
) -> None:
    """Code by cause, message for the pod's owner, never a value."""
    await parts.kv("db", password="p1-canary")
    got, message = await parts.refused(parts.pod(), objects)
    assert got is code
    assert expected in message
    assert "canary" not in message


async def test_all_failures_of_a_mount_are_told_together_and_nothing_is_mounted(parts: harness.Harness) -> None:
    """All or nothing."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    _, message = await parts.refused(
        pod,
        f"{PASSWORD}\n- {{objectName: a, secretPath: secret/data/none, secretKey: k}}\n"
        "- {objectName: b, secretPath: secret/data/db, secretKey: nope}\n",
    )
    assert message.startswith("2 of 3 objects failed: a: ")
    assert "; b: secret/data/db has no key" in message
    assert list(parts.target(pod).iterdir()) == []


async def test_a_wrong_service_account_reads_what_to_change(parts: harness.Harness) -> None:
    """UNAUTHENTICATED, with Vault's words and the fix."""
    code, message = await parts.refused(parts.pod("x", "intruder"), PASSWORD)
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "service account name not authorized" in message
    assert "add intruder to bound_service_account_names of auth/kubernetes/role/api-service" in message


async def test_a_denied_path_is_one_login_however_often_it_is_tried(parts: harness.Harness) -> None:
    """PERMISSION_DENIED with the policy line; never a second login."""
    await parts.role("api-service", 'path "secret/data/other" { capabilities = ["read"] }')
    pod = parts.pod()
    for _ in range(4):
        code, message = await parts.refused(pod, PASSWORD)
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert 'path "secret/data/db" { capabilities = ["read"] }' in message
    assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 1


async def test_a_revoked_token_costs_one_login(parts: harness.Harness) -> None:
    """Tokens revoked between mounts are noticed and replaced."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    await parts.mount(pod, PASSWORD)
    for entry in list(parts.vault.state.tokens):
        if entry.id != parts.vault.root_token:
            parts.vault.state.tokens.revoke(entry.id)
    await parts.mount(pod, PASSWORD)
    assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 2


async def test_a_volume_that_is_too_large_is_refused_by_name_and_size(parts: harness.Harness) -> None:
    """RESOURCE_EXHAUSTED before anything is sent."""
    await parts.kv("big", blob="x" * 2_500_000)
    code, message = await parts.refused(
        parts.pod(),
        "- {objectName: one, secretPath: secret/data/big, secretKey: blob}\n"
        "- {objectName: two, secretPath: secret/data/big, secretKey: blob}\n",
    )
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "one (2.4 MiB)" in message


async def test_odd_answers_do_not_end_the_process(parts: harness.Harness) -> None:
    """204, an empty 200, 304, HTML, errors with 200: each is this mount's error and nobody else's."""
    await parts.kv("db", password="p1")
    odd: list[web.Response] = [
        web.Response(status=204),
        web.Response(status=200),
        web.Response(status=304),
        web.Response(text="<html>login page</html>", content_type="text/html"),
        scripted.reply({"errors": ["no"]}),
        scripted.reply([1]),
    ]
    for answer in odd:

        async def fault(request: web.BaseRequest, answer: web.Response = answer) -> web.StreamResponse | None:
            return answer if request.path == "/v1/secret/data/odd" else None

        parts.vault.faults = fault
        code, message = await parts.refused(
            parts.pod(f"p{answer.status}-{id(answer)}"), "- {objectName: x, secretPath: secret/data/odd}"
        )
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert "login page" not in message
    bystander = parts.pod("bystander")
    await parts.mount(bystander, PASSWORD)
    assert parts.text(bystander, "pw") == "p1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 204}, "204 No Content"),
        ({"text": "<html>login page</html>", "content_type": "text/html"}, "text/html, not JSON"),
        ({"status": 404, "text": "<html>login page</html>", "content_type": "text/html"}, "404 Not Found"),
    ],
)
async def test_a_login_that_no_vault_answers_is_an_error_about_the_address(
    parts: harness.Harness, answer: dict[str, Any], said: str
) -> None:
    """204 to a login ends the peers' process. Advice on paths that are read would mislead."""

    async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
        return web.Response(**answer) if request.path.endswith("/login") else None

    parts.vault.faults = fault
    code, message = await parts.refused(parts.pod(), PASSWORD)
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert said in message
    assert "vaultAddress leads to a proxy" in message
    assert "read a path" not in message
    assert "pki" not in message
    assert "login page" not in message


async def test_a_short_outage_fails_nobody(parts: harness.Harness) -> None:
    """A sealed Vault is waited for inside the mount's budget."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    parts.vault.status.sealed = True

    async def unseal() -> None:
        await asyncio.sleep(1.0)
        parts.vault.status.sealed = False

    task = asyncio.ensure_future(unseal())
    await parts.mount(pod, PASSWORD)
    await task
    assert parts.text(pod, "pw") == "p1"


async def test_the_key_of_versions_is_not_read_at_every_mount(parts: harness.Harness) -> None:
    """Thirty mounts within five seconds look for it once."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    started = asyncio.get_running_loop().time()
    for _ in range(30):
        await parts.mount(pod, PASSWORD)
    took = asyncio.get_running_loop().time() - started
    path = "/api/v1/namespaces/vault-csi/secrets/vault-csi-provider-hmac-key"
    assert parts.kube.requests.count(("GET", path)) <= 1 + took // 5


async def test_versions_change_when_the_hmac_secret_is_deleted(parts: harness.Harness) -> None:
    """A deleted key is made anew; versions follow within the next looks."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    first = await parts.mount(pod, PASSWORD)
    parts.kube.delete("secrets", "vault-csi", "vault-csi-provider-hmac-key")
    await asyncio.sleep(5.1)
    async with asyncio.timeout(clocks.HANGS):
        while (await parts.mount(pod, PASSWORD)).versions == first.versions:
            await asyncio.sleep(0.1)


async def test_mounts_with_their_own_token_do_not_wait_for_the_api_server(parts: harness.Harness) -> None:
    """An API server that hangs is not noticed by a pod that carries its token, once the key is held."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    first = await parts.mount(pod, PASSWORD)
    await asyncio.sleep(5.1)
    parts.kube.pause()
    started = asyncio.get_running_loop().time()
    again = await parts.mount(pod, PASSWORD)
    assert asyncio.get_running_loop().time() - started < 1.0
    assert again.versions == first.versions
    parts.kube.resume()


@pytest.mark.parametrize("denied", [("get",), ("create",), ("get", "create")])
async def test_without_rbac_for_the_key_pods_are_mounted_all_the_same(tmp_path: Any, denied: tuple[str, ...]) -> None:
    """Versions are empty then, as with the Go provider."""

    def prepare(kube: Any) -> None:
        for verb in denied:
            kube.deny(verb, "secrets")

    async with harness.running(tmp_path, prepare=prepare) as parts:
        await parts.kv("db", password="p1")
        pod = parts.pod()
        mounted = await parts.mount(pod, PASSWORD)
        assert parts.text(pod, "pw") == "p1"
        assert mounted.versions == {"pw": ""}


async def test_a_jwt_mount_takes_the_token_too(parts: harness.Harness) -> None:
    """A jwt auth method that knows the cluster's public key is named by vaultAuthMountPath."""
    await parts.kv("db", password="p1")
    await parts.vault.write("sys/auth/jwt-prod", {"type": "jwt"})
    await parts.vault.write("auth/jwt-prod/config", {"jwt_validation_pubkeys": [parts.kube.public_key_pem]})
    await parts.vault.write(
        "auth/jwt-prod/role/api-service",
        {
            "role_type": "jwt",
            "bound_audiences": ["vault"],
            "user_claim": "sub",
            "bound_subject": "system:serviceaccount:production:api-service",
            "token_policies": ["api-service"],
        },
    )
    pod = parts.pod()
    await parts.mount(pod, PASSWORD, vaultAuthMountPath="jwt-prod")
    assert parts.text(pod, "pw") == "p1"
    code, message = await parts.refused(parts.pod("x", "intruder"), PASSWORD, vaultAuthMountPath="jwt-prod")
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "auth/jwt-prod" in message


@pytest.mark.parametrize("tokens", [{"other": "audience"}, {"vault": ""}])
async def test_a_token_that_does_not_serve_is_replaced(parts: harness.Harness, tokens: dict[str, str]) -> None:
    """For another audience only, or empty: TokenRequest."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    given = {name: secret.Secret(value) for name, value in tokens.items()}
    await parts.role("api-service", audience="")
    await parts.mount(pod, PASSWORD, tokens=given)
    assert parts.text(pod, "pw") == "p1"


@pytest.mark.parametrize("fault", [500, 0])
async def test_a_write_reaches_vault_once_whatever_the_driver_does(parts: harness.Harness, fault: int) -> None:
    """A PUT that fails is no UNAVAILABLE, which the driver would send again, twice."""

    async def fail(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path != "/v1/pki/issue/web":
            return None
        if fault:
            return scripted.refusal(fault, "boom")
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    parts.vault.faults = fail
    code, _ = await parts.refused(parts.pod(), "- {objectName: x, secretPath: pki/issue/web, method: PUT}")
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert parts.vault.count("PUT", "/v1/pki/issue/web") == 1


async def test_a_wrapped_answer_is_kept_until_its_end_nears(parts: harness.Harness) -> None:
    """What carries no data but a token is one for the volume; another volume has its own."""
    pod = parts.pod()
    wrap = "- {objectName: w.json, secretPath: sys/wrapping/wrap, method: PUT, secretArgs: {a: b}}"
    first = await parts.mount(pod, wrap)
    before = parts.text(pod, "w.json")
    again = await parts.mount(pod, wrap)
    assert (again.written, again.versions, parts.text(pod, "w.json")) == (False, first.versions, before)
    other = parts.pod("api-1")
    await parts.mount(other, wrap)
    assert parts.text(other, "w.json") != before


async def test_a_caller_that_gives_up_leaves_no_read_behind(parts: harness.Harness) -> None:
    """Cancelling the call cancels its reads: the connection to Vault is dropped."""
    hanging: list[web.BaseRequest] = []

    async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
        if request.path == "/v1/secret/data/slow":
            hanging.append(request)
            await asyncio.sleep(clocks.FOREVER)
        return None

    parts.vault.faults = fault
    task = asyncio.ensure_future(parts.mount(parts.pod(), "- {objectName: x, secretPath: secret/data/slow}"))
    async with asyncio.timeout(clocks.HANGS):
        while not hanging:
            await asyncio.sleep(0.01)
        task.cancel()
        while hanging[0].transport is not None and not hanging[0].transport.is_closing():
            await asyncio.sleep(0.01)
    assert len(hanging) == 1


async def test_the_mounts_own_deadline_ends_it_with_words(tmp_path: Any) -> None:
    """DEADLINE_EXCEEDED before the kubelet loses patience, naming what was slow."""
    chosen = settings.Settings(serve=settings.Serve(mount_timeout=1.5))
    async with harness.running(tmp_path, chosen) as parts:

        async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.path == "/v1/secret/data/slow":
                await asyncio.sleep(clocks.FOREVER)
            return None

        parts.vault.faults = fault
        code, message = await parts.refused(parts.pod(), "- {objectName: x, secretPath: secret/data/slow}")
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "no answer within" in message
