"""Which Pythons `make test-all` finds."""

import stat
from pathlib import Path

from tools import pythons


def _program(path: Path, code: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_supported_are_those_of_the_classifiers() -> None:
    """In order, from the oldest that pyproject.toml requires."""
    assert pythons.supported()[0] == "3.11"
    assert pythons.supported() == sorted(pythons.supported(), key=lambda version: int(version.partition(".")[2]))


def test_one_on_the_path_comes_first(tmp_path: Path) -> None:
    """Unless it does not run: pyenv's shims refuse a version that is not chosen."""
    shim = _program(tmp_path / "shims" / "python3.12", 127)
    environment = {"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}
    assert pythons.find("3.12", environment) is None
    _program(tmp_path / "pyenv/versions/3.12.9/bin/python", 0)
    newest = _program(tmp_path / "pyenv/versions/3.12.10/bin/python", 0)
    _program(tmp_path / "pyenv/versions/3.12.11-debug/bin/python", 0)
    assert pythons.find("3.12", environment) == newest
    _program(shim, 0)
    assert pythons.find("3.12", environment) == shim
