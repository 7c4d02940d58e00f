"""What a republish costs, what it brings, and what stays when it fails."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from provider import model, settings
from provider.dev import driver
from provider.service.upkeep import token_leases
from tests.doubles import scripted
from tests.integration import harness

PASSWORD = "- {objectName: pw, secretPath: secret/data/db, secretKey: password}"
LOGIN = "- {objectName: login.json, secretPath: database/creds/app}"
CONNECTION = {
    "plugin_name": "postgresql-database-plugin",
    "connection_url": "postgresql://{{username}}:{{password}}@127.0.0.1:5432/postgres",
    "username": "admin",
    "password": "secret",
    "allowed_roles": "*",
}


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[harness.Harness]:
    """With the interval that a cluster has by default."""
    async with harness.running(tmp_path, settings.Settings()) as started:
        yield started


async def databases(parts: harness.Harness, **role: str) -> None:
    """A database engine with a role `app`."""
    await parts.vault.write("sys/mounts/database", {"type": "database"})
    await parts.vault.write("database/config/main", CONNECTION)
    statement = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}';"
    wanted = {"db_name": "main", "creation_statements": [statement], "default_ttl": "1h", "max_ttl": "2h", **role}
    await parts.vault.write("database/roles/app", wanted)


async def certificates(parts: harness.Harness) -> None:
    """A PKI engine with a role `web`."""
    await parts.vault.write("sys/mounts/pki", {"type": "pki"})
    await parts.vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
    await parts.vault.write("pki/roles/web", {"allow_any_name": True, "key_type": "ec"})


async def down(_request: web.BaseRequest) -> web.StreamResponse:
    return scripted.refusal(503, "Vault is sealed")


async def denied(request: web.BaseRequest) -> web.StreamResponse | None:
    return scripted.refusal(403, "1 error occurred:\n\t* permission denied\n\n") if "/data/" in request.path else None


async def test_a_republish_within_the_interval_asks_nobody(patient: harness.Harness) -> None:
    """20 static objects: no request to Vault and none to the API server, the same files and versions."""
    for number in range(20):
        await patient.kv(f"s{number}", value=f"v{number}")
    objects = "".join(f"- {{objectName: f{n}, secretPath: secret/data/s{n}, secretKey: value}}\n" for n in range(20))
    pod = patient.pod()
    first = await patient.mount(pod, objects)
    asked, kube = len(patient.vault.requests), len(patient.kube.requests)
    await patient.kv("s0", value="changed")
    message = len(patient.vault.requests) - asked
    for _ in range(5):
        again = await patient.mount(pod, objects)
        assert (again.written, again.versions) == (False, first.versions)
    assert len(patient.vault.requests) - asked - message == 0
    assert len(patient.kube.requests) == kube


async def test_what_is_due_is_read_again(parts: harness.Harness) -> None:
    """Per object: one is read at every call, the other is not."""
    await parts.kv("a", value="a1")
    await parts.kv("b", value="b1")
    objects = (
        "- {objectName: a, secretPath: secret/data/a, secretKey: value}\n"
        "- {objectName: b, secretPath: secret/data/b, secretKey: value, refreshInterval: 1h}\n"
    )
    pod = parts.pod()
    await parts.mount(pod, objects)
    await parts.kv("a", value="a2")
    await parts.kv("b", value="b2")
    await parts.mount(pod, objects)
    assert (parts.text(pod, "a"), parts.text(pod, "b")) == ("a2", "b1")
    assert parts.vault.count("GET", "/v1/secret/data/b") == 1


async def test_secrets_of_one_interval_are_of_one_generation(parts: harness.Harness) -> None:
    """A secret that a chain of secrets led to later is read again with the one before it."""
    await parts.kv("a", next="secret/data/b")
    await parts.kv("b", value="b1")
    chain = '{{ with secret "secret/data/a" }}{{ with secret .Data.data.next }}{{ .Data.data.value }}{{ end }}{{ end }}'
    objects = json.dumps([{"objectName": "t", "template": chain, "refreshInterval": "1s"}])
    pod = parts.pod()
    await parts.mount(pod, objects)
    await asyncio.sleep(1.0)
    await parts.mount(pod, objects)
    assert [parts.vault.count("GET", f"/v1/secret/data/{name}") for name in "ab"] == [2, 2]


async def test_credentials_are_made_once(parts: harness.Harness) -> None:
    """20 republishes: one login of the database, one certificate, whole or by key, in a template or not."""
    await databases(parts)
    await certificates(parts)
    issue = "secretPath: pki/issue/web, method: PUT, secretArgs: {common_name: a.example.com}"
    template = '{{ with secret "database/creds/app" }}{{ .Data.username }}{{ end }}'
    objects = (
        f"{LOGIN}\n- {{objectName: crt, {issue}, secretKey: certificate}}\n- {{objectName: tls.json, {issue}}}\n"
        f"- {{objectName: user, template: '{template}'}}\n"
    )
    pod = parts.pod()
    first = await parts.mount(pod, objects)
    for _ in range(19):
        again = await parts.mount(pod, objects)
        assert (again.written, again.versions) == (False, first.versions)
    assert parts.vault.count("GET", "/v1/database/creds/app") == 1
    assert parts.vault.count("PUT", "/v1/pki/issue/web") == 1
    assert json.loads(parts.text(pod, "login.json"))["data"]["username"] == parts.text(pod, "user")


@pytest.mark.parametrize(("policy", "writes"), [("always", 4), ("once", 1), ("onExpiry", 1)])
async def test_a_write_without_an_end_is_made_as_the_object_says(
    parts: harness.Harness, policy: str, writes: int
) -> None:
    """At every republish by default."""
    write = f"method: PUT, secretPath: secret/data/counter, secretArgs: {{data: {{a: b}}}}, refresh: {policy}"
    pod = parts.pod()
    for _ in range(4):
        await parts.mount(pod, f"- {{objectName: made.json, {write}}}")
    assert parts.vault.count("PUT", "/v1/secret/data/counter") == writes
    assert json.loads(parts.text(pod, "made.json"))["data"]["version"] == writes


async def test_a_mount_that_fails_keeps_what_it_was_given(parts: harness.Harness) -> None:
    """A pod that waits for a missing secret costs one database login, not one a try."""
    await databases(parts)
    pod = parts.pod()
    objects = f"{LOGIN}\n{PASSWORD}\n"
    for _ in range(4):
        await parts.refused(pod, objects)
    await parts.kv("db", password="p1")
    await parts.mount(pod, objects)
    assert parts.text(pod, "pw") == "p1"
    assert parts.vault.count("GET", "/v1/database/creds/app") == 1


@pytest.mark.parametrize("fault", [down, denied], ids=["down", "denied"])
async def test_a_refresh_that_fails_leaves_the_files(
    parts: harness.Harness, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """All of them, with their versions, and the log says so; a new pod gets the error, and nobody's files."""
    await parts.kv("db", password="p1")
    await parts.kv("other", password="o1")
    objects = f"{PASSWORD}\n- {{objectName: other, secretPath: secret/data/other, secretKey: password}}"
    pod = parts.pod()
    first = await parts.mount(pod, objects)
    await parts.kv("db", password="p2")
    parts.vault.faults = fault
    for _ in range(2):
        again = await mount_within(parts, pod, objects)
        assert (again.written, again.versions) == (False, first.versions)
    assert "refresh failed, files stay" in caplog.text
    with pytest.raises(driver.PublishFailed):
        await mount_within(parts, parts.pod("new"), objects)
    parts.vault.faults = None
    while parts.text(pod, "pw") != "p2":
        await asyncio.sleep(0.5)
        await parts.mount(pod, objects)


