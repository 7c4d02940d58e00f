"""What operators ask of a running daemon: to refresh, and how things are. Questions and answers are JSON objects.

    {"do": "status"}                                            {"volumes": [a line each]}
    {"do": "refresh", "pod": "ns/name", "static_only": false}   {"volumes": [...]}: those that will be asked for anew,
    {"do": "refresh", "spc": "ns/name"}                         and where there are none also "there": what is mounted
    {"do": "refresh", "all": true}
    anything else                                               {"error": "what is wrong"}

How they travel is `wire.admin`'s. A line is `status.Line`, its fields by name.
"""

import dataclasses
import logging
from collections.abc import Mapping
from typing import Any, Final

from provider.base import clock
from provider.service.admin import force_refresh, status
from provider.service.volumes import volume_store

_log = logging.getLogger("provider.control")

Answer = dict[str, Any]

_WHICH: Final = {"pod": str, "spc": str, "all": bool}


class AdminApi:
    """Answers about `record`, and acts on it."""

    def __init__(self, record: volume_store.VolumeStore, time: clock.Clock) -> None:
        self._records = record
        self._time = time

    def answer(self, question: object) -> Answer:
        """The answer, whatever the question is; never raises for one, and repeats nothing of it."""
        match question:
            case {"do": "status", **rest} if not rest:
                return {"volumes": self._lines(self._records)}
            case {"do": "refresh", **rest}:
                return self._refresh({str(name): value for name, value in rest.items()})
        return {"error": 'no such question: "do" is "status" or "refresh"'}

    def _refresh(self, asked: Mapping[str, Any]) -> Answer:
        wrong = _wrong(asked)
        if wrong:
            return {"error": wrong}
        pod, spc, everything = asked.get("pod", ""), asked.get("spc", ""), "all" in asked
        static_only = asked.get("static_only", False)
        found = force_refresh.force(self._records, pod=pod, spc=spc, everything=everything, static_only=static_only)
        facts = {"pod": pod or "-", "spc": spc or "-", "volumes": len(found), "static_only": static_only}
        _log.info("refresh forced", extra={"facts": facts})
        made: Answer = {"volumes": self._lines(found)}
        return made if found else {**made, "there": self._lines(self._records)}

    def _lines(self, volumes: volume_store.VolumeStore | tuple[volume_store.Volume, ...]) -> list[Answer]:
        found = status.lines(volumes, now=self._time.monotonic(), epoch=self._time.now())
        return [dataclasses.asdict(line) for line in found]


def _wrong(asked: Mapping[str, Any]) -> str:
    """What is wrong with a question for a refresh, "" where nothing is."""
    [*which] = (name for name in _WHICH if name in asked)
    if len(which) != 1 or set(asked) - {*which, "static_only"}:
        return 'a refresh needs one of "pod", "spc" and "all", and may have "static_only"'
    [name] = which
    if type(asked[name]) is not _WHICH[name] or not asked[name]:
        return f'"{name}" is no {"namespace/name" if name != "all" else "true"}'
    if type(asked.get("static_only", False)) is not bool:
        return '"static_only" is neither true nor false'
    return ""
