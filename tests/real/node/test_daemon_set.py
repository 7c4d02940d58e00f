"""The provider as its manifests start it: from an image, under its own rights and limits, watched by its probes."""

import contextlib
import os
import signal

import pytest

from tests.real.node import pods, stage
from tests.real.servers import cluster

pytestmark = pytest.mark.real

STATUS = "import pathlib; print(pathlib.Path('/proc/1/status').read_text())"
WRITE = "import pathlib; pathlib.Path('/written').touch()"


def test_its_pod_is_ready_and_has_no_powers(node: stage.Stage) -> None:
    """User 0 without a capability, under seccomp, on a root that nothing is written to."""
    name = node.provider()
    message = node.providers.run(name, "/venv/bin/python3", "-c", STATUS)
    status = dict(line.split(":\t", 1) for line in message.splitlines() if ":\t" in line)
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


def test_a_crash_is_over_in_seconds(node: stage.Stage) -> None:
    """The kubelet starts it anew, its sockets replace those that were left behind, and pods mount."""
    node.cluster.service_account(pods.NAMESPACE, "api-service")
    node.cluster.apply(cluster.manifest(cluster.DEPLOY / "examples" / "spc.yaml"))
    name = node.provider()
    before = node.providers.restarts(name)
    os.kill(node.providers.process(name), signal.SIGKILL)
    pods.until(lambda: node.providers.restarts(name) > before or None, lambda: node.providers.described(name))
    node.providers.ready(name)
    node.pods.apply(pods.example("after-a-crash"))
    node.pods.ready("after-a-crash", patience=20)
    node.pods.delete("after-a-crash")


def test_its_probes_tell_a_frozen_one_and_start_it_anew(node: stage.Stage) -> None:
    """Not ready within a quarter of a minute; after a minute it is asked to end, and half a minute later made to."""
    name = node.provider()
    before = node.providers.restarts(name)
    process = node.providers.process(name)
    os.kill(process, signal.SIGSTOP)

    def describe() -> str:
        return node.providers.described(name)

    try:
        pods.until(lambda: not node.providers.is_ready(name) or None, describe, patience=30)
        assert node.providers.event(name, "Unhealthy", "Readiness probe failed")
        pods.until(lambda: node.providers.restarts(name) > before or None, describe, patience=150)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)
    assert node.providers.event(name, "Unhealthy", "Liveness probe failed")
    node.providers.ready(name)
