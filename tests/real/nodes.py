"""What a kubelet does for a pod's volume, at a driver: the driver's double, or the real one (servers/driver.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from provider import model
from provider.dev import driver
from tests.real import bed
from tests.real.servers import cluster


@dataclass(frozen=True, slots=True)
class Volume:
    """A published volume.

    Attributes:
        directory: what the container would see at its mount path.
        versions: by object, as the driver records them.
    """

    directory: Path
    versions: Mapping[str, str]

    def text(self, name: str) -> str:
        """The content of a file."""
        return (self.directory / name).read_text()

    def mode(self, name: str) -> int:
        """Its permission bits."""
        return (self.directory / name).stat().st_mode & 0o777


class Node(Protocol):
    """A node with a driver."""

    async def publish(
        self, pod: model.Pod, provider_class: str, *, attributes: Mapping[str, str] | None = None
    ) -> Volume:
        """Mount the pod's volume of that class.

        `attributes` are volumeAttributes beside the class's name.

        Raises:
            driver.PublishFailed: the pod would not start; `str` is what its FailedMount event says.
        """

    async def republish(self, pod: model.Pod, provider_class: str) -> Volume:
        """What the kubelet does for a pod that runs, once another call is due."""


class DoubleNode:
    """A node with the driver's double. SecretProviderClasses are read from the API server, in the pod's namespace.

    Args:
        parts: the bed.
        directory: for the volumes.
        audiences: of the CSIDriver's tokenRequests; none makes the provider ask the API server itself.
    """

    def __init__(self, parts: bed.Bed, directory: Path, audiences: Sequence[str] = bed.AUDIENCES) -> None:
        self._parts = parts
        self._directory = directory
        self._audiences = audiences
        self._driver = driver.DevDriver(parts.provider.sockets)

    async def publish(
        self, pod: model.Pod, provider_class: str, *, attributes: Mapping[str, str] | None = None
    ) -> Volume:
        """See `Node.publish`."""
        try:
            parameters = self._parts.cluster.parameters(pod.namespace, provider_class)
        except cluster.Refused as error:
            message = f"failed to get secretproviderclass {pod.namespace}/{provider_class}, error: {error.reason}"
            raise driver.PublishFailed(message, reason="SecretProviderClassNotFound") from error
        target = self._directory / pod.uid / provider_class
        mounted = await self._driver.mount(
            "vault",
            parameters,
            pod,
            target,
            self._parts.cluster.kubelet_tokens(pod, self._audiences),
            provider_class=provider_class,
            attributes=attributes,
        )
        return Volume(target, mounted.versions)

    async def republish(self, pod: model.Pod, provider_class: str) -> Volume:
        """See `Node.republish`; the double passes every call on."""
        return await self.publish(pod, provider_class)

    async def close(self) -> None:
        """Drop the driver's connections."""
        await self._driver.close()
