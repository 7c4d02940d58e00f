"""Lists and watches of the dev API server: selected by fields, whole or as metadata only."""

import asyncio
import json
from typing import Any, Final

from aiohttp import web

from provider.dev.kube import objects, status

_SELECTABLE: Final = {
    "": ("metadata.name", "metadata.namespace"),
    "pods": ("spec.nodeName", "spec.serviceAccountName"),
    "events": ("involvedObject.name", "involvedObject.namespace", "involvedObject.uid", "reason", "type"),
}

_LONGEST: Final = 1800.0
"""Seconds of a watch that does not say how long."""

_LAST_BOOKMARK: Final = 2.0
"""Seconds before its end at which a watch gets one more bookmark."""

_LOOK: Final = 1.0
"""Seconds between two looks whether the client is still there."""


class Wanted:
    """What a request asks of a list or a watch.

    Raises:
        status.Refusal: a field that cannot be selected by, or a version that is none.
    """

    def __init__(self, request: web.Request, resource: str, namespace: str) -> None:
        self.resource = resource
        self.namespace = namespace
        query = request.query
        self.version = query.get("resourceVersion", "")
        if self.version and not self.version.isdecimal():
            raise status.bad_request(f'invalid resource version "{self.version}"')
        self.seconds = float(query.get("timeoutSeconds") or _LONGEST)
        self.bookmarks = query.get("allowWatchBookmarks") in ("1", "true")
        self.metadata_only = "as=PartialObjectMetadata" in request.headers.get("Accept", "")
        self._fields = [part.partition("=") for part in query.get("fieldSelector", "").split(",") if part]
        for field, _, _ in self._fields:
            if field not in (*_SELECTABLE[""], *_SELECTABLE.get(resource, ())):
                raise status.bad_request(f'field label not supported: "{field}"')

    def matches(self, resource: str, found: dict[str, Any]) -> bool:
        """Whether an object is among those asked for."""
        there = found["metadata"].get("namespace", "")
        if resource != self.resource or self.namespace not in ("", there):
            return False
        return all(_field(found, field) == value.lstrip("=") for field, _, value in self._fields)

    def shown(self, found: dict[str, Any]) -> dict[str, Any]:
        """An object in the form asked for."""
        if not self.metadata_only:
            return found
        return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": found["metadata"]}


def listed(held: objects.Objects, wanted: Wanted) -> dict[str, Any]:
    """The answer to a list."""
    kind, version = f"{objects.KINDS[wanted.resource]}List", "v1"
    if wanted.metadata_only:
        kind, version = "PartialObjectMetadataList", "meta.k8s.io/v1"
    items = [wanted.shown(found) for place, found in sorted(held.items()) if wanted.matches(place[0], found)]
    about = {"resourceVersion": str(held.version)}
    return {"kind": kind, "apiVersion": version, "metadata": about, "items": items}


class Watches:
    """Serves watches.

    Attributes:
        every: seconds between two bookmarks.
    """

    def __init__(self, held: objects.Objects, running: asyncio.Event) -> None:
        self.every = 60.0
        self._held = held
        self._running = running
        self._open: dict[int, web.Request] = {}

    def drop(self) -> None:
        """Break the connections of all, in the midst of it."""
        for request in self._open.values():
            if request.transport:
                request.transport.abort()
        self._held.history.wake()

    async def serve(self, request: web.Request, wanted: Wanted) -> web.StreamResponse:
        """One watch, from the version it names, or from what is there now."""
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        self._open[id(request)] = request
        try:
            await self._serve(request, answer, wanted)
            await answer.write_eof()
        except ConnectionError:
            pass  # the client is gone
        finally:
            del self._open[id(request)]
        return answer

    async def _serve(self, request: web.Request, answer: web.StreamResponse, wanted: Wanted) -> None:
        loop, history = asyncio.get_running_loop(), self._held.history
        end = loop.time() + wanted.seconds
        last = max(loop.time(), end - _LAST_BOOKMARK)
        bookmark = min(loop.time() + self.every, last) if wanted.bookmarks else end + 1
        version = int(wanted.version or 0)
        # Only a version to begin at can be too old: an open watch was told everything.
        if 0 < version < history.oldest:
            await self._write(answer, "ERROR", status.expired(version, history.oldest).status)
            return
        if not version:
            for item in listed(self._held, wanted)["items"]:
                await self._write(answer, "ADDED", item)
            version = self._held.version
        while (now := loop.time()) < end and request.transport and not request.transport.is_closing():
            for change in history.since(version):
                version = change.version
                if wanted.matches(change.resource, change.found):
                    await self._write(answer, change.kind, wanted.shown(change.found))
            if now >= bookmark:
                await self._write(answer, "BOOKMARK", self._bookmark(wanted, version))
                bookmark = min(now + self.every, last) if now < last else end + 1
            await history.wait(min(end - now, max(0.0, bookmark - now), _LOOK))

    @staticmethod
    def _bookmark(wanted: Wanted, version: int) -> dict[str, Any]:
        kind, metadata = objects.KINDS[wanted.resource], {"resourceVersion": str(version)}
        return wanted.shown({"kind": kind, "apiVersion": "v1", "metadata": metadata})

    async def _write(self, answer: web.StreamResponse, kind: str, found: dict[str, Any]) -> None:
        await self._running.wait()
        await answer.write(json.dumps({"type": kind, "object": found}).encode() + b"\n")


def _field(found: dict[str, Any], path: str) -> str:
    part: Any = found
    for step in path.split("."):
        part = part.get(step) if isinstance(part, dict) else None
    return str(part or "")
