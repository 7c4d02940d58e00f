"""One node for all of its tests, which run within its namespaces (`make node`); elsewhere they are skipped by name."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.real.node import namespaces, needs, stage

_STAGE: pytest.StashKey[stage.Stage] = pytest.StashKey()


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[stage.Stage]:
    """The node, shared by the whole run: a test takes names of its own."""
    directory = namespaces.directory()
    if directory is None:
        missing = needs.missing()
        pytest.skip(f"a node needs {missing}" if missing else "it runs in namespaces of its own: make node")
    # Within, a part that does not start is a failure: everything was found before.
    with stage.running(directory) as running:
        request.config.stash[_STAGE] = running
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A failing test prints the end of each log."""
    report = yield
    running = item.config.stash.get(_STAGE, None)
    if report.when == "call" and report.failed and running is not None:
        report.sections.append(("the ends of the node's logs", running.progress()))
    return report
