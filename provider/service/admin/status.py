"""Describes what is mounted on this node for people: names, dates and reasons per volume; never a value. Pure."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provider.service.volumes import response_cache, volume_state

_KUBELET: Final = re.compile(r"/kubernetes\.io~csi/([^/]+)/mount$")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class RefreshTrouble:
    """Refreshes fail: for how many seconds, why, and how often by now."""

    seconds: float
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class VolumeStatus:
    """One volume. Times are seconds from now, back or ahead.

    Attributes:
        pod: namespace and name.
        spc: the SecretProviderClass, "" where the driver has not named it.
        volume: its name in the pod, or the end of its target path.
        objects: names; none before the first success.
        called: how long ago the kubelet asked.
        refreshed: how long ago nothing was overdue; None for never.
        due: when the next answer is due for a renewal or a new request; 0 for at the next call, None for never. After a
            refresh that failed, when the next call tries again.
        forced: whether a refresh was forced that has not come yet.
        failing: how refreshes fail, None while they do not.
    """

    pod: str
    spc: str
    volume: str
    objects: tuple[str, ...]
    called: float
    refreshed: float | None
    due: float | None
    forced: bool
    failing: RefreshTrouble | None


def of(volumes: Iterable[volume_state.Volume], *, now: float, epoch: float) -> tuple[VolumeStatus, ...]:
    """The status of each volume, sorted by pod.

    Args:
        volumes: what is mounted.
        now: monotonic seconds.
        epoch: `now` in seconds since the epoch.
    """
    made = (_line(volume, now, epoch) for volume in volumes)
    return tuple(sorted(made, key=lambda status: (status.pod, status.volume)))


def shortened(target_path: str) -> str:
    """The volume's name, where a kubelet has made the path; else the path's end.

    >>> shortened("/var/lib/kubelet/pods/8e1c/volumes/kubernetes.io~csi/secrets/mount")
    'secrets'
    >>> shortened("/tmp/out")
    '/tmp/out'
    """
    found = _KUBELET.search(target_path)
    if found:
        return found.group(1)
    return target_path if len(target_path) <= _LONGEST else f"...{target_path[3 - _LONGEST :]}"


def _line(volume: volume_state.Volume, now: float, epoch: float) -> VolumeStatus:
    content, failure = volume.content, volume.health.failure
    reads = [read for read, _ in content.reads] if content else []
    used = [cached for cached in map(volume.responses.get, reads) if cached is not None]
    due = _due(volume, used, now)
    return VolumeStatus(
        pod=str(volume.pod),
        spc=volume.provider_class,
        volume=shortened(volume.key[1]),
        objects=tuple(one.wanted.name for one in content.objects) if content else (),
        called=_since(volume.last_call, now),
        refreshed=_since(volume.last_good, now) if content and volume.last_good else None,
        due=round(max(0.0, due - now), 1) if math.isfinite(due) else None,
        forced=any(cached.is_forced for cached in used),
        failing=RefreshTrouble(_since(failure.since, epoch), failure.reason, failure.times) if failure else None,
    )


def _due(volume: volume_state.Volume, used: Iterable[response_cache.CachedResponse], now: float) -> float:
    """When something happens next: a call requests answers again, or one of them is renewed."""
    if not volume.is_good(now):
        return max(now, volume.health.retry_after)
    requested = min((cached.good_until() for cached in used), default=math.inf)
    renewed = min((cached.renewal_due() for cached in used), default=math.inf)
    return min(max(requested, volume.health.retry_after), renewed)


def _since(moment: float, now: float) -> float:
    return round(max(0.0, now - moment), 1)
