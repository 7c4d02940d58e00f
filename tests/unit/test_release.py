"""Releases: one version, what may follow it, and what the tag says."""

import re
import subprocess
from pathlib import Path

import pytest

from tools import release, versions

ROOT = Path(__file__).parents[2]

CHANGELOG = """# Changelog

<!-- towncrier release notes start -->

## 1.2.0 (2026-01-02)

### Added

- Something new.

## 1.10.0 (2025-12-01)

### Fixed

- Something old.
"""


def test_the_version_is_the_same_everywhere() -> None:
    """Image, manifests and README carry the version of the code."""
    assert versions.missing(ROOT) == []


def test_every_image_that_is_named_is_a_known_place() -> None:
    """A new mention of the image or its tag is one that a release writes."""
    mention = re.compile(
        r"vault-csi-provider:[0-9][0-9.]*|(?:newTag: |image\.tag=|image\.version=\"|__version__ = \")[0-9.]+"
    )
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    if not tracked:
        pytest.skip("this is not a checkout of git")
    for name in tracked:
        if name.startswith(("tests/", "changes/")) or name in ("CHANGELOG.md", "requirements.lock"):
            continue
        found = mention.findall((ROOT / name).read_text(encoding="utf-8"))
        assert not found or name in versions.PLACES, (name, found)


def _tree(directory: Path, version: str = "1.2.0") -> Path:
    for name, places in versions.PLACES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(place.format(version) + "\n" for place in places))
    (directory / "CHANGELOG.md").write_text(CHANGELOG)
    return directory


def test_a_version_is_written_into_every_place(tmp_path: Path) -> None:
    """And nowhere else."""
    root = _tree(tmp_path)
    (root / "README.md").write_text("vault-csi-provider:1.2.0 csi.image.tag=1.2.0, since 1.2.0\n")
    versions.write(root, "2.0.0")
    assert versions.current(root) == "2.0.0"
    assert versions.missing(root) == []
    assert (root / "README.md").read_text() == "vault-csi-provider:2.0.0 csi.image.tag=2.0.0, since 1.2.0\n"


def test_a_place_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """It names the file and the text."""
    root = _tree(tmp_path)
    (root / "deploy/kustomize/kustomization.yaml").write_text("newTag: 1.1.0\n")
    with pytest.raises(LookupError, match=r"deploy/kustomize/kustomization\.yaml: newTag: 1\.2\.0"):
        versions.write(root, "2.0.0")


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.2.0", "has been released"),
        ("1.10.0", "has been released"),
        ("1.1.9", "older than 1.2.0"),
        ("1.2", "not a version such as 1.2.3"),
        ("v1.3.0", "not a version such as 1.2.3"),
        ("1.03.0", "not a version such as 1.2.3"),
    ],
)
def test_a_version_that_cannot_follow_is_refused(tmp_path: Path, version: str, why: str) -> None:
    """Before anything is written."""
    with pytest.raises(release.NotPossible, match=why):
        release.check(_tree(tmp_path), version)


@pytest.mark.parametrize("version", ["1.2.1", "1.3.0", "1.11.0", "2.0.0"])
def test_a_newer_version_can_follow(tmp_path: Path, version: str) -> None:
    """Numbers are compared as numbers."""
    release.check(_tree(tmp_path), version)


def test_the_tag_has_the_section_of_its_version() -> None:
    """Without the heading, and without the section below."""
    assert release.section(CHANGELOG, "1.2.0") == "### Added\n\n- Something new."
    assert release.section(CHANGELOG, "1.10.0") == "### Fixed\n\n- Something old."
