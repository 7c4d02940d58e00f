"""The provider as its manifests start it: from an image, under its own rights and limits, watched by its probes."""

import pytest

from tests.real.node import pods, stage
from tests.real.servers import cluster

pytestmark = pytest.mark.real

STATUS = "import pathlib; print(pathlib.Path('/proc/1/status').read_text())"
WRITE = "import pathlib; pathlib.Path('/written').touch()"


def test_its_pod_is_ready_and_has_no_powers(node: stage.Stage) -> None:
    """User 0 without a capability, under seccomp, on a root that nothing is written to."""
    name = node.provider()
    told = node.providers.run(name, "/venv/bin/python3", "-c", STATUS)
    status = dict(line.split(":\t", 1) for line in told.splitlines() if ":\t" in line)
    assert status["CapEff"] == status["CapPrm"] == "0" * 16
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "Read-only file system" in node.providers.run(name, "/venv/bin/python3", "-c", WRITE)


def test_the_controller_counts_it_as_ready(node: stage.Stage) -> None:
    """One node, one pod; its probes have said so."""
    node.provider()
    daemon_set = {"apiVersion": "apps/v1", "kind": "DaemonSet"}

    def look() -> dict[str, int] | None:
        found = node.cluster.resource(daemon_set).get(name=cluster.PROVIDER, namespace=cluster.HOME).to_dict()["status"]
        return found if found.get("numberReady") == found["desiredNumberScheduled"] == 1 else None

    assert pods.until(look, node.progress)["numberAvailable"] == 1


def test_its_key_of_versions_was_made_under_its_own_rights(node: stage.Stage) -> None:
    """The Role of deploy/ suffices, with the token that the kubelet put into the pod."""
    node.cluster.service_account(pods.NAMESPACE, "api-service")
    node.cluster.apply(cluster.manifest(cluster.DEPLOY / "examples" / "spc.yaml"))
    node.pods.apply(pods.example("keyed"))
    node.pods.ready("keyed")
    assert node.cluster.secret(cluster.HOME, "vault-csi-provider-hmac-key")
    node.pods.delete("keyed")


def test_a_restart_keeps_what_runs_and_holds_up_what_starts(node: stage.Stage) -> None:
    """Files stay while it is away; a pod made meanwhile starts; rotation goes on."""
    node.cluster.service_account(pods.NAMESPACE, "api-service")
    node.cluster.apply(cluster.manifest(cluster.DEPLOY / "examples" / "spc.yaml"))
    node.pods.apply(pods.example("standing"))
    uid = node.pods.ready("standing")
    before = node.pods.file("standing", "username")
    old = node.provider()
    node.providers.delete(old)
    node.pods.apply(pods.example("arriving"))
    assert node.pods.file("standing", "username") == before
    assert node.provider() != old
    node.pods.ready("arriving", patience=150)
    values = {"host": "h", "username": "another", "password": "p"}
    node.vault.request("POST", "secret/data/api-service/database", {"data": values})
    for name in ("standing", "arriving"):
        node.pods.reads(name, "username", "another")
    assert node.pods.ready("standing") == uid
    node.pods.delete("standing", "arriving")
