"""The way of a team into production, whole."""

import pytest

from tests.real import bed, nodes

pytestmark = pytest.mark.real

POLICY = {"secret/data/walk/database": ["read"]}
OBJECTS = """
- {objectName: password, secretPath: secret/data/walk/database, secretKey: password}
- {objectName: database.json, secretPath: secret/data/walk/database, filePermission: 0600}
"""


async def test_policy_role_secret_mount_rotate_audit(parts: bed.Bed, node: nodes.Node) -> None:
    """Each step as the documentation has it; the audit file shows both reads, by pod and service account."""
    parts.role("walk", POLICY)
    parts.vault.request("POST", "secret/data/walk/database", {"data": {"password": "p1", "port": 5432}})
    parts.cluster.provider_class("production", "walk", {"roleName": "walk", "objects": OBJECTS})
    pod = parts.cluster.pod("production", "walk-0", "walk", classes=["walk"])
    before = len(parts.vault.audit())

    first = await node.publish(pod, "walk")
    assert first.text("password") == "p1"
    assert first.mode("database.json") == 0o600
    assert (await node.republish(pod, "walk")).versions == first.versions

    parts.vault.request("POST", "secret/data/walk/database", {"data": {"password": "p2", "port": 5432}})
    second = await node.republish(pod, "walk")
    assert second.text("password") == "p2"
    assert set(second.versions) == set(first.versions)
    assert not set(second.versions.values()) & set(first.versions.values())

    lines = [line for line in parts.vault.audit()[before:] if line["type"] == "response"]
    logins = [line for line in lines if line["request"]["path"] == "auth/kubernetes/login"]
    reads = [
        line
        for line in lines
        if (line["request"]["path"], line["request"]["operation"]) == ("secret/data/walk/database", "read")
    ]
    assert (len(logins), len(reads)) == (1, 3)
    for line in reads:
        assert line["auth"]["metadata"]["service_account_name"] == "walk"
        assert line["auth"]["metadata"]["service_account_namespace"] == "production"
        assert line["request"]["headers"]["x-vault-csi-pod"] == ["walk-0"]
