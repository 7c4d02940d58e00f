"""What the driver is given for one volume: files and versions, object by object. Pure."""

from dataclasses import dataclass

from provider import model
from provider.base import secret
from provider.service.volumes import versions, volume_content


@dataclass(frozen=True, slots=True)
class ObjectFiles:
    """One object of a volume: its files, one or more, and its version."""

    wanted: model.Object
    files: tuple[model.File, ...]
    version: str


@dataclass(frozen=True, slots=True)
class VolumeFiles:
    """A whole volume, in the order of the SPC."""

    objects: tuple[ObjectFiles, ...]
    warnings: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[model.File, ...]:
        """Every file of the volume."""
        return tuple(file for one in self.objects for file in one.files)


def of(content: volume_content.Content, key: secret.Secret | None) -> VolumeFiles:
    """The files of a content, with versions by the HMAC key (empty ones without)."""
    objects = (
        ObjectFiles(one.wanted, one.files, versions.of_object(key, one.wanted, one.stable)) for one in content.objects
    )
    return VolumeFiles(tuple(objects), content.warnings)


@dataclass(frozen=True, slots=True)
class Answer:
    """Files once made, and what they were made of."""

    content: volume_content.Content
    key: secret.Secret | None
    files: VolumeFiles
