"""Answers what operators ask of a running daemon: its status, and forced refreshes. Both ways JSON objects.

    {"do": "status"}                                            {"volumes": [one status each]}
    {"do": "refresh", "pod": "ns/name", "static_only": false}   {"volumes": [...]}: those that will be read again,
    {"do": "refresh", "spc": "ns/name"}                         and where there are none also "there": what is mounted
    {"do": "refresh", "all": true}
    anything else                                               {"error": "what is wrong"}

How they travel is `wire.admin`'s. One status is `status.VolumeStatus`, its fields by name.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from provider.base import clock
from provider.observe import events, observers
from provider.service.admin import force_refresh, status
from provider.service.volumes import volume_state, volume_store

Answer = dict[str, Any]

_WHICH: Final = {"pod": str, "spc": str, "all": bool}


class AdminApi:
    """Reports on what is mounted, and acts on it.

    Args:
        volumes: what is mounted.
        time: the clock.
        observer: learns of forced refreshes.
    """

    def __init__(self, volumes: volume_store.VolumeStore, time: clock.Clock, observer: observers.Observer) -> None:
        self._volumes = volumes
        self._time = time
        self._observer = observer

    def answer(self, question: object) -> Answer:
        """The answer, whatever the question is; never raises for one, and repeats nothing of it."""
        match question:
            case {"do": "status", **rest} if not rest:
                return {"volumes": self._statuses(self._volumes)}
            case {"do": "refresh", **rest}:
                return self._refresh({str(name): value for name, value in rest.items()})
        return {"error": 'no such question: "do" is "status" or "refresh"'}

    def _refresh(self, asked: Mapping[str, Any]) -> Answer:
        wrong = _wrong(asked)
        if wrong:
            return {"error": wrong}
        pod, spc, everything = asked.get("pod", ""), asked.get("spc", ""), "all" in asked
        static_only = asked.get("static_only", False)
        found = force_refresh.force(self._volumes, pod=pod, spc=spc, everything=everything, static_only=static_only)
        self._observer.observe(events.RefreshForced(pod=pod, spc=spc, volumes=len(found), static_only=static_only))
        made: Answer = {"volumes": self._statuses(found)}
        return made if found else {**made, "there": self._statuses(self._volumes)}

    def _statuses(self, volumes: volume_store.VolumeStore | tuple[volume_state.Volume, ...]) -> list[Answer]:
        found = status.of(volumes, now=self._time.monotonic(), epoch=self._time.now())
        return [dataclasses.asdict(each) for each in found]


def _wrong(asked: Mapping[str, Any]) -> str:
    """What is wrong with a question for a refresh, "" where nothing is."""
    [*which] = (name for name in _WHICH if name in asked)
    if len(which) != 1 or set(asked) - {*which, "static_only"}:
        return 'a refresh needs one of "pod", "spc" and "all", and may have "static_only"'
    [name] = which
    if type(asked[name]) is not _WHICH[name] or not asked[name]:
        return f'"{name}" must be {"namespace/name" if name != "all" else "true"}'
    if type(asked.get("static_only", False)) is not bool:
        return '"static_only" must be true or false'
    return ""
