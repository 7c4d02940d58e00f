"""What an application team sees on a real node: files in containers, rotation, and events that say what failed."""

import time
from pathlib import Path

import pytest

from tests.real.node import pods, stage
from tests.real.servers import cluster

pytestmark = pytest.mark.real

SECRET = "secret/data/api-service/database"
SYNCED = cluster.DEPLOY / "examples" / "synced-secret-spc.yaml"


@pytest.fixture(autouse=True)
def _classes(node: stage.Stage) -> None:
    """The classes of deploy/examples, and their service account."""
    node.cluster.service_account(pods.NAMESPACE, "api-service")
    for name in ("spc.yaml", "synced-secret-spc.yaml"):
        node.cluster.apply(cluster.manifest(cluster.DEPLOY / "examples" / name))


def _put(node: stage.Stage, password: str) -> None:
    values = {"host": "db.production.internal", "username": "api_user", "password": password}
    node.vault.request("POST", SECRET, {"data": values})


def test_a_container_reads_its_file_as_a_user_without_powers(node: stage.Stage) -> None:
    """The example, as it is: user 65532, a read-only root, no capabilities."""
    _put(node, "p1")
    node.pods.apply(pods.example("reader"))
    node.pods.ready("reader")
    assert node.pods.run("reader", "id", "-u").strip() == "65532"
    assert node.pods.file("reader", "password") == "p1"
    assert node.pods.run("reader", "stat", "-L", "-c", "%a %u", "/mnt/secrets/password").split() == ["444", "0"]
    assert "denied" in node.pods.run("reader", "sh", "-c", "echo x >/mnt/secrets/other || echo denied")
    node.pods.delete("reader")


def test_a_running_container_sees_a_rotation(node: stage.Stage) -> None:
    """Without a restart, and the recorded version moves with it."""
    _put(node, "before")
    node.pods.apply(pods.example("rotated"))
    uid = node.pods.ready("rotated")
    assert node.pods.file("rotated", "password") == "before"
    _put(node, "after")
    node.pods.reads("rotated", "password", "after")
    assert node.pods.ready("rotated") == uid
    node.pods.delete("rotated")


def test_a_failed_mount_is_an_event_with_our_words(node: stage.Stage) -> None:
    """What `kubectl describe pod` shows says what to do, and the pod starts once that was done."""
    node.cluster.provider_class(
        pods.NAMESPACE,
        "misspelt",
        {
            "roleName": "api-service",
            "audience": "vault",
            "objects": f"- {{objectName: password, secretPath: {SECRET}, secretKey: pasword}}",
        },
    )
    _put(node, "p1")
    node.pods.apply(pods.example("waiting", "misspelt"))
    text = node.pods.event("waiting", "FailedMount", "pasword")
    assert "password" in text, "it names the keys that there are"
    assert SECRET in text
    assert "p1" not in text
    node.vault.request("POST", SECRET, {"data": {"pasword": "p2", "username": "u", "host": "h"}})
    node.pods.ready("waiting")
    assert node.pods.file("waiting", "password") == "p2"
    node.pods.delete("waiting")


def test_ten_pods_start_at_once(node: stage.Stage) -> None:
    """Each logs in for itself, and each has its file."""
    _put(node, "p10")
    names = [f"many-{number}" for number in range(10)]
    node.pods.apply(*(pods.example(name) for name in names))
    for name in names:
        node.pods.ready(name)
    assert [node.pods.file(name, "password") for name in names] == ["p10"] * 10
    logged_in = {
        line["request"]["headers"]["x-vault-csi-pod"][0]
        for line in node.vault.audit()
        if line["type"] == "request" and line["request"]["path"] == "auth/kubernetes/login"
    }
    assert set(names) <= logged_in
    node.pods.delete(*names)


def test_a_sealed_vault_costs_running_pods_nothing_and_new_ones_time(node: stage.Stage) -> None:
    """Files stay; a new pod says that Vault is sealed, and starts once it is not."""
    _put(node, "p1")
    node.pods.apply(pods.example("during"))
    node.pods.ready("during")
    node.vault.seal()
    try:
        node.pods.apply(pods.example("new"))
        # A call waits for Vault as long as the driver lets it, a minute and a half, before it gives up.
        node.pods.event("new", "FailedMount", "sealed", patience=150)
        assert node.pods.file("during", "password") == "p1"
    finally:
        node.vault.unseal()
        node.vault.wait_for(200)
    node.pods.ready("new", patience=150)
    assert node.pods.file("new", "password") == "p1"
    _put(node, "p2")
    for name in ("during", "new"):
        node.pods.reads(name, "password", "p2")
    node.pods.delete("during", "new")


def test_a_synced_secret_is_a_variable_of_the_container(node: stage.Stage) -> None:
    """The example for programs that take environment variables."""
    _put(node, "p1")
    manifest = pods.example("synced", cluster.manifest(SYNCED)["metadata"]["name"])
    [container] = manifest["spec"]["containers"]
    reference = {"secretKeyRef": {"name": "api-service-database", "key": "DB_PASS"}}
    container["env"] = [{"name": "DB_PASS", "valueFrom": reference}]
    node.pods.apply(manifest)
    node.pods.ready("synced")
    assert node.pods.run("synced", "sh", "-c", 'echo "$DB_PASS"').strip() == "p1"
    node.pods.delete("synced")


def test_nothing_is_left_of_a_deleted_pod(node: stage.Stage) -> None:
    """Its volume was a mount on the node, and is none."""
    _put(node, "p1")
    node.pods.apply(pods.example("leaving"))
    uid = node.pods.ready("leaving")
    assert f"/{uid}/volumes/kubernetes.io~csi/" in _mounts()
    node.pods.delete("leaving")
    deadline = time.monotonic() + 30
    while uid in _mounts() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert uid not in _mounts()


def _mounts() -> str:
    return Path("/proc/mounts").read_text()
