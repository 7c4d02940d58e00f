"""Versions: the same for the same content, wherever and whenever it is mounted, until the key is replaced."""

import asyncio
import time
from pathlib import Path

import pytest

from provider import settings
from provider.kube import hmac_key
from tests.real import bed, nodes
from tests.real.servers import cluster

pytestmark = pytest.mark.real

KEY = settings.Kubernetes().hmac_secret_name


async def test_versions_outlive_a_remount_and_a_restart_but_not_their_key(parts: bed.Bed, tmp_path: Path) -> None:
    """A second pod and a restarted provider give the same; deleting the Secret of the key gives others."""
    parts.role("versions", {"secret/data/versions": ["read"]})
    parts.vault.request("POST", "secret/data/versions", {"data": {"a": "1", "b": "2"}})
    objects = """
- {objectName: a, secretPath: secret/data/versions, secretKey: a}
- {objectName: b, secretPath: secret/data/versions, secretKey: b}
"""
    parts.cluster.provider_class("production", "versions", {"roleName": "versions", "objects": objects})
    pod = parts.cluster.pod("production", "versions-0", "versions", classes=["versions"])
    node = nodes.DoubleNode(parts, tmp_path)
    first = (await node.publish(pod, "versions")).versions
    assert len(set(first.values())) == 2
    assert (await node.publish(pod, "versions")).versions == first

    parts.provider.restart()
    assert (await node.publish(pod, "versions")).versions == first
    other = parts.cluster.pod("production", "versions-1", "versions", classes=["versions"])
    assert (await node.publish(other, "versions")).versions == first

    key = parts.cluster.secret(cluster.HOME, KEY)
    parts.cluster.delete_secret(cluster.HOME, KEY)
    deadline = time.monotonic() + 2 * hmac_key.FRESH + 5
    while (changed := (await node.publish(pod, "versions")).versions) == first:
        assert time.monotonic() < deadline, "the versions never changed"
        await asyncio.sleep(0.5)
    assert set(changed) == {"a", "b"}
    assert not set(changed.values()) & set(first.values())
    assert parts.cluster.secret(cluster.HOME, KEY) != key
    await node.close()
