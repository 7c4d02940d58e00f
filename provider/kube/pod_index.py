"""Indexes the pods of one node by name, from a list and a watch, and finds those that are gone. Pure.

Only metadata is read, so a pod that has finished counts as long as its object exists.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provider import errors

Name = tuple[str, str]


class EventType(enum.StrEnum):
    """The types of watch events that matter here; others are ignored."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class PodMetadata:
    """Namespace and name of a pod, its UID, and the resourceVersion of the object that it was read from."""

    name: Name
    uid: str
    version: str


def metadata_of(found: object) -> PodMetadata:
    """Read the metadata of an object in a list or an event.

    Raises:
        errors.KubeError: it has none.
    """
    metadata = found.get("metadata") if isinstance(found, dict) else None
    if not isinstance(metadata, dict):
        raise errors.KubeError("the Kubernetes API sent an object without metadata")
    namespace, name, uid, version = (
        str(metadata.get(field) or "") for field in ("namespace", "name", "uid", "resourceVersion")
    )
    return PodMetadata((namespace, name), uid, version)


class PodIndex:
    """The UIDs of the pods on the node. Both methods return the UIDs of pods that are gone."""

    def __init__(self) -> None:
        self._uids: dict[Name, str] = {}

    def __len__(self) -> int:
        return len(self._uids)

    def replace(self, pods: Iterable[PodMetadata], held: Iterable[str] = ()) -> list[str]:
        """Take in a new and complete list.

        Args:
            pods: all of the node.
            held: UIDs that were known elsewhere before the list was requested.
        """
        before = {*self._uids.values(), *held}
        self._uids = {pod.name: pod.uid for pod in pods}
        return sorted(before - set(self._uids.values()))

    def apply(self, event_type: str, pod: PodMetadata) -> list[str]:
        """Take in an event of the watch, of an `EventType` or of another one, which says nothing about a pod."""
        known = self._uids.get(pod.name)
        if event_type in (EventType.ADDED, EventType.MODIFIED):
            self._uids[pod.name] = pod.uid
            return [known] if known not in (None, pod.uid) else []
        if event_type == EventType.DELETED and known in (None, pod.uid):
            self._uids.pop(pod.name, None)
            return [pod.uid]
        # A deletion that arrives after the successor of its pod: it was returned when that one arrived.
        return []


def watch_error(event: Mapping[str, Any]) -> errors.KubeError:
    """The error of an ERROR event: most often 410, the version is too old to go on from."""
    status = event.get("object")
    code = status.get("code") if isinstance(status, dict) else None
    message = f"the Kubernetes API ended the watch of pods ({code or 'without a reason'})"
    return errors.KubeError(message, status=code if isinstance(code, int) else None)
