"""Builds the wheel and the source distribution, and compares what is in them with the tree."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCES: Final = ("pyproject.toml", "README.md", "LICENSE")
"""What a build needs besides the package."""

_ABOUT: Final = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}


class BuildFailed(Exception):
    """What the build said."""


@dataclass(frozen=True, slots=True)
class Built:
    """The two files."""

    wheel: Path
    source: Path


def build(root: Path, directory: Path) -> Built:
    """Build both into `directory`, which must exist; the wheel is made from the source distribution.

    It is done in a copy: a build leaves files behind, and would later take them for the project's own.

    Raises:
        BuildFailed: says what the build said.
    """
    copy = directory / "build"
    shutil.copytree(root / "provider", copy / "provider", ignore=shutil.ignore_patterns("__pycache__"))
    for name in SOURCES:
        shutil.copy(root / name, copy)
    # Without isolation: setuptools is in the environment, and nothing is fetched.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{done.stdout}{done.stderr}")
    shutil.rmtree(copy)
    [wheel], [source] = directory.glob("*.whl"), directory.glob("*.tar.gz")
    return Built(wheel, source)


def package(root: Path) -> set[str]:
    """Return the files that are installed: modules, stubs and the marker of types, without the dev servers."""
    files = [
        path.relative_to(root) for suffix in ("py", "pyi", "typed") for path in root.glob(f"provider/**/*.{suffix}")
    ]
    return {path.as_posix() for path in files if path.parts[1] != "dev"}


def problems(root: Path, built: Built) -> list[str]:
    """Return what is in one of the two and should not be, or is missing."""
    with zipfile.ZipFile(built.wheel) as wheel:
        in_wheel = set(wheel.namelist())
    about = "-".join(built.wheel.name.split("-")[:2]) + ".dist-info"
    expected = package(root) | {f"{about}/{name}" for name in _ABOUT}
    found = _different(built.wheel, in_wheel, expected)
    top = built.source.name.removesuffix(".tar.gz")
    with tarfile.open(built.source) as source:
        in_source = {each.name.removeprefix(f"{top}/") for each in source.getmembers() if each.isfile()}
    generated = {name for name in in_source if name.startswith("vault_csi_provider.egg-info/")}
    return found + _different(built.source, in_source - generated, package(root) | {*SOURCES, "PKG-INFO", "setup.cfg"})


def _different(path: Path, found: set[str], expected: set[str]) -> list[str]:
    return [
        *(f"{path.name}: {name} does not belong there" for name in sorted(found - expected)),
        *(f"{path.name}: {name} is missing" for name in sorted(expected - found)),
    ]
