"""The pods of one node as a list and a watch tell of them, and which of them are gone by that. Pure.

Only metadata is looked at, so a pod that ran to its end counts as long as its object is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provider import errors

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What counts of one object: namespace and name, UID, and the version of the list or watch that it stands for."""

    name: Name
    uid: str
    version: str


def seen(found: object) -> Seen:
    """An object of a list or an event.

    Raises:
        errors.KubeError: it is none.
    """
    metadata = found.get("metadata") if isinstance(found, dict) else None
    if not isinstance(metadata, dict):
        raise errors.KubeError("the Kubernetes API told of an object without metadata")
    namespace, name, uid, version = (
        str(metadata.get(field) or "") for field in ("namespace", "name", "uid", "resourceVersion")
    )
    return Seen((namespace, name), uid, version)


class PodIndex:
    """Who is on the node. Every method returns the UIDs of pods that are gone by what it was told."""

    def __init__(self) -> None:
        self._uids: dict[Name, str] = {}

    def __len__(self) -> int:
        return len(self._uids)

    def listed(self, pods: Iterable[Seen], held: Iterable[str] = ()) -> list[str]:
        """A fresh and whole list.

        Args:
            pods: all of the node.
            held: UIDs that somebody knew of before the list was asked for.
        """
        before = {*self._uids.values(), *held}
        self._uids = {pod.name: pod.uid for pod in pods}
        return sorted(before - set(self._uids.values()))

    def observed(self, kind: str, pod: Seen) -> list[str]:
        """An event of the watch: ADDED, MODIFIED or DELETED; others tell nothing of a pod."""
        known = self._uids.get(pod.name)
        if kind in ("ADDED", "MODIFIED"):
            self._uids[pod.name] = pod.uid
            return [known] if known not in (None, pod.uid) else []
        if kind == "DELETED" and known in (None, pod.uid):
            self._uids.pop(pod.name, None)
            return [pod.uid]
        # A deletion that comes after its successor: it was told when that came.
        return []


def refusal(event: Mapping[str, Any]) -> errors.KubeError:
    """What an ERROR event says: 410 most often, the version is too old to go on from."""
    status = event.get("object")
    code = status.get("code") if isinstance(status, dict) else None
    message = f"the Kubernetes API ended the watch of pods ({code or 'without a reason'})"
    return errors.KubeError(message, status=code if isinstance(code, int) else None)
