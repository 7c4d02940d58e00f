"""What the driver was given last for one volume: one frozen value, replaced as a whole when a refresh succeeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider import model
from provider.shapes import jobs


@dataclass(frozen=True, slots=True)
class ShownEnvelope:
    """The envelope that a file shows while the data is the same: in which object, of which read, a hash of the data."""

    name: str
    read: model.Read
    digest: bytes
    envelope: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """What the driver was given last.

    Attributes:
        spec_digest: of the SPC that the files were made by.
        objects: the rendered objects, in the order of the SPC.
        reads: the reads that the files were made of, and when each response came (monotonic seconds).
        envelopes: what whole responses show.
        warnings: those of the SPC.
    """

    spec_digest: str
    objects: tuple[jobs.Rendered, ...]
    reads: tuple[tuple[model.Read, float | None], ...] = ()
    envelopes: tuple[ShownEnvelope, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def file_count(self) -> int:
        """How many files there are."""
        return sum(len(one.files) for one in self.objects)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(file.contents) for one in self.objects for file in one.files)
