"""requirements.lock: what `make setup` and the image install."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ASKED = [
    *PROJECT["project"]["dependencies"],
    *(line for group in PROJECT["dependency-groups"].values() for line in group),
]


def normal(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_lines_are_exact() -> None:
    """Each line is one name and one version: no address, no hash, no condition, nothing twice."""
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []
    locked = [normal(line.partition("==")[0]) for line in LINES]
    assert len(locked) == len(set(locked))


@pytest.mark.parametrize("asked", ASKED)
def test_everything_asked_for_is_locked(asked: str) -> None:
    """Every package that pyproject.toml names has its version here."""
    match = re.match(r"[A-Za-z0-9._-]+", asked)
    assert match is not None
    assert normal(match.group()) in {normal(line.partition("==")[0]) for line in LINES}
