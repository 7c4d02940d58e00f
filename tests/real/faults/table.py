"""All faults, in the order in which they are played."""

from typing import Final

from tests.real.faults import api_server, provider_itself, scenario, tokens, vault_answers, vault_servers

SCENARIOS: Final = (
    *provider_itself.SCENARIOS,
    *vault_servers.SCENARIOS,
    *vault_answers.SCENARIOS,
    *api_server.SCENARIOS,
    *tokens.SCENARIOS,
)


def row(played: scenario.Scenario, result: scenario.Result) -> str:
    """A line for people: fault, what was measured, the bar, and whether it was reached."""
    return f"| {played.fault} | {result.measured} | {played.bar} | {'yes' if result.reached else 'NO'} |"


HEAD: Final = "| fault | measured | bar | reached |\n|---|---|---|---|"