async def test_a_refresh_that_fails_rests(parts: harness.Harness) -> None:
    """However often the kubelet calls, Vault is asked less and less; an edit of the class is tried at once."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    await parts.mount(pod, PASSWORD)
    parts.vault.faults = denied
    asked = parts.vault.count("GET", "/v1/secret/data/db")
    for _ in range(20):
        await parts.mount(pod, PASSWORD)
        await asyncio.sleep(0.1)
    assert 1 <= parts.vault.count("GET", "/v1/secret/data/db") - asked <= 3
    parts.vault.faults = None
    await parts.mount(pod, PASSWORD + "\n- {objectName: b, secretPath: secret/data/db, secretKey: password}")
    assert parts.text(pod, "b") == "p1"


async def mount_within(parts: harness.Harness, pod: model.Pod, objects: str, seconds: float = 3.0) -> driver.Mounted:
    """A mount by a driver that waits only so long, since nothing is there to wait for."""
    tokens = parts.tokens(pod)
    sent = {"roleName": "api-service", "objects": objects}
    return await parts.double.mount(
        "vault", sent, pod, parts.target(pod), tokens, provider_class="spc", timeout=seconds
    )


async def test_a_class_that_was_broken_leaves_the_files(parts: harness.Harness) -> None:
    """An edit that cannot be understood costs mounted pods nothing."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    first = await parts.mount(pod, PASSWORD)
    again = await parts.mount(pod, "- {objectName: pw")
    assert (again.written, again.versions) == (False, first.versions)


