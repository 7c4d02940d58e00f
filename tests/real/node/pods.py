"""Pods as their users have them: applied, watched, looked into, deleted."""

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.real.node import machine
from tests.real.servers import cluster

NAMESPACE = "production"
Found = TypeVar("Found")


def until(look: Callable[[], Found | None], message: Callable[[], str], patience: float = 60.0) -> Found:
    """What `look` finds, once it finds something.

    Raises:
        AssertionError: nothing after `patience` seconds; the text is what `message` says then.
    """
    deadline = time.monotonic() + patience
    while (found := look()) is None:
        assert time.monotonic() < deadline, f"not in {patience:.0f} s: {message()}"
        time.sleep(0.1)
    return found


def example(name: str, provider_class: str = "api-service") -> dict[str, Any]:
    """The pod of deploy/examples under another name, with that class; it ends when it is asked to."""
    manifest = copy.deepcopy(cluster.manifest(cluster.DEPLOY / "examples" / "pod.yaml"))
    manifest["metadata"]["name"] = name
    # Its shell does not hear SIGTERM.
    manifest["spec"]["terminationGracePeriodSeconds"] = 1
    [volume] = manifest["spec"]["volumes"]
    volume["csi"]["volumeAttributes"]["secretProviderClass"] = provider_class
    return manifest


class Pods:
    """The pods of one namespace."""

    def __init__(self, kube: cluster.Cluster, node: machine.Machine, namespace: str = NAMESPACE) -> None:
        """See `cluster.Cluster`, and the node that they all run on."""
        self._kube = kube
        self._machine = node
        self._namespace = namespace

    def apply(self, *manifests: dict[str, Any]) -> None:
        """As `kubectl apply` does."""
        self._kube.apply(*manifests)

    def ready(self, name: str, patience: float = 60.0) -> str:
        """Wait until all of its containers are ready; returns its UID."""
        until(lambda: self.is_ready(name) or None, lambda: self.described(name), patience)
        return str(self._kube.core.read_namespaced_pod(name, self._namespace).metadata.uid)

    def is_ready(self, name: str) -> bool:
        """Whether all of its containers are ready now."""
        conditions = self._kube.core.read_namespaced_pod(name, self._namespace).status.conditions or ()
        return {each.type: each.status for each in conditions}.get("Ready") == "True"

    def run(self, name: str, *command: str) -> str:
        """What a command prints in its one container, as the container's user."""
        return self._machine.run(self._container(name), command)

    def process(self, name: str) -> int:
        """The id of its one container's first process, as the node sees it."""
        return self._machine.process(self._container(name))

    def restarts(self, name: str) -> int:
        """How often the kubelet has started its one container anew."""
        return int(self._status(name).restart_count)

    def _container(self, name: str) -> str:
        return str(self._status(name).container_id).removeprefix("containerd://")

    def _status(self, name: str) -> Any:
        [status] = self._kube.core.read_namespaced_pod(name, self._namespace).status.container_statuses
        return status

    def file(self, name: str, path: str) -> str:
        """What the container reads there."""
        return self.run(name, "cat", f"/mnt/secrets/{path}")

    def reads(self, name: str, path: str, content: str, patience: float = 150.0) -> None:
        """Wait until the container reads that content there.

        Intervals of ours, of the driver and of the kubelet, and a rest after failures, may all come before it.
        """
        until(lambda: self.file(name, path) == content or None, lambda: f"{path} has another content", patience)

    def events(self, name: str, reason: str) -> list[str]:
        """The texts of the pod's events of that reason."""
        selector = f"involvedObject.name={name},reason={reason}"
        found = self._kube.core.list_namespaced_event(self._namespace, field_selector=selector)
        return [str(each.message) for each in found.items]

    def event(self, name: str, reason: str, *words: str, patience: float = 60.0) -> str:
        """Wait for an event of that reason with all of these words in it; returns its text."""

        def look() -> str | None:
            return next((text for text in self.events(name, reason) if all(word in text for word in words)), None)

        return until(look, lambda: self.described(name), patience)

    def described(self, name: str) -> str:
        """Its state and its events, for a message."""
        try:
            status = self._kube.core.read_namespaced_pod(name, self._namespace).status
        except cluster.Refused as error:
            return f"{name}: {error.reason}"
        selector = f"involvedObject.name={name}"
        events = self._kube.core.list_namespaced_event(self._namespace, field_selector=selector).items
        waiting = [each.state.waiting.reason for each in status.container_statuses or () if each.state.waiting]
        lines = [f"{each.reason}: {each.message}" for each in events]
        return "\n".join([f"{name} is {status.phase} {waiting}", *lines])

    def delete(self, *names: str, patience: float = 60.0) -> None:
        """Delete them and wait until they are gone."""
        for name in names:
            self._kube.core.delete_namespaced_pod(name, self._namespace)
        for name in names:
            until(lambda name=name: self._gone(name) or None, lambda name=name: self.described(name), patience)  # type: ignore[misc]

    def _gone(self, name: str) -> bool:
        try:
            self._kube.core.read_namespaced_pod(name, self._namespace)
        except cluster.Refused as error:
            return bool(error.status == 404)
        return False

    def names(self, label: str) -> Sequence[str]:
        """The pods with that label, but for those that are going."""
        found = self._kube.core.list_namespaced_pod(self._namespace, label_selector=label).items
        return [str(each.metadata.name) for each in found if each.metadata.deletion_timestamp is None]
