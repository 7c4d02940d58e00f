"""Leases on a real Vault with a real Postgres: kept alive, replaced in time, and taken back when the pod is gone."""

import asyncio
import os
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import pytest

from provider import model
from tests.real import bed, nodes
from tests.real.servers import postgres

pytestmark = pytest.mark.real

CREATION = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"


def lease(
    parts: bed.Bed,
    name: str,
    *,
    ttl: str,
    max_ttl: str = "24h",
    policy: Mapping[str, list[str]] | None = None,
    parameters: Mapping[str, str] | None = None,
    **login: Any,
) -> model.Pod:
    """A pod that mounts a database login of its own role."""
    role = {"db_name": "postgres", "default_ttl": ttl, "max_ttl": max_ttl, "creation_statements": [CREATION]}
    parts.vault.request("POST", f"database/roles/{name}", role)
    parts.role(name, {f"database/creds/{name}": ["read"], **(policy or {})}, **login)
    objects = "".join(
        f"- {{objectName: {key}, secretPath: database/creds/{name}, secretKey: {key}}}\n"
        for key in ("username", "password")
    )
    given = {"roleName": name, "objects": objects, **(parameters or {})}
    parts.cluster.provider_class("production", name, given)
    return parts.cluster.pod("production", f"{name}-0", name, classes=[name])


def opens(database: postgres.Running, volume: nodes.Volume) -> bool:
    """Whether the login in the volume's files gets into the database now."""
    place = ["-h", database.host, "-p", str(database.port), "-U", volume.text("username"), "-d", "postgres"]
    done = subprocess.run(
        ["psql", *place, "-Atc", "select current_user"],
        env={"PGPASSWORD": volume.text("password"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


def asked(parts: bed.Bed, path: str) -> int:
    """How often Vault was asked for a path, by its audit log."""
    lines = (line["request"]["path"] for line in parts.vault.audit() if line["type"] == "request")
    return sum(each == path for each in lines)


async def until_closed(database: postgres.Running, volume: nodes.Volume, seconds: float) -> bool:
    """Whether a login stops working within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not opens(database, volume):
            return True
        await asyncio.sleep(0.5)
    return False


async def test_one_credential_until_the_end_of_its_max_ttl(
    parts: bed.Bed, double: nodes.DoubleNode, database: postgres.Running
) -> None:
    """TTL 20 s, maximum 60 s, a call every 5 s: the pod can always log in. Without calls the lease lives on as well."""
    pod = lease(parts, "minute", ttl="20s", max_ttl="60s")
    quiet = lease(parts, "quiet", ttl="20s")
    alone = await double.publish(quiet, "quiet")
    started = time.monotonic()
    volume = await double.publish(pod, "minute")
    users = {volume.text("username"): 0.0}
    for number in range(1, 15):
        await asyncio.sleep(max(0.0, started + 5.0 * number - time.monotonic()))
        assert opens(database, volume)
        volume = await double.republish(pod, "minute")
        users.setdefault(volume.text("username"), time.monotonic() - started)
        assert opens(database, volume)
    assert asked(parts, "database/creds/minute") == len(users) == 2
    assert 44.0 < max(users.values()) < 60.0
    assert opens(database, alone)
    assert asked(parts, "database/creds/quiet") == 1


async def test_one_certificate_in_twenty_polls(parts: bed.Bed, double: nodes.DoubleNode, pki: str) -> None:
    """Key and certificate stay, byte for byte."""
    parts.role("polled", {f"{pki}/issue/web": ["update"]})
    objects = "".join(
        f"- {{objectName: {key}, secretPath: {pki}/issue/web, secretKey: {key}, method: PUT,"
        " secretArgs: {common_name: polled.production.internal, ttl: 1h}}\n"
        for key in ("certificate", "private_key")
    )
    parts.cluster.provider_class("production", "polled", {"roleName": "polled", "objects": objects})
    pod = parts.cluster.pod("production", "polled-0", "polled", classes=["polled"])
    before = asked(parts, f"{pki}/issue/web")
    first = await double.publish(pod, "polled")
    held = {name: first.text(name) for name in ("certificate", "private_key")}
    for _ in range(20):
        again = await double.republish(pod, "polled")
        assert (again.versions, {name: again.text(name) for name in held}) == (first.versions, held)
    assert asked(parts, f"{pki}/issue/web") - before == 1


async def test_a_pod_that_is_gone_takes_its_login_along(
    parts: bed.Bed, double: nodes.DoubleNode, database: postgres.Running
) -> None:
    """With revokeOnPodDelete the old login fails soon after; without it, it lives until its lease ends."""
    revoke = {"revokeOnPodDelete": "true"}
    gone, stays = lease(parts, "gone", ttl="1h", parameters=revoke), lease(parts, "stays", ttl="1h")
    first, second = await double.publish(gone, "gone"), await double.publish(stays, "stays")
    assert opens(database, first)
    for pod in (gone, stays):
        parts.cluster.delete_pod(pod)
    assert await until_closed(database, first, 30.0)
    assert opens(database, second)


async def test_a_role_with_batch_tokens(parts: bed.Bed, double: nodes.DoubleNode, database: postgres.Running) -> None:
    """It takes its leases along when it ends: replaced in time, and revoked one by one where a policy lets it."""
    pod = lease(
        parts,
        "batch",
        ttl="1h",
        policy={"sys/leases/revoke": ["update"]},
        parameters={"revokeOnPodDelete": "true"},
        token_type="batch",
        token_ttl="20s",
    )
    volume = await double.publish(pod, "batch")
    for _ in range(10):
        await asyncio.sleep(3.0)
        assert opens(database, volume)
        volume = await double.republish(pod, "batch")
        assert opens(database, volume)
    assert asked(parts, "database/creds/batch") == 3
    parts.cluster.delete_pod(pod)
    assert await until_closed(database, volume, 18.0)


async def test_a_token_that_ends_before_its_lease(
    parts: bed.Bed, double: nodes.DoubleNode, database: postgres.Running
) -> None:
    """token_max_ttl 30 s under a lease of an hour: told in a warning, and the pod can always log in."""
    pod = lease(parts, "capped", ttl="1h", token_ttl="15s", token_max_ttl="30s")
    volume = await double.publish(pod, "capped")
    for _ in range(12):
        await asyncio.sleep(3.0)
        assert opens(database, volume)
        volume = await double.republish(pod, "capped")
        assert opens(database, volume)
    assert asked(parts, "database/creds/capped") == 2
    log = (parts.directory / "provider" / "provider.log").read_text()
    assert log.count("the vault token ends before the lease of its credentials") == 1
