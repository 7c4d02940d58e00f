"""Which pods are on a node, and which are gone according to a list or a watch."""

from typing import Any

import pytest

from provider import errors
from provider.kube import pod_index, pod_watch


def _pod(name: str, uid: str) -> pod_index.PodMetadata:
    return pod_index.PodMetadata(("production", name), uid, "7")


def _of(*pods_there: pod_index.PodMetadata) -> pod_index.PodIndex:
    made = pod_index.PodIndex()
    assert made.replace(pods_there) == []
    return made


A, B, A2 = _pod("a", "1"), _pod("b", "2"), _pod("a", "3")


@pytest.mark.parametrize(
    ("listed", "held", "gone"),
    [
        ([A, B], [], []),
        ([A], [], ["2"]),
        ([], [], ["1", "2"]),
        ([A2, B], [], ["1"]),
        ([A, B], ["1", "9"], ["9"]),
        ([A], ["2"], ["2"]),
    ],
)
def test_a_fresh_list_tells_who_is_missing(
    listed: list[pod_index.PodMetadata], held: list[str], gone: list[str]
) -> None:
    """Of those seen before, and of those that somebody holds something for."""
    assert _of(A, B).replace(listed, held) == gone


@pytest.mark.parametrize(
    ("kind", "pod", "gone", "left"),
    [
        ("ADDED", _pod("c", "4"), [], 3),
        ("ADDED", A, [], 2),
        ("MODIFIED", A, [], 2),
        ("DELETED", A, ["1"], 1),
        ("ADDED", A2, ["1"], 2),
        ("MODIFIED", A2, ["1"], 2),
        ("DELETED", _pod("c", "4"), ["4"], 2),
        ("DELETED", A2, [], 2),
        ("BOOKMARK", pod_index.PodMetadata(("", ""), "", "9"), [], 2),
        ("NEW-KIND", A2, [], 2),
    ],
)
def test_an_event_tells_who_is_gone(kind: str, pod: pod_index.PodMetadata, gone: list[str], left: int) -> None:
    """Deleted, or replaced under the same name; a deletion that arrives after the successor is ignored."""
    known = _of(A, B)
    assert known.apply(kind, pod) == gone
    assert len(known) == left


@pytest.mark.parametrize("found", [None, [], {}, {"metadata": None}, {"metadata": "x"}])
def test_what_has_no_metadata_is_an_error(found: Any) -> None:
    """Rather than a pod without a name, that everybody else would be missing for."""
    with pytest.raises(errors.KubeError, match="without metadata"):
        pod_index.metadata_of(found)


def test_metadata_is_taken_as_it_is() -> None:
    """Name, UID, version."""
    found = {"metadata": {"namespace": "n", "name": "p", "uid": "u", "resourceVersion": "5"}}
    assert pod_index.metadata_of(found) == pod_index.PodMetadata(("n", "p"), "u", "5")


@pytest.mark.parametrize(
    ("event", "status"),
    [({"object": {"code": 410}}, 410), ({"object": {}}, None), ({}, None), ({"object": {"code": "x"}}, None)],
)
def test_an_error_event_is_an_error_that_is_not_retryable(event: dict[str, Any], status: int | None) -> None:
    """Its code is kept, its words are not."""
    error = pod_index.watch_error(event)
    assert (error.status, error.retryable) == (status, False)


def test_pauses_grow_and_are_spread() -> None:
    """Up to a minute; half of each is chance, so that nodes do not come back together."""
    assert [pod_watch.RETRY.pause(failures, 0.0) for failures in (0, 1, 2, 5, 9, 1000)] == [
        0.5,
        0.5,
        1.0,
        8.0,
        30.0,
        30.0,
    ]
    assert pod_watch.RETRY.pause(9, 1.0) == 60.0
