"""The headers that tell Vault's audit log which pod a request is for."""

from provider import model
from provider.vault import request_headers

POD = model.Pod(namespace="production", name="api-0", uid="u-1", service_account="api-service")


def test_the_headers_name_pod_account_class_and_mount() -> None:
    """What an auditor asks for; the mount's id is the one in the provider's log."""
    assert request_headers.of(model.Origin(POD, "database", "c57390a2")) == {
        "X-Vault-Csi-Pod": "api-0",
        "X-Vault-Csi-Namespace": "production",
        "X-Vault-Csi-Service-Account": "api-service",
        "X-Vault-Csi-Spc": "database",
        "X-Vault-Csi-Mount-Id": "c57390a2",
    }


def test_what_is_not_known_is_left_out() -> None:
    """Drivers up to 1.5.6 do not name the class at a rotation; a local mount has no pod."""
    assert request_headers.of(model.Origin(model.Pod(name="api-0"))) == {"X-Vault-Csi-Pod": "api-0"}


def test_no_value_can_end_its_header_or_grow_without_bound() -> None:
    """Volume attributes are the pod author's; a name Kubernetes would not allow is encoded and cut."""
    hostile = request_headers.of(model.Origin(model.Pod(name="a\r\nX-Vault-Token: stolen"), "é" * 1000, "m"))
    assert hostile["X-Vault-Csi-Pod"] == "a%0D%0AX-Vault-Token%3A%20stolen"
    assert len(hostile["X-Vault-Csi-Spc"]) == 512
