"""The namespaces of a node end with whoever asked for them, and leave nothing. No server is needed."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.real.node import namespaces

pytestmark = pytest.mark.real

ENTER = """
import pathlib, sys
from tests.real.node import namespaces
namespaces.end_by_exception()
sys.exit(namespaces.enter(pathlib.Path(sys.argv[1]), sys.argv[2:]))
"""
ROOT = Path("/sys/fs/cgroup")
Start = Callable[[Sequence[str]], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs a command within namespaces of a node whose directory is tmp_path."""
    if namespaces.directory() is not None:
        pytest.skip("these namespaces are the node's own")
    if missing := namespaces.missing():
        pytest.skip(f"namespaces need {missing}")
    started: list[subprocess.Popen[bytes]] = []

    def enter(command: Sequence[str]) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", ENTER, str(tmp_path), *command])
        started.append(process)
        return process

    yield enter
    for process in started:
        process.kill()
        process.wait()
    _await(lambda: not _running(tmp_path))
    namespaces.clear(tmp_path)


def test_the_exit_code_is_the_commands(start: Start, tmp_path: Path) -> None:
    """And the control groups that containers left behind are gone."""
    assert start(_shell(tmp_path, "exit 5")).wait(30) == 5
    assert not _groups(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_who_asked(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    """Asked to end, or killed, which leaves it no time to clear away: what runs within ends."""
    process = start(_shell(tmp_path, "sleep 1000"))
    _await(lambda: len(_groups(tmp_path)) == len(_hierarchies()))
    assert any(each.startswith("sh ") for each in _running(tmp_path))
    process.send_signal(number)
    process.wait(60)
    _await(lambda: not _running(tmp_path))
    if number != signal.SIGKILL:
        assert not _groups(tmp_path)


def _shell(node: Path, then: str) -> list[str]:
    """Makes a group for a container in every hierarchy, as runc does, and goes on."""
    groups = " ".join(str(top / namespaces.cgroup(node) / "pod") for top in _hierarchies())
    return ["sh", "-c", f"mkdir -p {groups}; {then}", str(node)]


def _hierarchies() -> list[Path]:
    """Where control groups are made: version 2's one root, or the root of each controller."""
    return [ROOT] if (ROOT / "cgroup.procs").exists() else [each.parent for each in ROOT.glob("*/cgroup.procs")]


def _groups(node: Path) -> list[Path]:
    made = [top / namespaces.cgroup(node) / "pod" for top in _hierarchies()]
    return [each for each in made if each.exists()]


def _running(node: Path) -> list[str]:
    """The command lines that name the node."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(file.read_bytes().replace(b"\0", b" ").decode())
    return [each for each in found if str(node) in each]


def _await(look: Callable[[], bool], patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)
