"""The short form of `python -m tests.real.faults`: four faults that a Vault in production is certain to meet."""

from collections.abc import Iterator

import pytest

from tests.real.faults import scenario, stage, table
from tests.real.servers import programs

pytestmark = pytest.mark.real

SHORT = ("killed", "killed-list", "sealed", "empty", "api-paused")


@pytest.fixture(scope="module")
def stage_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Stage]:
    """Three Vault servers behind one address, an API server, the provider."""
    try:
        with stage.running(tmp_path_factory.mktemp("faults")) as running:
            yield running
    except programs.NotAvailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("played", [each for each in table.SCENARIOS if each.name in SHORT], ids=lambda each: each.name)
async def test_mounts_feel_no_more_of_a_fault_than_its_bar_allows(
    stage_of_three: stage.Stage, played: scenario.Scenario
) -> None:
    """Under 20 workers with new pods and 20 that republish theirs."""
    result = await scenario.played(played, stage_of_three)
    assert result.reached, table.row(played, result)
