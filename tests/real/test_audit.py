"""Vault's own audit log tells which pod read what."""

from pathlib import Path

import pytest

from provider.dev import driver
from tests.real import bed

pytestmark = pytest.mark.real


async def test_the_audit_log_names_pod_account_class_and_mount_beside_the_request_id(
    parts: bed.Bed, tmp_path: Path
) -> None:
    """Login and read carry the headers; the mount id joins them with the provider's log line."""
    parts.role("audited", {"secret/data/audited": ["read"]})
    parts.vault.request("POST", "secret/data/audited", {"data": {"password": "p1"}})
    parameters = {"roleName": "audited", "objects": "- {objectName: pw, secretPath: secret/data/audited}"}
    pod = parts.cluster.pod("production", "audited-0", "audited")
    before = len(parts.vault.audit())
    caller = driver.DevDriver(parts.provider.sockets)
    tokens = parts.cluster.kubelet_tokens(pod, bed.AUDIENCES)
    await caller.mount("vault", parameters, pod, tmp_path / "volume", tokens, provider_class="audited-class")
    await caller.close()

    mine = [line for line in parts.vault.audit()[before:] if line["type"] == "request"]
    logins, reads = ([line for line in mine if line["request"]["path"] == path] for path in _PATHS)
    assert len(logins) == len(reads) == 1
    for line in (*logins, *reads):
        assert line["request"]["id"]
        headers = {name.lower(): values for name, values in line["request"]["headers"].items()}
        assert headers["x-vault-csi-pod"] == ["audited-0"]
        assert headers["x-vault-csi-namespace"] == ["production"]
        assert headers["x-vault-csi-service-account"] == ["audited"]
        assert headers["x-vault-csi-spc"] == ["audited-class"]
        [mount] = headers["x-vault-csi-mount-id"]
        assert f"mount={mount} pod=production/audited-0" in parts.provider.process.log.read_text()


_PATHS = ("auth/kubernetes/login", "secret/data/audited")
