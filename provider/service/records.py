"""What is mounted, as far as the next mount of the same volume needs to know it.

A whole response holds fields that differ in every answer (request_id, lease_id) although its data is the same. Such
a file would rotate at every poll. So the envelope of the first answer is kept and written again until the data
changes. A record belongs to one volume, keyed by pod UID and target path, which every driver version sends alike.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from provider import cache, clock, model
from provider.render import extract

VOLUMES: Final = 4096
"""Volumes remembered at most; a node runs 110 pods by default. One record takes about 1 KiB a whole response."""

_Frozen = dict[tuple[str, model.Read], tuple[bytes, Mapping[str, Any]]]


class Records:
    """All records of this process, in memory only."""

    def __init__(self, time: clock.Clock) -> None:
        self._volumes: cache.Bounded[tuple[str, str], _Frozen] = cache.Bounded(VOLUMES, time)

    def volume(self, spec: model.MountSpec) -> "Volume":
        """The record of the volume that `spec` is for."""
        key = (spec.pod.uid or str(spec.pod), spec.target_path)
        frozen = self._volumes.get(key)
        if frozen is None:
            frozen = {}
            self._volumes.put(key, frozen)
        return Volume(frozen)


class Volume:
    """One mounted volume."""

    def __init__(self, frozen: _Frozen) -> None:
        self._frozen = frozen

    def envelope(self, name: str, read: model.Read, reply: model.Reply) -> Mapping[str, Any]:
        """The envelope to show with `reply` in the object `name`: the one kept while the data is the same."""
        digest = hashlib.sha256(extract.stable_part(reply)).digest()
        key = (name, read)
        kept = self._frozen.get(key)
        if kept is not None and kept[0] == digest:
            return kept[1]
        self._frozen[key] = (digest, reply.envelope)
        return reply.envelope
