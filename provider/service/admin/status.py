"""What is mounted on this node, for people: one line a volume. Names, dates and reasons; never a value. Pure."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from provider.service.volumes import volume_store

_KUBELET: Final = re.compile(r"/kubernetes\.io~csi/([^/]+)/mount$")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class RefreshTrouble:
    """Refreshes fail: for how many seconds, why, and how often by now."""

    seconds: float
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class Line:
    """One volume. Times are seconds from now, back or ahead.

    Attributes:
        pod: namespace and name.
        spc: the SecretProviderClass, "" where the driver has not told it.
        volume: its name in the pod, or the end of its target path.
        objects: names; none before the first success.
        called: how long ago the kubelet asked.
        refreshed: how long ago nothing was overdue; None for never.
        due: when the next answer is due for a renewal or a new request; 0 for at the next call, None for never.
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


def lines(volumes: Iterable[volume_store.Volume], *, now: float, epoch: float) -> tuple[Line, ...]:
    """A line for each volume, sorted by pod.

    Args:
        volumes: what is mounted.
        now: monotonic seconds.
        epoch: `now` in seconds since the epoch.
    """
    made = (_line(volume, now, epoch) for volume in volumes)
    return tuple(sorted(made, key=lambda line: (line.pod, line.volume)))


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


def _line(volume: volume_store.Volume, now: float, epoch: float) -> Line:
    held = dict(volume.held)
    used = [held[read] for read in volume.reads if read in held]
    forced = any(kept.is_forced for kept in used)
    anew = forced or len(used) < len(volume.reads) or any(kept.is_lost for kept in used) or not volume.rendered
    due = now if anew else min((kept.lease.due for kept in used), default=math.inf)
    failing = volume.failing
    return Line(
        pod=str(volume.pod),
        spc=volume.provider_class,
        volume=shortened(volume.key[1]),
        objects=tuple(one.wanted.name for one in volume.rendered),
        called=_since(volume.seen, now),
        refreshed=_since(volume.refreshed, epoch) if volume.refreshed else None,
        due=round(max(0.0, due - now), 1) if math.isfinite(due) else None,
        forced=forced,
        failing=RefreshTrouble(_since(failing.since, epoch), failing.reason, failing.times) if failing else None,
    )


def _since(moment: float, now: float) -> float:
    return round(max(0.0, now - moment), 1)
