"""The real Secrets Store CSI driver, called as a kubelet calls it. Needs root, for it mounts a tmpfs for each volume.

It is not built here: SECRETS_STORE_CSI_DRIVER names its binary.
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio

from provider import model
from provider.dev import driver as double
from tests.real import bed, nodes
from tests.real.servers import cluster, processes, programs

VARIABLE: Final = "SECRETS_STORE_CSI_DRIVER"
NAME: Final = "secrets-store.csi.k8s.io"
STATUS: Final = {"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClassPodStatus"}

INTERVAL: Final = 1.0
"""Seconds between two calls for one volume that reach the provider (--rotation-poll-interval)."""


def find() -> Path:
    """The binary.

    Raises:
        programs.NotAvailable: there is none, or it cannot work here.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        raise programs.NotAvailable(f"no driver: build secrets-store-csi-driver and name its binary in {VARIABLE}")
    if not os.access(named, os.X_OK):
        raise programs.NotAvailable(f"{VARIABLE} names {named}, which is not an executable file")
    if os.geteuid() != 0:
        raise programs.NotAvailable("the driver mounts a tmpfs for each volume: run as root")
    return Path(named)


def described() -> dict[str, Any]:
    """The CSIDriver object: the driver's own, with what deploy/ asks to patch into it."""
    patched = cluster.manifest(cluster.DEPLOY / "csidriver-token-requests.yaml")
    patched["spec"] |= {"podInfoOnMount": True, "attachRequired": False, "volumeLifecycleModes": ["Ephemeral"]}
    return patched


def process(
    binary: Path, directory: Path, socket: Path, sockets: Path, kubeconfig: Path, *, node: str
) -> processes.Process:
    """The driver itself.

    Args:
        binary: see `find`.
        directory: for its log.
        socket: where it serves the kubelet.
        sockets: the providers' directory.
        kubeconfig: of an administrator; its own rights are not ours to test.
        node: the node's name.
    """
    return processes.Process(
        "driver",
        [
            str(binary),
            f"--endpoint=unix://{socket}",
            f"--nodeid={node}",
            f"--provider-volume={sockets}",
            "--enable-secret-rotation=true",
            f"--rotation-poll-interval={INTERVAL:.0f}s",
            f"--metrics-addr=127.0.0.1:{processes.free_port()}",
            "--v=5",
        ],
        directory,
        env=processes.environment(KUBECONFIG=str(kubeconfig), KUBE_NODE_NAME=node),
        ready=socket.exists,
        patience=30.0,
    )


class DriverNode:
    """A node with the real driver, over a bed whose provider it calls. See `nodes.Node`."""

    def __init__(self, parts: bed.Bed, binary: Path, directory: Path, *, node: str = "node-1") -> None:
        """Describe it; `start` starts it."""
        self._parts = parts
        self._directory = directory
        self._pods = directory / "pods"
        self._socket = directory / "csi.sock"
        self._published: dict[Path, str] = {}
        self._channel: grpc.aio.Channel | None = None
        # The messages are made when they are used: nothing else in the project needs them.
        self._messages, self._services = grpc.protos_and_services(f"{__package__.replace('.', '/')}/csi.proto")
        self.process = process(
            binary, directory, self._socket, parts.provider.sockets, parts.server.kubeconfig(), node=node
        )

    def start(self) -> None:
        """Start the driver, with the CSIDriver object that deploy/ has."""
        self._parts.cluster.apply(described())
        self.process.start()

    async def publish(
        self, pod: model.Pod, provider_class: str, *, attributes: Mapping[str, str] | None = None
    ) -> nodes.Volume:
        """See `nodes.Node.publish`. The volume's name is the class's, as cluster.pod makes it."""
        target = self.target(pod, provider_class)
        tokens = {
            audience: {"token": token.reveal_text(), "expirationTimestamp": "2100-01-01T00:00:00Z"}
            for audience, token in self._parts.cluster.kubelet_tokens(pod, bed.AUDIENCES).items()
        }
        request = self._messages.NodePublishVolumeRequest(
            volume_id=f"csi-{pod.uid}-{provider_class}",
            target_path=str(target),
            volume_capability={"mount": {}, "access_mode": {"mode": 1}},
            readonly=True,
            volume_context={
                **(attributes or {}),
                "secretProviderClass": provider_class,
                "csi.storage.k8s.io/pod.name": pod.name,
                "csi.storage.k8s.io/pod.namespace": pod.namespace,
                "csi.storage.k8s.io/pod.uid": pod.uid,
                "csi.storage.k8s.io/serviceAccount.name": pod.service_account,
                "csi.storage.k8s.io/ephemeral": "true",
                "csi.storage.k8s.io/serviceAccount.tokens": json.dumps(tokens),
            },
        )
        try:
            await self._stub().NodePublishVolume(request, timeout=120)
        except grpc.aio.AioRpcError as error:
            # So does the kubelet. A directory left behind would count as a volume that was published a moment ago.
            with contextlib.suppress(FileNotFoundError):
                target.rmdir()
            message = error.details() or ""
            raise double.PublishFailed(
                message, reason="NodePublishVolume", code=error.code(), details=message
            ) from error
        self._published[target] = request.volume_id
        return nodes.Volume(target, self.status(pod, provider_class)["objects"])

    async def republish(self, pod: model.Pod, provider_class: str) -> nodes.Volume:
        """What the kubelet does again and again for a pod that runs, once the driver passes it on."""
        await asyncio.sleep(INTERVAL + 0.1)
        return await self.publish(pod, provider_class)

    def target(self, pod: model.Pod, volume: str) -> Path:
        """Where the kubelet has the volume."""
        return self._pods / pod.uid / "volumes" / "kubernetes.io~csi" / volume / "mount"

    def status(self, pod: model.Pod, provider_class: str) -> dict[str, Any]:
        """The SecretProviderClassPodStatus, its objects as versions by name.

        Raises:
            cluster.Refused: there is none.
        """
        name = f"{pod.name}-{pod.namespace}-{provider_class}"
        found = self._parts.cluster.resource(STATUS).get(name=name, namespace=pod.namespace).to_dict()["status"]
        return {**found, "objects": {each["id"]: each["version"] for each in found.get("objects") or ()}}

    async def unpublish(self, targets: Sequence[Path] | None = None) -> None:
        """What the kubelet does when a pod goes; all volumes unless told which."""
        for target in list(self._published) if targets is None else targets:
            request = self._messages.NodeUnpublishVolumeRequest(
                volume_id=self._published.pop(target), target_path=str(target)
            )
            await self._stub().NodeUnpublishVolume(request, timeout=30)

    async def close(self) -> None:
        """Unmount every volume and drop the connection."""
        await self.unpublish()
        if self._channel is not None:
            await self._channel.close(None)
            self._channel = None

    def _stub(self) -> Any:
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(f"unix:{self._socket}")
        return self._services.NodeStub(self._channel)
