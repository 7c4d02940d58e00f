"""Events on pods: tells owners what became of their volumes. It is an `observe.observer.Observer`.

Fire and forget. Telling puts a note into a bounded queue and returns; one task sends them at a capped rate, and what
cannot be sent is forgotten after a few tries: no mount ever waits for an Event, or fails for one.
"""

import asyncio
import logging
import urllib.parse
from collections.abc import Sequence
from typing import Final

from provider import errors, model
from provider.base import cache, clock
from provider.kube import api_client, event_limits, event_texts
from provider.observe import events

RULE: Final = '{apiGroups: [""], resources: [events], verbs: [create]}'

WAITING: Final = 500
"""Events that may wait to be sent; those that come then are dropped."""

BURST: Final = 10
EVERY: Final = 2.0
"""So many Events at once, then one in so many seconds: a whole cluster may lose its Vault at the same moment."""

_PATIENCE: Final = 5.0
_PAUSES: Final = (1.0, 4.0)
_DENIED: Final = 600.0
"""Seconds in which nothing is sent to a namespace that refused."""

_log: Final = logging.getLogger("provider.kube")


class Events:
    """Sends Events once started and until closed.

    Args:
        client: the API server.
        node: this node's name, "" if unknown.
        time: the clock.
        quiet: seconds in which the same matter of a pod is told of once.
    """

    def __init__(
        self, client: api_client.Client, *, node: str, time: clock.Clock, quiet: float = event_limits.QUIET
    ) -> None:
        self._client = client
        self._node = node
        self._time = time
        self._limits = event_limits.EventLimits(time, quiet)
        self._pods: cache.Bounded[str, model.Pod] = cache.Bounded(event_limits.KEPT, time)
        self._rate = event_limits.RateLimit(time, burst=BURST, every=EVERY)
        self._queue: asyncio.Queue[event_texts.PodEvent | None] = asyncio.Queue(WAITING)
        self._denied: cache.Bounded[str, bool] = cache.Bounded(event_limits.KEPT, time)
        self._reported_denied = False
        self._task: asyncio.Task[None] | None = None

    # observe.observer.Observer

    def observe(self, event: events.Event) -> None:
        """Send an Event where the pod's owner should know."""
        if isinstance(event, events.Rotated):
            self.rotated(event.who.pod, [(change.name, change.old, change.new) for change in event.changes])
        elif isinstance(event, events.RefreshFailed):
            self.refresh_failed(event.who.pod, event.reason, event.message, event.since)

    async def settled(self, who: model.Origin) -> None:
        """Events are sent later."""

    def rotated(self, pod: model.Pod, changes: Sequence[tuple[str, str, str]]) -> None:
        """Objects changed: name, version before, version now. Those of the next ten minutes are told together then."""
        if not _is_known(pod):
            return
        self._pods.put(pod.uid, pod)
        message = self._limits.admit((pod.uid, event_texts.ROTATED, ""), changes)
        # None wakes the task, which may have to wait for less long than it thought.
        self._put(event_texts.rotated(pod, message) if message else None)

    def refresh_failed(self, pod: model.Pod, reason: str, message: str, since: float) -> None:
        """A refresh failed, and the files stay: reason, text without any value, epoch seconds of the first failure."""
        if not _is_known(pod):
            return
        release = self._limits.admit((pod.uid, event_texts.FAILED, reason))
        if release:
            self._put(event_texts.failed(pod, reason, message, since, release))

    # Its life, owned by app.py.

    def start(self) -> None:
        """Begin to send, in the running event loop. Returns at once."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="send Events")

    async def close(self) -> None:
        """End it; what waits is dropped."""
        if self._task:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _put(self, note: event_texts.PodEvent | None) -> None:
        try:
            self._queue.put_nowait(note)
        except asyncio.QueueFull:
            _log.debug("an Event was dropped: %d others wait", WAITING)

    async def _run(self) -> None:
        while True:
            try:
                note = await self._next()
                if note is not None and not self._denied.get(note.pod.namespace):
                    await self._time.sleep(self._rate.take())
                    await self._send(note)
            except Exception as error:  # noqa: BLE001 -- a fault of ours must not end it for good
                _log.error("internal error while sending an Event", exc_info=error)

    async def _next(self) -> event_texts.PodEvent | None:
        """The next note, or None where it is to be looked again."""
        try:
            async with asyncio.timeout(self._limits.wait()):
                return await self._queue.get()
        except TimeoutError:
            due = self._limits.due()
            pod = self._pods.get(due[0][0]) if due else None
            return event_texts.rotated(pod, due[1]) if due and pod else None

    async def _send(self, note: event_texts.PodEvent) -> None:
        namespace = urllib.parse.quote(note.pod.namespace, safe="")
        body = event_texts.body(note, host=self._node, now=self._time.now())
        for wait in (*_PAUSES, None):
            try:
                await self._client.request("POST", f"/api/v1/namespaces/{namespace}/events", body, timeout=_PATIENCE)
                return
            except errors.KubeError as error:
                # 409: a try whose answer was lost had arrived.
                if error.status == 409:
                    return
                if wait is None or not error.retryable:
                    self._refused(note, error)
                    return
            await self._time.sleep(wait)

    def _refused(self, note: event_texts.PodEvent, error: errors.KubeError) -> None:
        # A namespace that is being deleted takes nothing new either, and says so with the same status.
        if error.status == 403 and "cannot create resource" in error.message:
            self._denied.put(note.pod.namespace, True, self._time.monotonic() + _DENIED)
            if not self._reported_denied:
                self._reported_denied = True
                _log.info(
                    "pods' owners are told nothing by Events: %s; give the provider's ClusterRole the rule %s, "
                    "or turn them off by -pod-events=false",
                    error.message,
                    RULE,
                )
            return
        _log.debug("the Event %s for pod %s was not sent: %s", note.reason, note.pod, error.message)


def _is_known(pod: model.Pod) -> bool:
    return bool(pod.namespace and pod.name and pod.uid)
