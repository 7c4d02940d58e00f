"""Keeps what whole responses show besides their data the same while the data is.

Whole responses hold fields that differ in every answer (request_id, lease_id) although the data does not. So the first
envelope is shown until the data changes, and a file does not rotate by it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from provider import model
from provider.service.volumes import volume_content
from provider.shapes import extract


class Envelopes:
    """The envelopes of one mount: those shown `before`, and new ones where the data is another."""

    def __init__(self, before: Iterable[volume_content.ShownEnvelope]) -> None:
        self._before = {(each.name, each.read): each for each in before}
        self._shown: dict[tuple[str, model.Read], volume_content.ShownEnvelope] = {}

    def of(self, name: str, read: model.Read, reply: model.Reply) -> Mapping[str, Any]:
        """The envelope to show with `reply` in the object `name`."""
        digest = hashlib.sha256(extract.stable_part(reply)).digest()
        key = (name, read)
        shown = self._before.get(key)
        if shown is None or shown.digest != digest:
            shown = volume_content.ShownEnvelope(name, read, digest, reply.envelope)
        self._shown[key] = shown
        return shown.envelope

    @property
    def shown(self) -> tuple[volume_content.ShownEnvelope, ...]:
        """All that this mount has shown."""
        return tuple(self._shown.values())
