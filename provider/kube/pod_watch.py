"""Watches this node's pods and reports each that is gone: deleted, replaced under its name, or missing from a list.

One list, then a watch from its version on, for as long as the API server still has that version. Lists are consistent
(no resourceVersion is given), since a stale one would report a young pod as gone. Metadata only: a pod's spec is never
sent. Nothing depends on the watch: where RBAC or the API server prevents it, `watching` is False, and deleted pods are
detected by timeout.
"""

import logging
import random
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Final

from provider import errors
from provider.base import backoff, clock, once, tasks
from provider.kube import api_client, pod_index

LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
EVENT: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

RULE: Final = '{apiGroups: [""], resources: [pods], verbs: [list, watch]}'

DENIED_PAUSE: Final = 600.0
"""Seconds until the next try where RBAC does not allow it."""

RETRY: Final = backoff.Exponential(first=1.0, longest=60.0, jitter=(0.5, 1.0))
"""Between two watches, and after failures. Half of each pause is chance, so that nodes do not come back together."""

_WATCH_SECONDS: Final = 300.0
"""Length of one watch at least, twice as much at most: nodes that started together soon ask at different times."""

_GRACE: Final = 10.0
"""Seconds beyond that in which the API server has to end it."""

_PAGE_SIZE: Final = 500
_WORTH_REPORTING: Final = 3
"""Failures in a row after which they are logged, and the version to go on from is no longer trusted."""

_STABLE_AFTER: Final = 60.0
"""Seconds after which a watch that breaks does not count as another failure in a row."""

_log: Final = logging.getLogger("provider.kube")


class PodWatch:
    """Reports pods that are gone, once started and until closed.

    Args:
        client: the API server.
        node: this node's name.
        gone: called with the UID of each pod that is gone, in the event loop; a UID may come twice, or be that of an
            unknown pod.
        held: UIDs of pods with a mounted volume: those that a new list lacks are gone too, though they were never seen
            here, as after a restart.
        time: the clock.
        chance: random numbers from 0 to 1, which spread the load of many nodes.
    """

    def __init__(
        self,
        client: api_client.Client,
        *,
        node: str,
        gone: Callable[[str], None],
        held: Callable[[], Iterable[str]] = tuple,
        time: clock.Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._node = node
        self._gone = gone
        self._held = held
        self._time = time
        self._chance = chance
        self._index = pod_index.PodIndex()
        self._version = ""
        self._watching = False
        self._since = 0.0
        self._failures = 0
        self._outage = once.Once()
        self._tasks = tasks.Tasks(_log, time)

    @property
    def watching(self) -> bool:
        """Whether a pod that is gone is reported within moments."""
        return self._watching

    def start(self) -> None:
        """Begin, in the running event loop. Returns at once."""
        self._tasks.forever("watch this node's pods", self._watch, chance=self._chance)

    async def close(self) -> None:
        """End the watch, whatever it waits for."""
        await self._tasks.close()
        self._watching = False

    async def _watch(self) -> None:
        """One watch, with a list before it where that is needed, and the pause after it."""
        try:
            if not self._version:
                await self._list()
            await self._follow()
            self._failures = 0
        except errors.KubeError as error:
            was_stable = self._watching and self._time.monotonic() - self._since > _STABLE_AFTER
            self._failures = 1 if was_stable else self._failures + 1
            self._failed(error)
            if error.status == 403:
                await self._time.sleep(DENIED_PAUSE * (0.9 + self._chance() / 5))
                return
        except Exception:
            self._watching, self._version = False, ""
            raise
        await self._time.sleep(RETRY.pause(self._failures, self._chance()))

    def _failed(self, error: errors.KubeError) -> None:
        self._watching = False
        if not error.retryable or self._failures >= _WORTH_REPORTING:
            self._version = ""
        # An old version or a broken watch happens every day; it only counts if it goes on.
        if error.status == 410 or (self._failures < _WORTH_REPORTING and error.status != 403):
            _log.debug("the watch of this node's pods failed: %s", error.message)
        elif self._outage.report(error.message):
            hint = f"; give the provider's ClusterRole the rule {RULE}" if error.status == 403 else ""
            _log.info("cannot watch pods; deleted pods are detected by timeout: %s%s", error.message, hint)

    async def _list(self) -> None:
        held = list(self._held())
        pods: list[pod_index.PodMetadata] = []
        version = page = ""
        while True:
            answer = await self._client.request(
                "GET", f"{self._path()}&limit={_PAGE_SIZE}{f'&continue={page}' if page else ''}", accept=LIST
            )
            items, metadata = answer.get("items"), answer.get("metadata")
            if not isinstance(items, list | None) or not isinstance(metadata, dict):
                raise errors.KubeError("the Kubernetes API answered with something that is not a list of pods")
            pods += [pod_index.metadata_of(item) for item in items or ()]
            version = str(metadata.get("resourceVersion") or "")
            page = urllib.parse.quote(str(metadata.get("continue") or ""), safe="")
            if not page:
                break
        if held and not pods:
            # Mounted volumes mean pods: the name is that of another node, or of no node.
            _log.warning("no pods are on node %s, though some mount volumes here: is -node-name right?", self._node)
            held = []
        self._report(self._index.replace(pods, held))
        self._version = version

    async def _follow(self) -> None:
        seconds = round(_WATCH_SECONDS * (1 + self._chance()))
        path = (
            f"{self._path()}&watch=true&allowWatchBookmarks=true"
            f"&resourceVersion={urllib.parse.quote(self._version, safe='')}&timeoutSeconds={seconds}"
        )
        async with self._client.stream(path, accept=EVENT, timeout=seconds + _GRACE) as events:
            if self._outage.recovered():
                _log.info("this node's pods are watched again")
            self._watching, self._since = True, self._time.monotonic()
            async for event in events:
                event_type = event.get("type")
                if event_type == pod_index.EventType.ERROR:
                    raise pod_index.watch_error(event)
                pod = pod_index.metadata_of(event.get("object"))
                self._report(self._index.apply(str(event_type), pod))
                self._version = pod.version or self._version

    def _path(self) -> str:
        return f"/api/v1/pods?fieldSelector=spec.nodeName%3D{urllib.parse.quote(self._node, safe='')}"

    def _report(self, uids: list[str]) -> None:
        for uid in uids:
            _log.debug("pod %s is gone", uid)
            try:
                self._gone(uid)
            except Exception as error:  # noqa: BLE001 -- the next pod must still be reported
                _log.error("internal error after a pod was gone", exc_info=error)
