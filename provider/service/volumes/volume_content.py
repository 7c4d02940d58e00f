"""What the driver was given last for one volume: one frozen value, replaced as a whole when a refresh succeeds."""

from collections.abc import Mapping
from dataclasses import dataclass

from provider import model
from provider.shapes import envelopes, renderer


@dataclass(frozen=True, slots=True)
class Content:
    """What the driver was given last.

    Attributes:
        spec_digest: of the SPC that the files were made by.
        objects: the rendered objects, in the order of the SPC.
        reads: the reads that the files were made of, and when each response came (monotonic seconds).
        warnings: those of the SPC.
    """

    spec_digest: str
    objects: tuple[renderer.Rendered, ...]
    reads: tuple[tuple[model.Read, float | None], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def shown(self) -> Mapping[str, tuple[envelopes.ShownEnvelope, ...]]:
        """What each object shows of responses besides their data, by the object's name."""
        return {one.wanted.name: one.shown for one in self.objects}

    @property
    def file_count(self) -> int:
        """How many files there are."""
        return sum(len(one.files) for one in self.objects)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(file.contents) for one in self.objects for file in one.files)
