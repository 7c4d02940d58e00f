"""The version: in `provider/__init__.py`, and written from there into the texts that name an image."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

SOURCE: Final = "provider/__init__.py"
_VERSION: Final = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_NUMBERS: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")

PLACES: Final[Mapping[str, Sequence[str]]] = {
    SOURCE: ['__version__ = "{}"'],
    "Dockerfile": ["vault-csi-provider:{}", 'org.opencontainers.image.version="{}"'],
    "README.md": ["vault-csi-provider:{}", "csi.image.tag={}"],
    "deploy/kustomize/base/daemon-set.yaml": ["image: vault-csi-provider:{}"],
    "deploy/kustomize/kustomization.yaml": ["newTag: {}"],
}
"""Files, and the texts in each that hold the version at `{}`."""


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version, to compare by.

    Raises:
        ValueError: it is not of the form 1.2.3.
    """
    match = _NUMBERS.fullmatch(version)
    if match is None:
        raise ValueError(f"{version!r} is not a version such as 1.2.3")
    return tuple(map(int, match.groups()))


def current(root: Path) -> str:
    """Return the version of a tree."""
    match = _VERSION.search((root / SOURCE).read_text(encoding="utf-8"))
    if match is None:
        raise LookupError(f"{SOURCE} has no __version__")
    return match.group(1)


def missing(root: Path) -> list[str]:
    """Return the places that do not hold the version of their tree."""
    version = current(root)
    texts = {name: (root / name).read_text(encoding="utf-8") for name in PLACES}
    return [
        f"{name}: {place.format(version)}"
        for name, places in PLACES.items()
        for place in places
        if place.format(version) not in texts[name]
    ]


def write(root: Path, version: str) -> None:
    """Put another version into every place.

    Raises:
        LookupError: a place does not hold the version of today.
    """
    if absent := missing(root):
        raise LookupError(f"the version of today is missing in {'; '.join(absent)}")
    before = current(root)
    for name, places in PLACES.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        for place in places:
            text = text.replace(place.format(before), place.format(version))
        path.write_text(text, encoding="utf-8")
