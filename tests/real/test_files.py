"""What a pod finds in its volume, mounted with its own token from a real Vault."""

import pytest

from provider.dev import driver
from tests.real import bed, nodes

pytestmark = pytest.mark.real


async def test_files_have_their_modes(parts: bed.Bed, node: nodes.Node) -> None:
    """An object says its own; the driver's default holds for the others, in folders too."""
    parts.role("modes", {"secret/data/modes": ["read"]})
    parts.vault.request("POST", "secret/data/modes", {"data": {"user": "u1", "password": "p1"}})
    objects = """
- {objectName: password, secretPath: secret/data/modes, secretKey: password, filePermission: 0400}
- {objectName: sub/user, secretPath: secret/data/modes, secretKey: user}
"""
    parts.cluster.provider_class("production", "modes", {"roleName": "modes", "objects": objects})
    pod = parts.cluster.pod("production", "modes-0", "modes", classes=["modes"])
    volume = await node.publish(pod, "modes")
    assert (volume.text("password"), volume.mode("password")) == ("p1", 0o400)
    assert (volume.text("sub/user"), volume.mode("sub/user")) == ("u1", 0o644)


async def test_an_inline_volume_may_say_what_its_class_does_not(parts: bed.Bed, node: nodes.Node) -> None:
    """The pod's volumeAttributes win over the parameters of the class; modes are kept."""
    parts.role("inline", {"secret/data/inline": ["read"]})
    parts.vault.request("POST", "secret/data/inline", {"data": {"k": "v"}})
    objects = "- {objectName: k, secretPath: secret/data/inline, secretKey: k, filePermission: 0440}"
    parts.cluster.provider_class("production", "inline", {"roleName": "of-the-class", "objects": objects})
    pod = parts.cluster.pod("production", "inline-0", "inline", classes=["inline"])
    with pytest.raises(driver.PublishFailed, match="of-the-class"):
        await node.publish(pod, "inline")
    volume = await node.publish(pod, "inline", attributes={"roleName": "inline"})
    assert (volume.text("k"), volume.mode("k")) == ("v", 0o440)


async def test_a_pod_with_several_classes_logs_in_once(parts: bed.Bed, node: nodes.Node) -> None:
    """Each class is a volume of its own; the session is the pod's."""
    parts.role("several", {"secret/data/several/*": ["read"]})
    for number in range(3):
        parts.vault.request("POST", f"secret/data/several/{number}", {"data": {"k": f"v{number}"}})
        objects = f"- {{objectName: k, secretPath: secret/data/several/{number}, secretKey: k}}"
        parts.cluster.provider_class("production", f"several-{number}", {"roleName": "several", "objects": objects})
    classes = [f"several-{number}" for number in range(3)]
    pod = parts.cluster.pod("production", "several-0", "several", classes=classes)
    before = len(parts.vault.audit())
    volumes = [await node.publish(pod, name) for name in classes]
    assert [volume.text("k") for volume in volumes] == ["v0", "v1", "v2"]
    assert len({volume.versions["k"] for volume in volumes}) == 3
    assert _requests(parts, before).count("auth/kubernetes/login") == 1


async def test_a_class_of_another_namespace_cannot_be_used(parts: bed.Bed, node: nodes.Node) -> None:
    """The driver looks in the pod's namespace; and Vault would refuse the namespace's token for the role."""
    parts.role("payments", {"secret/data/payments": ["read"]}, bound_service_account_namespaces=["payments"])
    parts.vault.request("POST", "secret/data/payments", {"data": {"k": "v"}})
    parameters = {"roleName": "payments", "objects": "- {objectName: k, secretPath: secret/data/payments}"}
    parts.cluster.namespace("payments")
    parts.cluster.provider_class("payments", "payments", parameters)
    pod = parts.cluster.pod("production", "payments-0", "payments", classes=["payments"])
    with pytest.raises(driver.PublishFailed, match="production/payments"):
        await node.publish(pod, "payments")
    parts.cluster.provider_class("production", "payments", parameters)
    with pytest.raises(driver.PublishFailed, match="namespace not authorized"):
        await node.publish(pod, "payments")


async def test_what_is_wrong_is_told_with_what_to_do(parts: bed.Bed, node: nodes.Node) -> None:
    """A deleted version with its time, a path without data/, a key that is not there: all three at once."""
    parts.role("wrong", {"secret/*": ["read"]})
    parts.vault.request("POST", "secret/data/wrong", {"data": {"host": "h", "port": 1}})
    parts.vault.request("DELETE", "secret/metadata/gone")
    parts.vault.request("POST", "secret/data/gone", {"data": {"k": "v"}})
    parts.vault.request("DELETE", "secret/data/gone")
    objects = """
- {objectName: a, secretPath: secret/data/gone}
- {objectName: b, secretPath: secret/wrong}
- {objectName: c, secretPath: secret/data/wrong, secretKey: hostt}
"""
    parts.cluster.provider_class("production", "wrong", {"roleName": "wrong", "objects": objects})
    pod = parts.cluster.pod("production", "wrong-0", "wrong", classes=["wrong"])
    with pytest.raises(driver.PublishFailed) as caught:
        await node.publish(pod, "wrong")
    assert "version 1 of secret/data/gone was deleted at 20" in str(caught.value)
    assert "write secretPath: secret/data/wrong" in str(caught.value)
    assert "host, port" in str(caught.value)


def _requests(parts: bed.Bed, since: int) -> list[str]:
    return [line["request"]["path"] for line in parts.vault.audit()[since:] if line["type"] == "request"]
