"""A row of the table: a fault, how it is played, and the bar that it is held against."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tests.real.faults import stage as stages
from tests.real.servers import programs, vault

SLACK: Final = 1.0
"""Seconds that a bystander's mount may take: milliseconds without load, and 40 workers and all servers on two cores."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a fault did to mounts, in words and figures, and whether that is within the bar."""

    measured: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault.

    Attributes:
        name: for the command line.
        fault: what goes wrong.
        bar: what mounts may feel of it.
        limit: seconds that it may take.
        play: does it; leaves the stage to `Stage.healed`, but for what only it knows of.
    """

    name: str
    fault: str
    bar: str
    limit: float
    play: Callable[[stages.Stage], Awaitable[Result]]


async def played(scenario: Scenario, stage: stages.Stage) -> Result:
    """The verdict; one that says what happened where the scenario could not be played to its end."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(scenario.limit):
            return await scenario.play(stage)
    except TimeoutError:
        return Result(f"not over after {time.monotonic() - began:.0f} s", reached=False)
    except (programs.NotAvailable, vault.Refused, OSError) as error:
        return Result(f"{type(error).__name__}: {error}", reached=False)
    finally:
        await asyncio.to_thread(stage.healed)
