"""What only the real driver does: links and owners of files, its status object, the synced Secret, masked failures."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from tests.real import bed
from tests.real.servers import cluster, driver

pytestmark = pytest.mark.real

PARAMETERS = {"roleName": "driven", "objects": "- {objectName: pw, secretPath: secret/data/driven, secretKey: pw}"}


@pytest.fixture
def _driven(parts: bed.Bed) -> None:
    """A role `driven` and its secret."""
    parts.role("driven", {"secret/data/driven": ["read"]})
    parts.vault.request("POST", "secret/data/driven", {"data": {"pw": "p1"}})


@pytest.mark.usefixtures("_driven")
async def test_files_are_links_into_a_directory_that_is_swapped_whole(
    parts: bed.Bed, real_driver: driver.DriverNode
) -> None:
    """On a tmpfs; a rotation is one rename, and anyone in the pod may read."""
    parts.cluster.provider_class("production", "driven", PARAMETERS)
    pod = parts.cluster.pod("production", "driven-0", "driven", classes=["driven"])
    volume = await real_driver.publish(pod, "driven")
    assert volume.directory.is_mount()
    file = volume.directory / "pw"
    assert str(file.readlink()) == "..data/pw"
    before = (volume.directory / "..data").readlink()
    assert file.stat().st_mode & 0o777 == 0o644
    assert file.stat().st_uid == os.geteuid()

    parts.vault.request("POST", "secret/data/driven", {"data": {"pw": "p2"}})
    rotated = await real_driver.republish(pod, "driven")
    assert rotated.text("pw") == "p2"
    assert (volume.directory / "..data").readlink() != before
    assert rotated.versions["pw"] != volume.versions["pw"]


@pytest.mark.usefixtures("_driven")
async def test_the_status_object_has_the_providers_versions(parts: bed.Bed, real_driver: driver.DriverNode) -> None:
    """Versions do not depend on which driver asks, nor on the pod."""
    parts.cluster.provider_class("production", "status", PARAMETERS)
    pods = [parts.cluster.pod("production", f"status-{n}", "driven", classes=["status"]) for n in range(2)]
    first, second = [await real_driver.publish(pod, "status") for pod in pods]
    assert list(first.versions) == ["pw"]
    assert first.versions == second.versions


@pytest.mark.usefixtures("_driven")
async def test_a_failing_republish_keeps_files_and_versions(parts: bed.Bed, real_driver: driver.DriverNode) -> None:
    """The driver masks the failure; the pod goes on with what it has, and follows again once it can be read."""
    parts.cluster.provider_class("production", "masked", PARAMETERS)
    pod = parts.cluster.pod("production", "masked-0", "driven", classes=["masked"])
    before = await real_driver.publish(pod, "masked")
    parts.vault.set_policy("driven", {})
    parts.vault.request("POST", "secret/data/driven", {"data": {"pw": "p2"}})
    during = await real_driver.republish(pod, "masked")
    assert (during.text("pw"), during.versions) == ("p1", before.versions)
    parts.vault.set_policy("driven", {"secret/data/driven": ["read"]})
    # After a failure the provider rests for some seconds, however often it is called.
    deadline = time.monotonic() + 20
    after = await real_driver.republish(pod, "masked")
    while after.text("pw") == "p1" and time.monotonic() < deadline:
        await asyncio.sleep(1.0)
        after = await real_driver.republish(pod, "masked")
    assert after.text("pw") == "p2"
    assert after.versions != before.versions


@pytest.mark.usefixtures("_driven")
async def test_files_are_synced_to_a_kubernetes_secret(parts: bed.Bed, real_driver: driver.DriverNode) -> None:
    """As secretObjects of the class say: made with the first mount, changed with a rotation."""
    wanted = {"secretName": "synced", "type": "Opaque", "data": [{"objectName": "pw", "key": "password"}]}
    parts.cluster.provider_class("production", "synced", PARAMETERS, secretObjects=[wanted])
    pod = parts.cluster.pod("production", "synced-0", "driven", classes=["synced"])
    await real_driver.publish(pod, "synced")
    assert await _synced(parts, b"p1") == {"password": b"p1"}
    parts.vault.request("POST", "secret/data/driven", {"data": {"pw": "p2"}})
    await real_driver.republish(pod, "synced")
    assert await _synced(parts, b"p2") == {"password": b"p2"}


async def _synced(parts: bed.Bed, value: bytes) -> dict[str, bytes]:
    """The Secret, once it has that value or half a minute has passed."""
    found: dict[str, bytes] = {}
    deadline = time.monotonic() + 30
    while found.get("password") != value and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        try:
            found = parts.cluster.secret("production", "synced")
        except cluster.Refused:
            continue
    return found


@pytest.mark.usefixtures("_driven")
async def test_nothing_is_left_of_an_unpublished_volume(parts: bed.Bed, real_driver: driver.DriverNode) -> None:
    """Mount and directory are gone."""
    parts.cluster.provider_class("production", "driven", PARAMETERS)
    pod = parts.cluster.pod("production", "gone-0", "driven", classes=["driven"])
    volume = await real_driver.publish(pod, "driven")
    await real_driver.unpublish([volume.directory])
    assert not volume.directory.exists()
    assert not _mounted(volume.directory)


def _mounted(directory: Path) -> bool:
    return str(directory) in Path("/proc/self/mountinfo").read_text()
