"""The manifests of deploy/examples, as a newcomer applies them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from provider import model
from provider.spec import attributes, check, manifests, parameters
from provider.vault.auth import registry
from tests.doubles import objects

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
CLASSES = sorted(path.name for path in EXAMPLES.glob("*spc.yaml"))
POD = {
    "csi.storage.k8s.io/pod.namespace": "production",
    "csi.storage.k8s.io/pod.name": "api-service",
    "csi.storage.k8s.io/pod.uid": "0b2c1f5e-7f0e-4c3e-9f41-5a8d5f3f6b11",
    "csi.storage.k8s.io/serviceAccount.name": "api-service",
    "csi.storage.k8s.io/ephemeral": "true",
}


def manifest(name: str) -> dict[str, Any]:
    [document] = yaml.safe_load_all((EXAMPLES / name).read_text())
    assert isinstance(document, dict)
    return document


def build(name: str) -> model.MountSpec:
    found = manifests.read((EXAMPLES / name).read_text(), name)
    sent = json.dumps({**found.parameters, **POD, "secretProviderClass": found.name})
    return check.build(
        attributes.parse(sent, "{}", "420"),
        target_path="/var/lib/kubelet/pods/uid/volumes/kubernetes.io~csi/secrets/mount",
        defaults=parameters.Defaults(address="https://vault.vault.svc:8200"),
        dialect=found.dialect,
        auth_methods=registry.AuthMethods(),
    )


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_right(name: str) -> None:
    """Every SecretProviderClass is understood without an error or a warning."""
    assert build(name).warnings == ()


@pytest.mark.parametrize("name", CLASSES)
def test_classes_read_once(name: str) -> None:
    """The files of each example come from one read, as its comment says."""
    assert len({wanted.read for wanted in build(name).objects if wanted.read}) == 1


@pytest.mark.parametrize("name", CLASSES)
def test_classes_name_one_audience(name: str) -> None:
    """Audience and role are those that the setup gives; OpenBao's is its own."""
    built = build(name)
    assert (built.login.role, built.login.option("audience")) == ("api-service", built.login.option("default_audience"))


def test_demo_class() -> None:
    """The first example shows the three keys of the secret, the whole of it, and a template over it."""
    built = build("spc.yaml")
    assert {wanted.name: objects.key_of(wanted) for wanted in built.objects} == {
        "password": "password",
        "username": "username",
        "host": "host",
        "database.json": "",
        "database.env": "",
    }
    assert {wanted.path for wanted in built.objects if wanted.read} == {"secret/data/api-service/database"}
    [template] = [template for wanted in built.objects for template in wanted.shape.templates]
    assert template.source.startswith('{{- with secret "secret/data/api-service/database" -}}\nexport ')


def test_pod_mounts_class() -> None:
    """The pod mounts the first example, read-only, in the same namespace, under the service account of the role."""
    pod = manifest("pod.yaml")
    [volume] = pod["spec"]["volumes"]
    account = manifest("service-account.yaml")["metadata"]
    provider_class = manifest("spc.yaml")["metadata"]
    assert volume["csi"] == {
        "driver": "secrets-store.csi.k8s.io",
        "readOnly": True,
        "volumeAttributes": {"secretProviderClass": provider_class["name"]},
    }
    assert pod["metadata"]["namespace"] == provider_class["namespace"] == account["namespace"]
    assert pod["spec"]["serviceAccountName"] == account["name"]
    assert manifest("namespace.yaml")["metadata"]["name"] == account["namespace"]


def test_synced_secret() -> None:
    """Every key of the synced Secret is a file of the volume."""
    [synced] = manifest("synced-secret-spc.yaml")["spec"]["secretObjects"]
    files = {wanted.name for wanted in build("synced-secret-spc.yaml").objects}
    assert {item["objectName"] for item in synced["data"]} <= files


def test_setup_matches() -> None:
    """The script binds the service account and namespace of the pod, and its policy covers the path that is read."""
    script = (EXAMPLES / "vault-setup.sh").read_text()
    account = manifest("service-account.yaml")["metadata"]
    assert f"service={account['name']}\nnamespace={account['namespace']}\n" in script
    assert 'path "secret/data/$service/*"' in script
    assert "audience=vault" in script


def test_setup_parses() -> None:
    """The script is right for bash."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    subprocess.run([bash, "-n", str(EXAMPLES / "vault-setup.sh")], check=True)
