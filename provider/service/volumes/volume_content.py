"""What the driver was given last for one volume: one frozen value, replaced as a whole when a refresh succeeds."""

import dataclasses
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
        has_files: whether the objects have their files, which are dropped where memory is short.
    """

    spec_digest: str
    objects: tuple[renderer.Rendered, ...]
    reads: tuple[tuple[model.Read, float | None], ...] = ()
    warnings: tuple[str, ...] = ()
    has_files: bool = True

    def without_files(self) -> "Content":
        """The same without files: what is left tells whether another content is another one."""
        objects = tuple(dataclasses.replace(one, files=(), stable=b"", digest=one.digest) for one in self.objects)
        return dataclasses.replace(self, objects=objects, has_files=False)

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
        """Bytes of all files, and of what versions are made of."""
        return sum(len(file.contents) for one in self.objects for file in one.files) + sum(
            len(one.stable) for one in self.objects
        )
