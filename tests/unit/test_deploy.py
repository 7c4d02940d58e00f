"""deploy/kustomize and Dockerfile: right as files, and in step with the code they start."""

import dataclasses
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import provider
from provider import settings
from provider.cli import flags
from provider.service.mounting import mounts
from provider.wire import server

BY_DEFAULT = 30
"""Seconds that a pod is given to end, where its manifest does not say."""

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "kustomize" / "base"
COMPONENTS = ("host-network", "without-token-request")


def load(path: Path) -> dict[str, Any]:
    [document] = yaml.safe_load_all(path.read_text())
    assert isinstance(document, dict)
    return document


def container() -> dict[str, Any]:
    [found] = load(BASE / "daemon-set.yaml")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def chosen(arguments: list[str]) -> settings.Settings:
    environment = {name: str(value) for name, value in load(BASE / "config-map.yaml")["data"].items()}
    return flags.parse(arguments, {**environment, "POD_NAMESPACE": "vault-csi"}).settings


def names(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.glob("*.yaml")) if path.name != "kustomization.yaml"]


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.yaml")), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_files_parse(path: Path) -> None:
    """Each file is one YAML document with a kind."""
    assert load(path)["kind"]


def test_every_manifest_is_applied() -> None:
    """The kustomization lists each file beside it, and none that is not there."""
    assert sorted(load(BASE / "kustomization.yaml")["resources"]) == names(BASE)


def test_rights_are_the_least() -> None:
    """Tokens and Events for pods anywhere, pods watched; one Secret read by name; Secrets created at home. No more."""
    assert load(BASE / "cluster-role.yaml")["rules"] == [
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}
    ]
    assert load(BASE / "cluster-role-pods.yaml")["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
    ]
    assert load(BASE / "role.yaml")["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["secrets"],
            "resourceNames": [settings.Kubernetes().hmac_secret_name],
            "verbs": ["get"],
        },
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    ]


@pytest.mark.parametrize("role", ["role", "cluster-role", "cluster-role-pods"])
def test_rights_reach_the_pod(role: str) -> None:
    """Each binding joins its role with the service account that the DaemonSet runs under."""
    binding, bound = load(BASE / f"{role}-binding.yaml"), load(BASE / f"{role}.yaml")
    account = load(BASE / "service-account.yaml")["metadata"]
    assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (bound["kind"], bound["metadata"]["name"])
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    assert load(BASE / "daemon-set.yaml")["spec"]["template"]["spec"]["serviceAccountName"] == account["name"]


def test_one_namespace() -> None:
    """Everything that has a namespace is in the one that is made."""
    home = load(BASE / "namespace.yaml")["metadata"]["name"]
    found = {load(BASE / name)["metadata"].get("namespace", home) for name in names(BASE)}
    assert found == {home, load(BASE / "kustomization.yaml")["namespace"]}


def test_arguments_are_understood() -> None:
    """The program takes the DaemonSet's arguments: all its sockets and its state are in mounted folders."""
    started = chosen(container()["args"])
    mounted = {mount["name"]: Path(mount["mountPath"]) for mount in container()["volumeMounts"]}
    assert {path.parent for path in started.serve.endpoints} == {mounted["providers"]}
    assert started.serve.admin_socket == settings.ADMIN_SOCKET
    assert settings.ADMIN_SOCKET.parent == mounted["admin"]
    assert started.refresh.state_dir is not None
    assert started.refresh.state_dir.parent == mounted["state"]
    assert [server.dialect_of(path).name for path in started.serve.endpoints] == ["vault", "openbao"]


def test_variables_are_understood() -> None:
    """The ConfigMap's variables reach the settings, and so do the pod's namespace and its node."""
    started = chosen(container()["args"])
    assert started.access.vault.address == load(BASE / "config-map.yaml")["data"]["VAULT_ADDR"]
    assert [(item["name"], item["valueFrom"]["fieldRef"]["fieldPath"]) for item in container()["env"]] == [
        ("POD_NAMESPACE", "metadata.namespace"),
        ("NODE_NAME", "spec.nodeName"),
    ]
    assert container()["envFrom"] == [{"configMapRef": {"name": load(BASE / "config-map.yaml")["metadata"]["name"]}}]


