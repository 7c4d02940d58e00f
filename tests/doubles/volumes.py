"""Contents of volumes as a mount leaves them."""

from collections.abc import Iterable
from typing import Any

from provider import model
from provider.service.volumes import volume_content
from provider.shapes import renderer, response

OBJECT = model.Object("o", None, response.Response())


def rendered(wanted: model.Object = OBJECT, *files: model.File, stable: bytes = b"") -> renderer.Rendered:
    """One object as it was rendered."""
    return renderer.Rendered(wanted, files, stable)


def content(
    *objects: renderer.Rendered, reads: Iterable[model.Read] = (), digest: str = "digest", **fields: Any
) -> volume_content.Content:
    """What the driver was given: one empty object if no others are named, made of responses of an unknown date."""
    dated = tuple((read, None) for read in reads)
    return volume_content.Content(digest, objects or (rendered(),), **{"reads": dated, **fields})