async def test_stale_files_have_an_end_where_one_is_set(tmp_path: Path) -> None:
    """-max-stale 0: a failing refresh fails."""
    chosen = settings.Settings(refresh=settings.Refresh(interval=0.0, max_stale=0.0))
    async with harness.running(tmp_path, chosen) as parts:
        await parts.kv("db", password="p1")
        pod = parts.pod()
        await parts.mount(pod, PASSWORD)
        parts.vault.faults = denied
        with pytest.raises(driver.PublishFailed):
            await parts.mount(pod, PASSWORD)


async def test_another_token_reads_and_issues_everything_again(patient: harness.Harness) -> None:
    """Leases too; the same one does not."""
    await databases(patient)
    pod = patient.pod()
    await patient.mount(pod, LOGIN)
    await patient.mount(pod, LOGIN, refreshToken="now")
    await patient.mount(pod, LOGIN, refreshToken="now")
    assert patient.vault.count("GET", "/v1/database/creds/app") == 2


@pytest.mark.parametrize(
    "edited",
    [
        {"refreshInterval": "45s"},
        {"revokeOnPodDelete": "true"},
        {"objects": LOGIN + "\n- {objectName: b, secretPath: database/creds/app, secretKey: username}\n"},
        {"objects": LOGIN + "\n" + PASSWORD},
        {"objects": LOGIN.replace("}", ", filePermission: 0400}")},
        {"vaultUnknown": "x"},
    ],
    ids=["interval", "revocation", "a key of the same secret", "another secret", "mode", "unknown"],
)
async def test_an_edit_that_changes_no_request_issues_nothing(patient: harness.Harness, edited: dict[str, str]) -> None:
    """What is made of a response, or how long it is good, is no reason for new credentials."""
    await databases(patient)
    await patient.kv("db", password="p1")
    pod = patient.pod()
    await patient.mount(pod, LOGIN)
    before = patient.text(pod, "login.json")
    await patient.mount(pod, **{"objects": LOGIN, **edited})
    assert patient.vault.count("GET", "/v1/database/creds/app") == 1
    assert patient.text(pod, "login.json") == before


async def test_a_shorter_interval_counts_from_the_last_read(patient: harness.Harness) -> None:
    """A response that is there is due by the interval that the SPC says now."""
    await patient.kv("db", password="p1")
    pod = patient.pod()
    await patient.mount(pod, PASSWORD, refreshInterval="1h")
    await patient.kv("db", password="p2")
    await patient.mount(pod, PASSWORD, refreshInterval="1h")
    assert patient.text(pod, "pw") == "p1"
    await patient.mount(pod, PASSWORD, refreshInterval="0s")
    assert patient.text(pod, "pw") == "p2"


async def test_a_node_that_is_too_small_issues_nothing_again(tmp_path: Path) -> None:
    """Where all volumes together take more than the memory they may: static secrets are read again, and that is all."""
    chosen = settings.Settings(refresh=settings.Refresh(interval=3600.0, cache_bytes=100_000))
    async with harness.running(tmp_path, chosen) as parts:
        await databases(parts)
        for number in range(5):
            await parts.kv(f"s{number}", value=str(number) * 4000)
        objects = LOGIN + "".join(
            f"\n- {{objectName: f{n}, secretPath: secret/data/s{n}, secretKey: value}}" for n in range(5)
        )
        pods = [parts.pod(f"api-{number}") for number in range(10)]
        first = {pod: (await parts.mount(pod, objects)).versions for pod in pods}
        logins = {pod: parts.text(pod, "login.json") for pod in pods}
        for _ in range(3):
            for pod in pods:
                again = await parts.mount(pod, objects)
                assert (again.versions, again.written) == (first[pod], False)
        assert parts.vault.count("GET", "/v1/database/creds/app") == 10
        assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 10
        assert parts.vault.count("GET", "/v1/secret/data/") > 50
        assert {pod: parts.text(pod, "login.json") for pod in pods} == logins


async def test_a_pod_of_the_same_name_is_another_pod(patient: harness.Harness) -> None:
    """It gets credentials of its own."""
    await databases(patient)
    names = set()
    for _ in range(2):
        pod = patient.pod("api-0")
        await patient.mount(pod, LOGIN)
        names.add(json.loads(patient.text(pod, "login.json"))["data"]["username"])
        patient.kube.delete("pods", pod.namespace, pod.name)
    assert len(names) == 2


