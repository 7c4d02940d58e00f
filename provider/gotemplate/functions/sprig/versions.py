"""Semantic versions as Go's Masterminds/semver reads and orders them."""

import re
from dataclasses import dataclass, replace
from typing import Final

from provider.golang import failures

LONGEST: Final = 1000
"""Characters of a version or a constraint; longer ones are refused, for looking at them may take a while."""

_IDENTIFIERS: Final = r"[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*"
EXTRAS: Final = rf"(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?"

_VERSION: Final = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?{EXTRAS}\Z")
_PRERELEASE: Final = re.compile(rf"{_IDENTIFIERS}\Z")
_NUMBER: Final = re.compile(r"[0-9]+\Z")
_LARGEST: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Version:
    """A version. What was built from it, and how it was written, do not count for its order."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    metadata: str = ""
    original: str = ""

    def __str__(self) -> str:
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        metadata = f"+{self.metadata}" if self.metadata else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{metadata}"

    @property
    def rank(self) -> tuple[int, int, int, bool, list[tuple[int, int, str]]]:
        """What orders versions."""
        parts = [_part_rank(part) for part in self.prerelease.split(".")] if self.prerelease else []
        return self.major, self.minor, self.patch, not self.prerelease, parts

    def matches(self, other: "Version") -> bool:
        """Whether they are of the same order, whatever their metadata."""
        return self.rank == other.rank

    def __lt__(self, other: "Version") -> bool:
        return self.rank < other.rank

    def next_patch(self) -> "Version":
        """The version that follows in patch; of a prerelease it is the release."""
        patch = self.patch if self.prerelease else (self.patch + 1) & _LARGEST
        return _written(replace(self, patch=patch, prerelease="", metadata=""))

    def next_minor(self) -> "Version":
        """The version that follows in minor."""
        minor = (self.minor + 1) & _LARGEST
        return _written(replace(self, minor=minor, patch=0, prerelease="", metadata=""))

    def next_major(self) -> "Version":
        """The version that follows in major."""
        major = (self.major + 1) & _LARGEST
        return _written(replace(self, major=major, minor=0, patch=0, prerelease="", metadata=""))

    def with_prerelease(self, prerelease: str) -> "Version":
        """The same version with this prerelease.

        Raises:
            failures.Failed: it is none.
        """
        _check_prerelease(prerelease)
        return _written(replace(self, prerelease=prerelease))

    def with_metadata(self, metadata: str) -> "Version":
        """The same version with this metadata.

        Raises:
            failures.Failed: it is none.
        """
        _check(metadata)
        return _written(replace(self, metadata=metadata))


def _written(version: Version) -> Version:
    """The same version, and written so: with a `v` if the one that it is made from has one."""
    prefix = "v" if version.original.startswith("v") else ""
    return replace(version, original=f"{prefix}{version}")


def _part_rank(part: str) -> tuple[int, int, str]:
    """Numbers by size, and before names."""
    if _NUMBER.match(part) and int(part) <= _LARGEST:
        return 0, int(part), ""
    return 1, 0, part


def _check(identifiers: str) -> None:
    if identifiers and (len(identifiers) > LONGEST or not _PRERELEASE.match(identifiers)):
        raise failures.Failed("invalid characters in what follows a version")


def _check_prerelease(prerelease: str) -> None:
    _check(prerelease)
    if any(len(part) > 1 and part[0] == "0" and _NUMBER.match(part) for part in prerelease.split(".")):
        raise failures.Failed("a number of the prerelease begins with 0")


def parse(text: str) -> Version:
    """A version as it may be written: with a `v`, without minor or patch.

    Raises:
        failures.Failed: it is none.
    """
    match = _VERSION.match(text) if len(text) <= LONGEST else None
    if not match:
        raise failures.Failed("Invalid Semantic Version")
    major, minor, patch = (int(part or "0") for part in match.group(1, 2, 3))
    if max(major, minor, patch) > _LARGEST:
        raise failures.Failed("a number of the version is too large")
    prerelease = match.group(4) or ""
    _check_prerelease(prerelease)
    return Version(major, minor, patch, prerelease, match.group(5) or "", text)
