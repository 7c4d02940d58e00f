"""One bed of real servers for all of tests/real; without them its tests are skipped by name."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.real import bed
from tests.real.servers import programs


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[bed.Bed]:
    """API server, Vault and provider, shared by the whole run: a test takes names of its own."""
    try:
        starting = bed.running(tmp_path_factory.mktemp("bed"))
        with starting as running:
            request.config.stash[_BED] = running
            yield running
    except programs.NotAvailable as error:
        pytest.skip(str(error))


_BED: pytest.StashKey[bed.Bed] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A failing test prints the end of each server's log."""
    report = yield
    running = item.config.stash.get(_BED, None)
    if report.when == "call" and report.failed and running is not None and "parts" in getattr(item, "fixturenames", ()):
        for process in (running.provider.process, running.vault.process, running.server.process):
            report.sections.append((f"the end of {process.name}'s log", process.tail()))
    return report