@pytest.mark.parametrize(
    ("probe", "path"), [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")]
)
def test_probes(probe: str, path: str) -> None:
    """Start and readiness ask whether the sockets answer, liveness only whether the process does."""
    assert container()[probe]["httpGet"] == {"path": path, "port": "health"}
    assert container()["ports"] == [
        {"name": "health", "containerPort": int(chosen(container()["args"]).serve.health_addr.rpartition(":")[2])}
    ]


def test_start_has_time() -> None:
    """A start on a busy node gets two minutes, and no CPU limit throttles it."""
    assert container()["startupProbe"]["periodSeconds"] * container()["startupProbe"]["failureThreshold"] >= 120
    assert "cpu" not in container()["resources"]["limits"]


def test_state_outlives_the_pod_and_not_the_boot() -> None:
    """On the node's own tmpfs, in a directory that is not the kubelet's making: that one would be open to read."""
    volumes = load(BASE / "daemon-set.yaml")["spec"]["template"]["spec"]["volumes"]
    [path] = [volume["hostPath"]["path"] for volume in volumes if volume["name"] == "state"]
    assert path.startswith("/run/")
    assert str(chosen(container()["args"]).refresh.state_dir) == "/state/records"


def test_stop_has_time() -> None:
    """All that the end may take is over seconds before the pod is killed, also where its manifest does not say when."""
    pod, shutdown = load(BASE / "daemon-set.yaml")["spec"]["template"]["spec"], chosen([]).serve.shutdown
    parts = [getattr(shutdown, each.name) for each in dataclasses.fields(shutdown)]
    assert shutdown.total == sum(parts)
    assert shutdown.total + 4.0 <= min(pod["terminationGracePeriodSeconds"], BY_DEFAULT)


def test_a_refresh_is_not_cut_off() -> None:
    """A volume that has files gives up before the provider does, and says so."""
    assert settings.SHUTDOWN.drain > mounts.REFRESH_PATIENCE


def test_root_without_powers() -> None:
    """The process can write only to the sockets' directories, and holds no capability."""
    security = container()["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)


def test_one_version() -> None:
    """Manifests and image carry the version of the code."""
    [image] = load(DEPLOY / "kustomize" / "kustomization.yaml")["images"]
    assert container()["image"] == f"{image['name']}:{provider.__version__}"
    assert image["newTag"] == provider.__version__
    assert f'image.version="{provider.__version__}"' in (ROOT / "Dockerfile").read_text()


def test_image_has_its_files() -> None:
    """What the Dockerfile copies is let through to it."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        line.split()[1:-1] for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("COPY p")
    ]
    assert {name for line in copied for name in line} == allowed


def test_driver_hands_tokens() -> None:
    """The patch asks the kubelet for tokens of the default audience, and for calls to rotate."""
    patch = load(DEPLOY / "csidriver-token-requests.yaml")
    assert patch["metadata"]["name"] == "secrets-store.csi.k8s.io"
    assert patch["spec"] == {"requiresRepublish": True, "tokenRequests": [{"audience": "vault"}]}


def rendered(folder: Path) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here to render with")
    made = subprocess.run([kubectl, "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return [item for item in yaml.safe_load_all(made.stdout) if isinstance(item, dict)]


def test_rendered() -> None:
    """What `kubectl apply -k deploy/kustomize` applies: every manifest, with the image and address set there."""
    applied = rendered(DEPLOY / "kustomize")
    assert len(applied) == len(names(BASE))
    found = {item["kind"]: item for item in applied}
    [image] = load(DEPLOY / "kustomize" / "kustomization.yaml")["images"]
    [started] = found["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    assert started["image"] == f"{image['newName']}:{image['newTag']}"
    assert found["DaemonSet"]["spec"]["selector"]["matchLabels"] == {"app.kubernetes.io/name": "vault-csi-provider"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_components(component: str, tmp_path: Path) -> None:
    """Each component can be put over the manifests, and does what its name says."""
    shutil.copytree(DEPLOY / "kustomize", tmp_path / "kustomize")
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(
        f"resources: [../kustomize]\ncomponents: [../kustomize/components/{component}]\n"
    )
    applied = rendered(overlay)
    found = {item["kind"]: item for item in applied}
    pod = found["DaemonSet"]["spec"]["template"]["spec"]
    if component == "without-token-request":
        asked = [rule["resources"] for item in applied if item["kind"] == "ClusterRole" for rule in item["rules"]]
        assert asked == [["pods"], ["events"]]
        [binding] = [item for item in applied if item["kind"] == "ClusterRoleBinding"]
        assert binding["roleRef"]["name"] == "vault-csi-provider-pods"
        return
    [started] = pod["containers"]
    host, _, port = chosen(started["args"]).serve.health_addr.rpartition(":")
    assert pod["hostNetwork"] is True
    assert started["ports"] == [{"name": "health", "containerPort": int(port)}]
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    assert {started[probe]["httpGet"]["host"] for probe in probes} == {host}
