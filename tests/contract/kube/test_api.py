"""What the API server does, that the watch of pods and Events stand on."""

import asyncio
from typing import Any

import pytest

from provider.kube import pod_watch
from tests.contract.kube import servers

META = "meta.k8s.io/v1"


def _on(node: str, **query: object) -> str:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}{more}"


async def _version(kube: servers.Api, node: str) -> str:
    _, found = await kube.ask("GET", _on(node), accept=pod_watch.LIST)
    return str(found["metadata"]["resourceVersion"])


async def test_a_list_has_the_metadata_of_one_nodes_pods(kube: servers.Api) -> None:
    """Of all namespaces, and nothing of their specs."""
    node, other = kube.name("node"), kube.name("node")
    first, second = await kube.namespace(), await kube.namespace()
    wanted = {(await kube.pod(first, node)).uid, (await kube.pod(second, node)).uid}
    await kube.pod(first, other)
    _, found = await kube.ask("GET", _on(node), accept=pod_watch.LIST)
    assert (found["kind"], found["apiVersion"]) == ("PartialObjectMetadataList", META)
    assert {item["metadata"]["uid"] for item in found["items"]} == wanted
    assert int(found["metadata"]["resourceVersion"]) > 0
    for item in found["items"]:
        assert set(item) - {"kind", "apiVersion"} == {"metadata"}


async def test_a_watch_tells_what_came_after_a_version(kube: servers.Api) -> None:
    """Additions and deletions on that node, in order, each with a version to go on from."""
    node, namespace = kube.name("node"), await kube.namespace()
    before = await kube.pod(namespace, node)
    version = await _version(kube, node)
    pod = await kube.pod(namespace, node)
    await kube.pod(namespace, kube.name("node"))
    await kube.delete(before)
    messages = [
        event
        async for event in kube.watch(
            _on(node, watch="true", resourceVersion=version, timeoutSeconds=1), accept=pod_watch.EVENT
        )
    ]
    assert [(event["type"], event["object"]["metadata"]["uid"]) for event in messages] == [
        ("ADDED", pod.uid),
        ("MODIFIED", before.uid),
        ("DELETED", before.uid),
    ]
    assert messages[1]["object"]["metadata"]["deletionTimestamp"]
    assert {(event["object"]["kind"], event["object"]["apiVersion"]) for event in messages} == {
        ("PartialObjectMetadata", META)
    }
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in messages]
    assert [int(version), *versions] == sorted({int(version), *versions})
    again = [
        event
        async for event in kube.watch(
            _on(node, watch="true", resourceVersion=versions[0], timeoutSeconds=1), accept=pod_watch.EVENT
        )
    ]
    assert again == messages[1:]


async def test_a_watch_ends_by_itself_with_a_bookmark_before(kube: servers.Api) -> None:
    """What happens on other nodes carries the version on."""
    node = kube.name("node")
    version = await _version(kube, node)
    namespace, messages = await kube.namespace(), []
    path = _on(node, watch="true", resourceVersion=version, timeoutSeconds=4, allowWatchBookmarks="true")

    async def elsewhere() -> None:
        await asyncio.sleep(0.5)
        await kube.pod(namespace, kube.name("node"))

    async with asyncio.TaskGroup() as group:
        group.create_task(elsewhere())
        async for event in kube.watch(path, accept=pod_watch.EVENT):
            messages.append(event)  # noqa: PERF401 -- within the group
    assert {event["type"] for event in messages} == {"BOOKMARK"}
    assert int(messages[-1]["object"]["metadata"]["resourceVersion"]) > int(version)
    assert not messages[-1]["object"]["metadata"].get("uid")


async def test_too_old_a_version_is_reported_by_an_event(kube: servers.Api) -> None:
    """Status 200, and then an ERROR with code 410."""
    node = kube.name("node")
    await kube.pod(await kube.namespace(), node)
    await kube.forget()
    path = _on(node, watch="true", resourceVersion=1, timeoutSeconds=1)
    messages = [event async for event in kube.watch(path, accept=pod_watch.EVENT)]
    assert [event["type"] for event in messages] == ["ERROR"]
    assert (messages[0]["object"]["code"], messages[0]["object"]["reason"]) == (410, "Expired")
    assert messages[0]["object"]["message"].startswith("too old resource version: 1 (")


async def test_a_field_that_cannot_be_selected_by_is_refused(kube: servers.Api) -> None:
    """400, with its name."""
    code, status = await kube.ask("GET", "/api/v1/pods?fieldSelector=spec.colour%3Dred")
    assert (code, status["reason"]) == (400, "BadRequest")
    assert "field label not supported" in status["message"]


def _event(namespace: str, **fields: Any) -> dict[str, Any]:
    made = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e.1", "namespace": namespace},
        "involvedObject": {"kind": "Pod", "namespace": namespace, "name": "p", "uid": "u"},
        "reason": "Tested",
        "message": "words",
        "type": "Normal",
    }
    return {**made, **fields}


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({}, 201, ""),
        ({"metadata": {"name": "Not_a.DNS:name"}}, 201, ""),
        ({"message": "x" * 3000}, 201, ""),
        ({"metadata": {"name": "a/b"}}, 422, "metadata.name: Invalid value"),
        ({"metadata": {}}, 422, "metadata.name: Required value"),
        ({"metadata": {"name": "e", "namespace": "other"}}, 400, "does not match the namespace"),
        ({"involvedObject": {"namespace": "other"}}, 422, "involvedObject.namespace: Invalid value"),
        ({"involvedObject": {}}, 422, "involvedObject.namespace: Invalid value"),
        ({"eventTime": "2026-01-01T00:00:00.000000Z"}, 422, "reportingComponent"),
        (
            {
                "eventTime": "2026-01-01T00:00:00.000000Z",
                "reportingComponent": "c",
                "reportingInstance": "i",
                "action": "a",
                "message": "x" * 1025,
            },
            422,
            "message: Invalid value",
        ),
    ],
)
async def test_an_event_is_checked(kube: servers.Api, fields: dict[str, Any], code: int, message: str) -> None:
    """It must have a name and be about its own namespace; with an eventTime more is wanted."""
    namespace = await kube.namespace()
    answered, body = await kube.ask("POST", f"/api/v1/namespaces/{namespace}/events", _event(namespace, **fields))
    assert answered == code, body
    assert message in body.get("message", "")


async def test_an_event_is_made_once_under_its_name_and_found_by_its_pod(kube: servers.Api) -> None:
    """A second one of that name is 409; a namespace that is not there is 404."""
    namespace = await kube.namespace()
    path = f"/api/v1/namespaces/{namespace}/events"
    assert (await kube.ask("POST", path, _event(namespace)))[0] == 201
    code, status = await kube.ask("POST", path, _event(namespace))
    assert (code, status["reason"]) == (409, "AlreadyExists")
    assert (await kube.ask("POST", "/api/v1/namespaces/none/events", _event("none")))[0] == 404
    _, found = await kube.ask("GET", f"{path}?fieldSelector=involvedObject.uid%3Du")
    assert [item["reason"] for item in found["items"]] == ["Tested"]
    _, found = await kube.ask("GET", f"{path}?fieldSelector=involvedObject.uid%3Dother")
    assert found["items"] == []