async def test_pods_of_one_service_account_share_where_they_are_told_to(patient: harness.Harness) -> None:
    """30 replicas, 20 objects, one credential: one login, 20 reads, one lease; another account has its own."""
    await databases(patient)
    for number in range(20):
        await patient.kv(f"s{number}", value=f"v{number}")
    await patient.role("billing")
    objects = LOGIN + "".join(
        f"\n- {{objectName: f{n}, secretPath: secret/data/s{n}, secretKey: value}}" for n in range(20)
    )
    pods = [patient.pod(f"api-{number}") for number in range(30)]
    await asyncio.gather(*(patient.mount(pod, objects, leaseScope="serviceAccount") for pod in pods))
    assert patient.vault.count("POST", "/v1/auth/kubernetes/login") == 1
    assert patient.vault.count("GET", "/v1/secret/data/") == 20
    assert patient.vault.count("GET", "/v1/database/creds/app") == 1
    assert len({patient.text(pod, "login.json") for pod in pods}) == 1
    other = patient.pod("billing-0", "billing")
    await patient.mount(other, objects, leaseScope="serviceAccount", roleName="billing")
    assert patient.text(other, "login.json") != patient.text(pods[0], "login.json")


async def test_a_refresh_that_fails_halfway_cares_for_what_the_files_hold(parts: harness.Harness) -> None:
    """The old login's lease stays with the files, though the failed try was given another; a success lets it go."""
    await databases(parts)
    await parts.kv("db", password="p1")
    objects = f"{LOGIN}\n{PASSWORD}"
    pod = parts.pod()
    await parts.mount(pod, objects)
    old = json.loads(parts.text(pod, "login.json"))["lease_id"]
    parts.vault.faults = denied
    again = await parts.mount(pod, objects, refreshToken="anew")
    assert not again.written
    volume = next(iter(parts.service.volumes))
    [group, *others] = token_leases.by_token([volume], 0.0)
    leases = {kept.lease.id for each in (group, *others) for _, kept in each.responses}
    assert old in leases
    assert len(leases) == 2
    parts.vault.faults = None
    await parts.mount(pod, objects, refreshToken="anew again")
    new = json.loads(parts.text(pod, "login.json"))["lease_id"]
    groups = token_leases.by_token([volume], 0.0)
    assert new != old
    assert {kept.lease.id for each in groups for _, kept in each.responses} == {new}


async def test_a_call_beside_another_for_the_same_volume_waits_for_it(patient: harness.Harness) -> None:
    """A driver that gave up on the first and calls again finds what that one was given."""
    await databases(patient)
    pod = patient.pod()

    async def slow(request: web.BaseRequest) -> None:
        if "/creds/" in request.path:
            await asyncio.sleep(1.0)

    patient.vault.faults = slow
    first = asyncio.ensure_future(mount_within(patient, pod, LOGIN, 0.5))
    second = await patient.mount(pod, LOGIN)
    with pytest.raises(driver.PublishFailed):
        await first
    again = await patient.mount(pod, LOGIN)
    assert again.versions == second.versions
    assert patient.vault.count("GET", "/v1/database/creds/app") <= 2


async def test_files_are_stale_from_the_last_moment_when_they_were_good(tmp_path: Path) -> None:
    """-max-stale counts from there, not from the last time that something was read: hours may lie between."""
    chosen = settings.Settings(refresh=settings.Refresh(interval=3600.0, max_stale=3600.0))
    async with harness.running(tmp_path, chosen) as parts:
        await parts.kv("db", password="p1")
        pod = parts.pod()
        await parts.mount(pod, PASSWORD)
        [volume] = parts.service.volumes
        volume.last_good -= 7200.0
        await parts.mount(pod, PASSWORD)
        parts.vault.faults = denied
        again = await parts.mount(pod, PASSWORD, refreshToken="forced")
        assert not again.written
        volume.last_good -= 7200.0
        volume.health = type(volume.health)()
        with pytest.raises(driver.PublishFailed):
            await parts.mount(pod, PASSWORD, refreshToken="forced")


async def test_shared_responses_that_nobody_uses_any_more_are_let_go(patient: harness.Harness) -> None:
    """An edit of the class leaves none behind, whose lease would be renewed as long as a pod of the account lives."""
    for name in ("a", "b", "c"):
        await patient.kv(name, password=name)
    pods = [patient.pod("api-0"), patient.pod("api-1")]
    for name in ("a", "b", "c"):
        for pod in pods:
            await patient.mount(pod, PASSWORD.replace("/db", f"/{name}"), leaseScope="serviceAccount")
    caches = {id(volume.responses): volume.responses for volume in patient.service.volumes}
    assert [[read.path for read, _ in responses] for responses in caches.values()] == [["secret/data/c"]]
