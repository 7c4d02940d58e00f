"""Keeps what an object shows of responses besides their data the same while the data is. Pure.

Responses have fields that differ in every answer (request_id, lease_id) although the data does not. So the first
envelope is shown until the data changes, and a file does not rotate by it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider import model
from provider.golang import gojson


@dataclass(frozen=True, slots=True)
class ShownEnvelope:
    """The envelope that an object shows while the data is the same: of which read, and a digest of the data."""

    read: model.Read
    digest: bytes
    envelope: Mapping[str, Any] = field(repr=False)


class Envelopes:
    """The envelopes that one object shows: those it has shown `before`, and new ones where the data is another."""

    def __init__(self, before: tuple[ShownEnvelope, ...]) -> None:
        self._before = {each.read: each for each in before}
        self._shown: dict[model.Read, ShownEnvelope] = {}

    def of(self, read: model.Read, reply: model.Reply) -> Mapping[str, Any]:
        """Return the envelope to show with a reply."""
        digest = hashlib.sha256(stable_part(reply)).digest()
        shown = self._before.get(read)
        if shown is None or shown.digest != digest:
            shown = ShownEnvelope(read, digest, reply.envelope)
        self._shown[read] = shown
        return shown.envelope

    @property
    def shown(self) -> tuple[ShownEnvelope, ...]:
        """All that the object has shown this time."""
        return tuple(self._shown.values())


def stable_part(reply: model.Reply) -> bytes:
    """Return what has to change for a response to count as changed: what was given, not the request for it."""
    return gojson.dumps([reply.data, reply.envelope.get("auth"), reply.envelope.get("wrap_info")]).encode()
