"""Fails a run with `--cov` where a package is covered less than its floor: a plugin, `pytest -p tests.coverage_floors`.

What is compared is coverage.py's own figure: statements and branches together, in percent.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import coverage
import pytest

FLOORS: Final[Mapping[str, float]] = {
    "provider/spec/": 97,
    "provider/shapes/": 97,
    "provider/vault/retry.py": 100,
    "provider/vault/leases.py": 97,
    "provider/vault/sessions.py": 95,
    "provider/service/": 96,
}
"""The least percentage by package or module. What a change covers better may raise its floor; none is lowered."""

_ROOT: Final = Path(__file__).parents[1]
_FOUND: Final = pytest.StashKey[dict[str, float]]()


def percentages(files: Mapping[str, Mapping[str, Any]], packages: Iterable[str]) -> dict[str, float]:
    """Sums up what is covered of each package.

    Args:
        files: by path, the summaries of coverage.py's JSON report.
        packages: how the paths of each begin.

    Raises:
        LookupError: one of them names something that is not there.
    """
    found: dict[str, float] = {}
    for name in packages:
        within = [each["summary"] for path, each in files.items() if path.startswith(name)]
        if not within:
            raise LookupError(f"nothing is measured of {name}: has it been renamed?")
        covered = sum(each["covered_lines"] + each["covered_branches"] for each in within)
        found[name] = 100 * covered / sum(each["num_statements"] + each["num_branches"] for each in within)
    return found


def _measured() -> dict[str, float]:
    data = coverage.Coverage(config_file=str(_ROOT / "pyproject.toml"))
    data.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        data.json_report(outfile=report.name)
        return percentages(json.loads(Path(report.name).read_text(encoding="utf-8"))["files"], FLOORS)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Any:
    """Compare, once pytest-cov has gathered what the workers measured."""
    outcome = yield
    if not hasattr(session.config, "workerinput"):
        session.config.stash[_FOUND] = found = _measured()
        session.testsfailed += any(found[name] < floor for name, floor in FLOORS.items())
    return outcome


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table."""
    if found := config.stash.get(_FOUND, None):
        terminalreporter.section("branch coverage")
        for name, floor in FLOORS.items():
            verdict = "" if found[name] >= floor else f"   FAILED: below the floor of {floor} %"
            terminalreporter.write_line(f"{name:32} {found[name]:6.1f} %{verdict}")
