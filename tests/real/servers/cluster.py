"""What an administrator and a kubelet do at the API server: apply manifests, make pods, ask for their tokens."""

import base64
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from kubernetes import client, dynamic
from kubernetes.client import exceptions

from provider import model
from provider.base import secret
from tests.real.servers import api_server

DEPLOY: Final = Path(__file__).parents[3] / "deploy"
BASE: Final = DEPLOY / "kustomize" / "base"
HOME: Final = "vault-csi"
"""Namespace of the provider, and name of its service account's namespace."""

PROVIDER: Final = "vault-csi-provider"
"""The provider's service account."""

Refused = exceptions.ApiException
"""The API server said no; `status` tells why."""


class Cluster:
    """One API server, seen by a member of system:masters or by a service account."""

    def __init__(self, server: api_server.ApiServer, *, token: str = "") -> None:
        """Connect; as `token`, or as the administrator."""
        self.server = server
        configuration = client.Configuration(host=server.address, proxy="", no_proxy="", retries=False)
        configuration.ssl_ca_cert = str(server.ca_file)
        if token:
            configuration.api_key = {"authorization": f"Bearer {token}"}
        else:
            configuration.cert_file, configuration.key_file = map(str, server.admin)
        self.api = client.ApiClient(configuration)
        self.core = client.CoreV1Api(self.api)
        self._dynamic: dynamic.DynamicClient | None = None

    def close(self) -> None:
        """Drop the connections."""
        self.api.close()

    def resource(self, manifest: Mapping[str, Any]) -> Any:
        """The kind of a manifest, for get, list, create, delete and so on, as the library's dynamic client has them."""
        if self._dynamic is None:
            self._dynamic = dynamic.DynamicClient(self.api)
        return self._dynamic.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """Make or change objects, as `kubectl apply --server-side` does."""
        for manifest in manifests:
            self.resource(manifest).server_side_apply(
                body=manifest,
                name=manifest["metadata"]["name"],
                namespace=manifest["metadata"].get("namespace"),
                field_manager="tests",
                force_conflicts=True,
            )

    def status(self, method: str, path: str, body: Any = None) -> int:
        """The HTTP status of a bare request, with a query in its path or not: what this user may do."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Accept": "application/json", "Content-Type": kind}
        wanted = self.api.param_serialize(method, path, header_params=headers, body=body, auth_settings=["BearerToken"])
        response = self.api.call_api(*wanted, _request_timeout=10)
        # A watch goes on after its status: what is not read would be taken for the answer to the next request.
        response.response.drain_conn()
        response.response.release_conn()
        return int(response.status)

    def namespace(self, name: str) -> None:
        """Make a namespace, if it is not there."""
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def service_account(self, namespace: str, name: str) -> None:
        """Make a service account and its namespace, if they are not there."""
        self.namespace(namespace)
        self.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})

    def provider_class(self, namespace: str, name: str, parameters: Mapping[str, str], **spec: Any) -> None:
        """Make or replace a SecretProviderClass."""
        self.apply(
            {
                "apiVersion": "secrets-store.csi.x-k8s.io/v1",
                "kind": "SecretProviderClass",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {"provider": "vault", "parameters": dict(parameters), **spec},
            }
        )

    def parameters(self, namespace: str, name: str) -> dict[str, str]:
        """What the driver reads of a SecretProviderClass.

        Raises:
            Refused: there is none of that name in that namespace.
        """
        kind = {"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass"}
        return dict(self.resource(kind).get(name=name, namespace=namespace).to_dict()["spec"]["parameters"])

    def pod(
        self, namespace: str, name: str, service_account: str, *, classes: Sequence[str] = (), node: str = "node-1"
    ) -> model.Pod:
        """A pod that was scheduled, with a CSI volume for each class; its service account is made if need be.

        One of that name is replaced: the new one has another UID.
        """
        self.service_account(namespace, service_account)
        with contextlib.suppress(Refused):
            self.core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)
        volumes = [
            {
                "name": each,
                "csi": {
                    "driver": "secrets-store.csi.k8s.io",
                    "readOnly": True,
                    "volumeAttributes": {"secretProviderClass": each},
                },
            }
            for each in classes
        ]
        made = self.core.create_namespaced_pod(
            namespace,
            {
                "metadata": {"name": name},
                "spec": {
                    "nodeName": node,
                    "serviceAccountName": service_account,
                    "containers": [{"name": "main", "image": "none"}],
                    "volumes": volumes,
                },
            },
        )
        return model.Pod(name=name, namespace=namespace, uid=made.metadata.uid, service_account=service_account)

    def delete_pod(self, pod: model.Pod) -> None:
        """Delete it at once, as a kubelet does when it is done."""
        self.core.delete_namespaced_pod(pod.name, pod.namespace, grace_period_seconds=0)

    def token(self, pod: model.Pod, *audiences: str, seconds: int = 3600) -> str:
        """A token of the pod's service account, bound to the pod, as the kubelet asks for it."""
        bound = {"kind": "Pod", "apiVersion": "v1", "name": pod.name, "uid": pod.uid}
        spec = {"audiences": list(audiences), "expirationSeconds": seconds, "boundObjectRef": bound}
        return self._token(pod.namespace, pod.service_account, spec)

    def account_token(self, namespace: str, name: str, seconds: int = 3600) -> str:
        """A token of a service account for the API server, bound to no pod."""
        return self._token(namespace, name, {"audiences": [api_server.AUDIENCE], "expirationSeconds": seconds})

    def _token(self, namespace: str, name: str, spec: Mapping[str, Any]) -> str:
        made = self.core.create_namespaced_service_account_token(name, namespace, {"spec": spec})
        return str(made.status.token)

    def kubelet_tokens(self, pod: model.Pod, audiences: Iterable[str]) -> dict[str, secret.Secret]:
        """A token for each audience of the CSIDriver's tokenRequests."""
        return {audience: secret.Secret(self.token(pod, audience).encode()) for audience in audiences}

    def secret(self, namespace: str, name: str) -> dict[str, bytes]:
        """The data of a Secret.

        Raises:
            Refused: there is none.
        """
        found = self.core.read_namespaced_secret(name, namespace)
        return {key: base64.b64decode(value) for key, value in (found.data or {}).items()}

    def delete_secret(self, namespace: str, name: str) -> None:
        """Delete a Secret."""
        self.core.delete_namespaced_secret(name, namespace)


def manifest(path: Path) -> dict[str, Any]:
    """The one document of a YAML file."""
    [loaded] = yaml.safe_load_all(path.read_text())
    return dict(loaded)


def base(*, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The manifests that deploy/kustomize/base applies, in its order, but for the kinds named."""
    listed = manifest(BASE / "kustomization.yaml")["resources"]
    loaded = [manifest(BASE / name) for name in listed]
    return [each for each in loaded if each["kind"] not in without]


def definitions() -> list[dict[str, Any]]:
    """The driver's two custom resources, as far as a test needs them: any content, status apart."""
    return [
        _definition("SecretProviderClass", "secretproviderclasses"),
        _definition("SecretProviderClassPodStatus", "secretproviderclasspodstatuses"),
    ]


def _definition(kind: str, plural: str) -> dict[str, Any]:
    group = "secrets-store.csi.x-k8s.io"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "served": True,
        "schema": {"openAPIV3Schema": anything},
        # The pod status object is written whole, so its status is no subresource.
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {"name": "v1", "storage": True, **version},
                {"name": "v1alpha1", "storage": False, **version},
            ],
        },
    }
