"""What Events say."""

import re

import pytest

from provider import model
from provider.kube import event_limits, event_texts

POD = model.Pod("production", "api-0", "u-1", "api-service")


def _rotated(*changes: tuple[str, str, str]) -> event_texts.PodEvent:
    return event_texts.rotated(POD, event_limits.Occurrences(1, 0.0, changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("db-password", "a" * 44, "b" * 44)], "changed: db-password (aaaaaaaa -> bbbbbbbb)"),
        ([("a", "1", "2"), ("b", "3", "4")], "changed: a (1 -> 2), b (3 -> 4)"),
        ([("no-key-no-version", "", "")], "changed: no-key-no-version"),
    ],
)
def test_a_rotation_names_objects_and_the_beginnings_of_versions(
    changes: list[tuple[str, str, str]], message: str
) -> None:
    """Enough to compare with the pod's status, and never a value."""
    event = _rotated(*changes)
    assert (event.type, event.reason, event.message) == ("Normal", "SecretRotated", message)


def test_of_many_objects_some_are_named() -> None:
    """And the rest is counted."""
    event = _rotated(*((f"o{number}", "1", "2") for number in range(25)))
    assert "o9 (1 -> 2), and 15 more" in event.message
    assert "o10" not in event.message
    long = _rotated(*(("x" * 250 + str(number), "1", "2") for number in range(25)))
    assert len(long.message) == event_texts.MESSAGE_LIMIT


def test_a_failure_says_why_and_since_when() -> None:
    """Its reason and moment stand first, where nothing is cut off."""
    event = event_texts.failed(
        POD, "vault-unavailable", "Vault is sealed" + "!" * 2000, 1_700_000_000.9, event_limits.Occurrences(1, 0.0)
    )
    assert (event.type, event.reason) == ("Warning", "SecretRefreshFailed")
    assert event.message.startswith(
        "files stay as they are, refresh fails since 2023-11-14T22:13:20Z (vault-unavailable): Vault is sealed"
    )
    assert len(event.message) == event_texts.MESSAGE_LIMIT


def test_what_looks_like_a_token_is_taken_out() -> None:
    """Before the text is cut, on one line."""
    event = event_texts.failed(POD, "r", "no\nhvs.CAESIJ1234567890abc", 0.0, event_limits.Occurrences(1, 0.0))
    assert "hvs." not in event.message
    assert event.message.endswith("no <secret>")


@pytest.mark.parametrize("name", ["api-0", "x" * 253, "y" * 235 + "-" + "z" * 17])
def test_an_event_is_about_its_pod(name: str) -> None:
    """Found by name and UID, counted, dated, and under a name of its own that the API server takes."""
    pod = model.Pod("production", name, "u-1")
    body = event_texts.body(
        event_texts.failed(pod, "r", "t", 0.0, event_limits.Occurrences(3, 10.0)), host="node-1", now=70.0
    )
    assert body["involvedObject"] == {
        "apiVersion": "v1",
        "kind": "Pod",
        "namespace": "production",
        "name": name,
        "uid": "u-1",
    }
    assert (body["count"], body["firstTimestamp"], body["lastTimestamp"]) == (
        3,
        "1970-01-01T00:00:10Z",
        "1970-01-01T00:01:10Z",
    )
    assert body["metadata"]["namespace"] == "production"
    assert len(body["metadata"]["name"]) <= 253
    assert re.fullmatch(r"[a-z0-9-]*[a-z0-9]\.[0-9a-f]{16}", body["metadata"]["name"])
    assert body["source"] == {"component": "vault-csi-provider", "host": "node-1"}
    assert body["reportingComponent"] == "vault-csi-provider"
