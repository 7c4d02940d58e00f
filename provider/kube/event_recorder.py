"""Creates Events on pods, by which their owners learn what became of their volumes. An `observe.observers.Observer`.

Reporting puts an Event into a bounded queue and returns; one task sends them at a limited rate, and drops what cannot
be sent after a few tries: no mount ever waits for an Event, or fails because of one.
"""

import asyncio
import logging
import urllib.parse
from collections.abc import Sequence
from typing import Final

from provider import errors, model
from provider.base import backoff, cache, clock, once, tasks
from provider.kube import api_client, event_limits, event_texts
from provider.observe import events

RULE: Final = '{apiGroups: [""], resources: [events], verbs: [create]}'

QUEUE_LIMIT: Final = 500
"""Events that may wait to be sent; further ones are dropped."""

BURST: Final = 10
SECONDS_EACH: Final = 2.0
"""So many Events at once, then one in so many seconds: a whole cluster may lose its Vault at the same moment."""

_TRY_SECONDS: Final = 5.0
_TRIES: Final = 5
_RETRY: Final = backoff.Exponential(first=1.0, longest=16.0, factor=4.0, jitter=(1.0, 1.0))
"""37 s in all: an API server that starts again takes 5 s, and more where its machine is busy."""

_DENIED_SECONDS: Final = 600.0
"""Seconds in which nothing is sent to a namespace that refused."""

_log: Final = logging.getLogger("provider.kube")


class EventRecorder:
    """Sends Events once started and until closed.

    Args:
        client: the API server.
        node: this node's name, "" if unknown.
        time: the clock.
        interval: seconds in which Events of the same pod and reason are aggregated.
    """

    def __init__(
        self, client: api_client.Client, *, node: str, time: clock.Clock, interval: float = event_limits.INTERVAL
    ) -> None:
        self._client = client
        self._node = node
        self._time = time
        self._aggregator = event_limits.EventAggregator(time, interval)
        self._pods: cache.Bounded[str, model.Pod] = cache.Bounded(event_limits.MOST_KEYS, time)
        self._rate = event_limits.RateLimit(time, burst=BURST, seconds_each=SECONDS_EACH)
        self._queue: asyncio.Queue[event_texts.PodEvent | None] = asyncio.Queue(QUEUE_LIMIT)
        self._denied: cache.Bounded[str, bool] = cache.Bounded(event_limits.MOST_KEYS, time)
        self._denial = once.Once()
        self._tasks = tasks.Tasks(_log, time)

    # observe.observers.Observer

    def observe(self, event: events.Event) -> None:
        """Send an Event where the pod's owner should know."""
        if isinstance(event, events.Rotated):
            self.rotated(event.who.pod, [(change.name, change.old, change.new) for change in event.changes])
        elif isinstance(event, events.RefreshFailed):
            self.refresh_failed(event.who.pod, event.reason, event.message, event.since)
        elif isinstance(event, events.LeaseLost):
            self.lease_lost(event.who.pod, f"Vault has ended the lease of {event.path} ({event.why})")
        elif isinstance(event, events.TokenExpired) and not event.path:
            self.lease_lost(event.who.pod, f"Vault has ended the token of role {event.role} with its leases")

    async def settled(self, who: model.Origin) -> None:
        """Events are sent later."""

    def rotated(self, pod: model.Pod, changes: Sequence[tuple[str, str, str]]) -> None:
        """Report changed objects: name, version before, version now. Those of the next ten minutes are merged."""
        if not _is_known(pod):
            return
        self._pods.put(pod.uid, pod)
        occurrences = self._aggregator.add((pod.uid, event_texts.ROTATED, ""), changes)
        # None wakes the task, which may now have to wait for a shorter time.
        self._put(event_texts.rotated(pod, occurrences) if occurrences else None)

    def refresh_failed(self, pod: model.Pod, reason: str, message: str, since: float) -> None:
        """Report a failed refresh: its reason, a text without any value, epoch seconds of the row's first failure."""
        if not _is_known(pod):
            return
        occurrences = self._aggregator.add((pod.uid, event_texts.FAILED, reason))
        if occurrences:
            self._put(event_texts.failed(pod, reason, message, since, occurrences))

    def lease_lost(self, pod: model.Pod, what: str) -> None:
        """Report credentials that Vault has ended before their time: which, and how that showed."""
        if not _is_known(pod):
            return
        occurrences = self._aggregator.add((pod.uid, event_texts.LEASE_LOST, what))
        if occurrences:
            self._put(event_texts.lease_lost(pod, what, occurrences))

    def start(self) -> None:
        """Begin to send, in the running event loop. Returns at once."""
        self._tasks.forever("send Events", self._send_next)

    async def close(self) -> None:
        """End sending; what waits is dropped."""
        await self._tasks.close()

    def _put(self, event: event_texts.PodEvent | None) -> None:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            _log.debug("an Event was dropped: %d others wait", QUEUE_LIMIT)

    async def _send_next(self) -> None:
        event = await self._next()
        if event is not None and not self._denied.get(event.pod.namespace):
            await self._time.sleep(self._rate.reserve())
            await self._send(event)

    async def _next(self) -> event_texts.PodEvent | None:
        """Wait for the next Event; None where there is none after all."""
        try:
            async with asyncio.timeout(self._aggregator.seconds_until_due()):
                return await self._queue.get()
        except TimeoutError:
            due = self._aggregator.take_due()
            pod = self._pods.get(due[0][0]) if due else None
            return event_texts.rotated(pod, due[1]) if due and pod else None

    async def _send(self, event: event_texts.PodEvent) -> None:
        namespace = urllib.parse.quote(event.pod.namespace, safe="")
        path = f"/api/v1/namespaces/{namespace}/events"
        body = event_texts.body(event, host=self._node, now=self._time.now())
        for failures in range(1, _TRIES + 1):
            try:
                await self._client.request("POST", path, body, timeout=_TRY_SECONDS)
                return
            except errors.KubeError as error:
                # 409: an earlier try arrived, and its response was lost.
                if error.status == 409:
                    return
                # An API server that has just started refuses everything for a moment.
                may_be_starting = error.status == 403 and failures == 1
                if failures == _TRIES or not (error.retryable or may_be_starting):
                    self._refused(event, error)
                    return
            await self._time.sleep(_RETRY.pause(failures, 0.0))

    def _refused(self, event: event_texts.PodEvent, error: errors.KubeError) -> None:
        # A namespace that is being deleted refuses new objects with the same status.
        if error.status == 403 and "cannot create resource" in error.message:
            self._denied.put(event.pod.namespace, True, self._time.monotonic() + _DENIED_SECONDS)
            if self._denial.report():
                _log.info(
                    "cannot create Events: %s; give the provider's ClusterRole the rule %s, "
                    "or turn Events off by -pod-events=false",
                    error.message,
                    RULE,
                )
            return
        _log.debug("the Event %s for pod %s was not sent: %s", event.reason, event.pod, error.message)


def _is_known(pod: model.Pod) -> bool:
    return bool(pod.namespace and pod.name and pod.uid)
