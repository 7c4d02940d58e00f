"""What the provider may do at the API server, by deploy/'s own RBAC: what it needs, and nothing else."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provider import settings
from tests.real import bed, nodes
from tests.real.servers import api_server, cluster

pytestmark = pytest.mark.real

KEY = settings.Kubernetes().hmac_secret_name
HOME = f"/api/v1/namespaces/{cluster.HOME}"
OTHER = "/api/v1/namespaces/rights"
TOKEN = {"spec": {"audiences": ["vault"], "expirationSeconds": 600}}


def _secret(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}


def _event(namespace: str) -> dict[str, Any]:
    about = {"kind": "Pod", "namespace": namespace, "name": "app-0"}
    metadata = {"name": "message", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": about, "reason": "Told"}


@pytest.fixture(scope="module")
def ours(parts: bed.Bed) -> Iterator[cluster.Cluster]:
    """The API server as the provider sees it; the key of versions is there."""
    parts.cluster.service_account("rights", "app")
    parts.cluster.core.create_namespaced_secret("rights", _secret("someone-elses"))
    deadline = time.monotonic() + 10.0
    while parts.cluster.status("GET", f"{HOME}/secrets/{KEY}") != 200:
        assert time.monotonic() < deadline, "the provider never made its key"
        time.sleep(0.1)
    made = cluster.Cluster(parts.server, token=parts.cluster.account_token(cluster.HOME, cluster.PROVIDER))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{OTHER}/serviceaccounts/app/token", TOKEN, 201),
        ("GET", f"{HOME}/secrets/{KEY}", None, 200),
        ("POST", f"{HOME}/secrets", _secret("made-by-the-provider"), 201),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1", None, 200),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1&watch=true&timeoutSeconds=1", None, 200),
        ("POST", f"{OTHER}/events", _event("rights"), 201),
    ],
)
def test_what_it_needs(ours: cluster.Cluster, method: str, path: str, body: Any, status: int) -> None:
    """Tokens and Events for pods anywhere, pods watched; the one Secret read by its name; Secrets made at home."""
    assert ours.status(method, path, body) == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{HOME}/secrets", None),
        ("GET", f"{HOME}/secrets?watch=true", None),
        ("GET", f"{HOME}/secrets/other", None),
        ("PUT", f"{HOME}/secrets/{KEY}", _secret(KEY)),
        ("PATCH", f"{HOME}/secrets/{KEY}", {"data": {}}),
        ("DELETE", f"{HOME}/secrets/{KEY}", None),
        ("GET", "/api/v1/secrets", None),
        ("GET", f"{OTHER}/secrets", None),
        ("GET", f"{OTHER}/secrets/someone-elses", None),
        ("POST", f"{OTHER}/secrets", _secret("abroad")),
        ("GET", f"{OTHER}/serviceaccounts/app", None),
        ("GET", f"{OTHER}/pods/x", None),
        ("DELETE", f"{OTHER}/pods/x", None),
        ("PATCH", f"{OTHER}/pods/x", {"metadata": {"labels": {"x": "y"}}}),
        ("POST", f"{OTHER}/pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}),
        ("GET", f"{OTHER}/configmaps", None),
        ("GET", f"{OTHER}/events", None),
        ("PATCH", f"{OTHER}/events/told", {"message": "x"}),
        ("DELETE", f"{OTHER}/events/told", None),
        ("GET", "/api/v1/namespaces", None),
        ("GET", "/api/v1/nodes", None),
        ("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"kind": "TokenReview", "spec": {"token": "x"}}),
        ("GET", "/apis/secrets-store.csi.x-k8s.io/v1/secretproviderclasses", None),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles", None),
    ],
)
def test_anything_else_is_forbidden(ours: cluster.Cluster, method: str, path: str, body: Any) -> None:
    """403, whether the thing is there or not."""
    assert ours.status(method, path, body) == 403


async def test_it_runs_with_these_rights_alone(parts: bed.Bed, tmp_path: Path) -> None:
    """The provider of the bed has this account's token and nothing more; it makes its key and asks for pods' tokens."""
    parts.role("runs", {"secret/data/runs": ["read"]})
    parts.vault.request("POST", "secret/data/runs", {"data": {"k": "v"}})
    parameters = {"roleName": "runs", "audience": "vault", "objects": "- {objectName: k, secretPath: secret/data/runs}"}
    parts.cluster.provider_class("production", "runs", parameters)
    pod = parts.cluster.pod("production", "runs-0", "runs", classes=["runs"])
    node = nodes.DoubleNode(parts, tmp_path, audiences=[])
    assert (await node.publish(pod, "runs")).versions["k"]
    await node.close()


async def test_a_token_that_the_kubelet_renewed_is_used(parts: bed.Bed, tmp_path: Path) -> None:
    """The API server takes the old token no more; the provider finds the new file and the mount succeeds."""
    parts.role("fresh", {"secret/data/fresh": ["read"]})
    parts.vault.request("POST", "secret/data/fresh", {"data": {"k": "v"}})
    parameters = {
        "roleName": "fresh",
        "audience": "vault",
        "objects": "- {objectName: k, secretPath: secret/data/fresh}",
    }
    parts.cluster.provider_class("production", "fresh", parameters)
    pod = parts.cluster.pod("production", "fresh-0", "fresh", classes=["fresh"])
    node = nodes.DoubleNode(parts, tmp_path, audiences=[])
    # A token bound to a Secret dies with it, at once.
    parts.cluster.core.create_namespaced_secret(cluster.HOME, _secret("binding"))
    bound = {"kind": "Secret", "apiVersion": "v1", "name": "binding"}
    spec = {"audiences": [api_server.AUDIENCE], "boundObjectRef": bound}
    made = parts.cluster.core.create_namespaced_service_account_token(cluster.PROVIDER, cluster.HOME, {"spec": spec})
    good = parts.cluster.account_token(cluster.HOME, cluster.PROVIDER, seconds=24 * 3600)
    try:
        parts.provider.stop()
        parts.provider.set_token(made.status.token)
        parts.provider.start()
        await node.publish(pod, "fresh")
        parts.cluster.delete_secret(cluster.HOME, "binding")
        parts.provider.set_token(good)
        other = parts.cluster.pod("production", "fresh-1", "fresh", classes=["fresh"])
        assert (await node.publish(other, "fresh")).versions["k"]
    finally:
        parts.provider.set_token(good)
        parts.provider.restart()
        await node.close()


async def test_with_the_go_providers_rights_everything_mounts(parts: bed.Bed, tmp_path: Path) -> None:
    """Without the rules for pods and Events a pod mounts, and is refreshed; the log says once what is not done."""
    parts.role("lesser", {"secret/data/lesser": ["read"]})
    parts.vault.request("POST", "secret/data/lesser", {"data": {"k": "v"}})
    parameters = {
        "roleName": "lesser",
        "audience": "vault",
        "refreshInterval": "0s",
        "objects": "- {objectName: k, secretPath: secret/data/lesser, secretKey: k}",
    }
    parts.cluster.provider_class("production", "lesser", parameters)
    pod = parts.cluster.pod("production", "lesser-0", "lesser", classes=["lesser"])
    binding = cluster.manifest(cluster.BASE / "cluster-role-pods-binding.yaml")
    kind = parts.cluster.resource(binding)
    node = nodes.DoubleNode(parts, tmp_path, audiences=[])
    log = parts.provider.directory / "provider.log"
    before = len(log.read_text())
    kind.delete(name=binding["metadata"]["name"])
    try:
        parts.provider.restart()
        assert (await node.publish(pod, "lesser")).text("k") == "v"
        parts.vault.request("POST", "secret/data/lesser", {"data": {"k": "w"}})
        assert (await node.republish(pod, "lesser")).text("k") == "w"
        deadline = time.monotonic() + 5.0
        while "cannot create Events" not in log.read_text()[before:]:
            assert time.monotonic() < deadline, "the Event was not refused"
            await asyncio.sleep(0.1)
        message = log.read_text()[before:]
        assert message.count("deleted pods are detected by timeout") == 1
        assert message.count("cannot create Events") == 1
    finally:
        parts.cluster.apply(binding)
        parts.provider.restart()
        await node.close()


async def test_a_pod_that_is_gone_is_noticed(parts: bed.Bed, tmp_path: Path) -> None:
    """With the rights that deploy/ gives, and no more."""
    parts.role("leaves", {"secret/data/leaves": ["read"]})
    parts.vault.request("POST", "secret/data/leaves", {"data": {"k": "v"}})
    parameters = {"roleName": "leaves", "objects": "- {objectName: k, secretPath: secret/data/leaves}"}
    parts.cluster.provider_class("production", "leaves", parameters)
    pod = parts.cluster.pod("production", "leaves-0", "leaves", classes=["leaves"])
    node = nodes.DoubleNode(parts, tmp_path)
    await node.publish(pod, "leaves")
    parts.cluster.delete_pod(pod)
    deadline = time.monotonic() + 5.0
    while f"pod {pod.uid} is gone" not in (parts.provider.directory / "provider.log").read_text():
        assert time.monotonic() < deadline, "not noticed"
        await asyncio.sleep(0.1)
    await node.close()
