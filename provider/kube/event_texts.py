"""What Events say, and their form as the API server wants it (core v1). Pure.

No value of a secret comes near them: names, versions shortened, reasons, and texts after redaction.
"""

import datetime
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider import model
from provider.kube import event_limits
from provider.observe import redact

COMPONENT: Final = "vault-csi-provider"
ROTATED: Final = "SecretRotated"
FAILED: Final = "SecretRefreshFailed"

LONGEST: Final = 1000
"""Characters of a message; the API server takes 1,024."""

NAMED: Final = 10
"""Changed objects that a message names."""

_VERSION: Final = 8
_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class PodEvent:
    """One Event, before it has its name. `message` is how often, and since when."""

    pod: model.Pod
    kind: str
    reason: str
    message: str
    occurrences: event_limits.Occurrences


def rotated(pod: model.Pod, occurrences: event_limits.Occurrences) -> PodEvent:
    """Objects changed."""
    shown = [_change(*change) for change in occurrences.changes[:NAMED]]
    more = len(occurrences.changes) - len(shown)
    tail = f", and {more} more" if more else ""
    return PodEvent(pod, "Normal", ROTATED, _message(f"changed: {', '.join(shown)}{tail}"), occurrences)


def failed(pod: model.Pod, reason: str, text: str, since: float, occurrences: event_limits.Occurrences) -> PodEvent:
    """A refresh failed; `since` is in epoch seconds."""
    message = _message(f"files stay as they are, refresh fails since {moment(since)} ({reason}): {text}")
    return PodEvent(pod, "Warning", FAILED, message, occurrences)


def moment(seconds: float) -> str:
    """Epoch seconds in RFC 3339.

    >>> moment(1_700_000_000.5)
    '2023-11-14T22:13:20Z'
    """
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def body(note: PodEvent, *, host: str, now: float) -> Mapping[str, Any]:
    """The Event as it is sent.

    Args:
        note: what it says.
        host: this node's name, "" if unknown.
        now: epoch seconds.
    """
    suffix = secrets.token_hex(8)
    stem = note.pod.name[: _NAME - len(suffix) - 1].rstrip("-.")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{stem}.{suffix}", "namespace": note.pod.namespace},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": note.pod.namespace,
            "name": note.pod.name,
            "uid": note.pod.uid,
        },
        "type": note.kind,
        "reason": note.reason,
        "message": note.message,
        "firstTimestamp": moment(note.occurrences.first),
        "lastTimestamp": moment(now),
        "count": note.occurrences.times,
        "source": {"component": COMPONENT, **({"host": host} if host else {})},
        "reportingComponent": COMPONENT,
        "reportingInstance": host,
    }


def _change(name: str, old: str, new: str) -> str:
    return f"{name} ({old[:_VERSION]} -> {new[:_VERSION]})" if old and new else name


def _message(text: str) -> str:
    return redact.one_line(redact.scrub(text), LONGEST)
