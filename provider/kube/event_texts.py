"""Writes the messages of Events, and the objects that the API server takes (core v1). Pure.

No value of a secret gets here: names, shortened versions, reasons, and texts after redaction.
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
LEASE_LOST: Final = "SecretLeaseLost"

MESSAGE_LIMIT: Final = 1000
"""Characters of a message; the API server takes 1,024."""

MOST_NAMED: Final = 10
"""Changed objects that a message names."""

_VERSION_SHOWN: Final = 8
_NAME_LIMIT: Final = 253


@dataclass(frozen=True, slots=True)
class PodEvent:
    """One Event, before it gets a name. Its type is "Normal" or "Warning"."""

    pod: model.Pod
    type: str
    reason: str
    message: str
    occurrences: event_limits.Occurrences


def rotated(pod: model.Pod, occurrences: event_limits.Occurrences) -> PodEvent:
    """Make the Event of changed objects."""
    shown = [_change(*change) for change in occurrences.changes[:MOST_NAMED]]
    more = len(occurrences.changes) - len(shown)
    tail = f", and {more} more" if more else ""
    return PodEvent(pod, "Normal", ROTATED, _message(f"changed: {', '.join(shown)}{tail}"), occurrences)


def failed(pod: model.Pod, reason: str, text: str, since: float, occurrences: event_limits.Occurrences) -> PodEvent:
    """Make the Event of a refresh that fails; `since` is in epoch seconds."""
    message = _message(f"files stay as they are, refresh fails since {rfc3339(since)} ({reason}): {text}")
    return PodEvent(pod, "Warning", FAILED, message, occurrences)


def lease_lost(pod: model.Pod, what: str, occurrences: event_limits.Occurrences) -> PodEvent:
    """Make the Event of credentials that Vault has ended before their time; `what` says which, and how that showed."""
    message = _message(f"{what}: the credentials no longer work, and are requested again at the next call")
    return PodEvent(pod, "Warning", LEASE_LOST, message, occurrences)


def rfc3339(seconds: float) -> str:
    """Format epoch seconds.

    >>> rfc3339(1_700_000_000.5)
    '2023-11-14T22:13:20Z'
    """
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def body(event: PodEvent, *, host: str, now: float) -> Mapping[str, Any]:
    """Make the object that is sent.

    Args:
        event: what it says.
        host: this node's name, "" if unknown.
        now: epoch seconds.
    """
    suffix = secrets.token_hex(8)
    stem = event.pod.name[: _NAME_LIMIT - len(suffix) - 1].rstrip("-.")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{stem}.{suffix}", "namespace": event.pod.namespace},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": event.pod.namespace,
            "name": event.pod.name,
            "uid": event.pod.uid,
        },
        "type": event.type,
        "reason": event.reason,
        "message": event.message,
        "firstTimestamp": rfc3339(event.occurrences.first),
        "lastTimestamp": rfc3339(now),
        "count": event.occurrences.count,
        "source": {"component": COMPONENT, **({"host": host} if host else {})},
        "reportingComponent": COMPONENT,
        "reportingInstance": host,
    }


def _change(name: str, old: str, new: str) -> str:
    return f"{name} ({old[:_VERSION_SHOWN]} -> {new[:_VERSION_SHOWN]})" if old and new else name


def _message(text: str) -> str:
    return redact.one_line(redact.scrub(text), MESSAGE_LIMIT)
