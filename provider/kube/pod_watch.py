"""A watch of this node's pods that tells when one is gone: deleted, replaced under its name, or missing from a list.

One list, then a watch from there on, as long as the API server knows the version to go on from. Lists are consistent
(no resourceVersion is given), for a stale one would call a young pod gone. Metadata only: no pod's spec is ever sent.
Nothing depends on it: where it may not watch, or cannot, `watching` says so, and who needs to know goes by time.
"""

import asyncio
import logging
import random
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Final

from provider import errors
from provider.base import clock
from provider.kube import api_client, pod_index

LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
EVENT: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

RULE: Final = '{apiGroups: [""], resources: [pods], verbs: [list, watch]}'

DENIED_PAUSE: Final = 600.0
"""Seconds until it is tried again where RBAC has no rule for it."""

_LONGEST_PAUSE: Final = 60.0
_WATCH: Final = 300.0
"""Seconds of one watch at least, twice as many at most: nodes that started together soon ask at different times."""

_GRACE: Final = 10.0
"""Seconds beyond that in which the API server has to end it."""

_PAGE: Final = 500
_STUBBORN: Final = 3
"""Failures in a row after which the version to go on from is no longer trusted."""

_LASTING: Final = 60.0
"""Seconds after which a watch that breaks is no sign of trouble that goes on."""

_log: Final = logging.getLogger("provider.kube")


def pause(failures: int, spread: float) -> float:
    """Seconds before the next try, after `failures` in a row; `spread` is a random number from 0 to 1.

    >>> [pause(failures, 1.0) for failures in (0, 1, 2, 7, 100)]
    [1.0, 1.0, 2.0, 60.0, 60.0]
    """
    most = min(_LONGEST_PAUSE, 2.0 ** max(0, min(failures, 30) - 1))
    return most * (0.5 + spread / 2)


class Watch:
    """Tells of pods that are gone, once started and until closed.

    Args:
        client: the API server.
        node: this node's name.
        gone: called with the UID of each pod that is gone, in the event loop; a UID may come twice, or be of a pod
            that nobody else ever heard of.
        held: UIDs that somebody holds something for: those that a fresh list does not have are gone too, though they
            were never seen here, as after a restart.
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
        self._reported = ""
        self._task: asyncio.Task[None] | None = None

    @property
    def watching(self) -> bool:
        """Whether a pod that is gone is told of within moments."""
        return self._watching

    def start(self) -> None:
        """Begin, in the running event loop. Returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="watch this node's pods")

    async def close(self) -> None:
        """End it, whatever it waits for."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._watching = False

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                if not self._version:
                    await self._list()
                await self._follow()
                failures = 0
            except errors.KubeError as error:
                lasted = self._watching and self._time.monotonic() - self._since > _LASTING
                failures = 1 if lasted else failures + 1
                self._failed(error, failures)
                if error.status == 403:
                    await self._time.sleep(DENIED_PAUSE * (0.9 + self._chance() / 5))
                    continue
            except Exception as error:  # noqa: BLE001 -- a fault of ours must not end it for good
                failures += 1
                self._watching, self._version = False, ""
                _log.error("internal error in the watch of this node's pods", exc_info=error)
            await self._time.sleep(pause(failures, self._chance()))

    def _failed(self, error: errors.KubeError, failures: int) -> None:
        self._watching = False
        if not error.retryable or failures >= _STUBBORN:
            self._version = ""
        # An old version, or a watch that broke, is every day's business: it only counts if it goes on.
        if error.status == 410 or (failures < _STUBBORN and error.status != 403):
            _log.debug("this node's pods: %s", error.message)
        elif error.message != self._reported:
            self._reported = error.message
            hint = f"; give the provider's ClusterRole the rule {RULE}" if error.status == 403 else ""
            _log.info("pods that are gone are noticed by time only: %s%s", error.message, hint)

    async def _list(self) -> None:
        held = list(self._held())
        pods: list[pod_index.Seen] = []
        version = page = ""
        while True:
            answer = await self._client.request(
                "GET", f"{self._path()}&limit={_PAGE}{f'&continue={page}' if page else ''}", accept=LIST
            )
            items, about = answer.get("items"), answer.get("metadata")
            if not isinstance(items, list | None) or not isinstance(about, dict):
                raise errors.KubeError("the Kubernetes API answered with something that is no list of pods")
            pods += [pod_index.seen(item) for item in items or ()]
            version = str(about.get("resourceVersion") or "")
            page = urllib.parse.quote(str(about.get("continue") or ""), safe="")
            if not page:
                break
        if held and not pods:
            # Where volumes are mounted there are pods: it is the name of another node, or of none.
            _log.warning("no pods are on node %s, though some mount volumes here: is -node-name right?", self._node)
            held = []
        self._report(self._index.listed(pods, held))
        self._version = version

    async def _follow(self) -> None:
        seconds = round(_WATCH * (1 + self._chance()))
        path = (
            f"{self._path()}&watch=true&allowWatchBookmarks=true"
            f"&resourceVersion={urllib.parse.quote(self._version, safe='')}&timeoutSeconds={seconds}"
        )
        async with self._client.stream(path, accept=EVENT, timeout=seconds + _GRACE) as events:
            if self._reported:
                _log.info("this node's pods are watched again")
            self._watching, self._reported, self._since = True, "", self._time.monotonic()
            async for event in events:
                kind = event.get("type")
                if kind == "ERROR":
                    raise pod_index.refusal(event)
                pod = pod_index.seen(event.get("object"))
                self._report(self._index.observed(str(kind), pod))
                self._version = pod.version or self._version

    def _path(self) -> str:
        return f"/api/v1/pods?fieldSelector=spec.nodeName%3D{urllib.parse.quote(self._node, safe='')}"

    def _report(self, uids: list[str]) -> None:
        for uid in uids:
            _log.debug("pod %s is gone", uid)
            try:
                self._gone(uid)
            except Exception as error:  # noqa: BLE001 -- nor must one of whoever is told
                _log.error("internal error after a pod was gone", exc_info=error)
