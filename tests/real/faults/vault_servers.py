"""Vault servers that die, are sealed, stop answering, or are all away."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tests.real.faults import load, mounts, scenario
from tests.real.faults import stage as stages
from tests.real.servers import vault

BEFORE: Final = 3.0
"""Seconds of load before the fault."""

DEAD, SEALED = 0, 503
"""Healths of a server that is lost."""


async def _without_leader(
    stage: stages.Stage, address: str, lose: Callable[[vault.Vault], None], *, health: int
) -> scenario.Result:
    """The active server is lost in some way, is at that health then, and the others elect another."""
    outage = 0.0
    lost = False

    async def fault(_: mounts.Caller) -> None:
        nonlocal outage, lost
        await asyncio.sleep(BEFORE)
        leader = await asyncio.to_thread(stage.vaults.active)
        began = time.monotonic()
        await asyncio.to_thread(lose, leader)
        await asyncio.to_thread(stage.vaults.active)
        outage = time.monotonic() - began
        lost = await asyncio.to_thread(leader.health) == health
        await asyncio.sleep(max(0.0, 10.0 - outage))
        if health == DEAD:
            await asyncio.to_thread(stage.vaults.restart, leader)

    seen = await load.run(stage, fault, seconds=16.0, parameters={"vaultAddress": address})
    reached = lost and seen.failed() == 0 and seen.slowest() <= outage + 2.0 and len(seen.samples) >= 2 * load.WORKERS
    message = f"{seen.summary()}; no leader for {outage:.1f} s{'' if lost else '; the server was not lost'}"
    return scenario.Result(message, reached)


async def killed(stage: stages.Stage) -> scenario.Result:
    """Behind a Service."""
    return await _without_leader(stage, stage.service.address, lambda leader: leader.process.kill(), health=DEAD)


async def killed_of_list(stage: stages.Stage) -> scenario.Result:
    """With all addresses in the class."""
    return await _without_leader(stage, stage.vaults.addresses, lambda leader: leader.process.kill(), health=DEAD)


async def sealed(stage: stages.Stage) -> scenario.Result:
    """Behind a Service."""
    return await _without_leader(stage, stage.service.address, lambda leader: leader.seal(), health=SEALED)


async def sealed_of_list(stage: stages.Stage) -> scenario.Result:
    """With all addresses in the class."""
    return await _without_leader(stage, stage.vaults.addresses, lambda leader: leader.seal(), health=SEALED)


async def paused(stage: stages.Stage) -> scenario.Result:
    """The active server keeps its connections open and answers nothing; when it wakes it still thinks it leads."""

    async def fault(_: mounts.Caller) -> None:
        await asyncio.sleep(BEFORE)
        leader = await asyncio.to_thread(stage.vaults.active)
        leader.process.pause()
        await asyncio.sleep(13.0)
        leader.process.resume()

    seen = await load.run(stage, fault, seconds=22.0)
    return scenario.Result(seen.summary(), seen.failed() == 0)


async def all_down(stage: stages.Stage) -> scenario.Result:
    """Nobody for 20 seconds, and then sealed servers that are opened one after the other."""
    away = 0.0

    async def fault(caller: mounts.Caller) -> None:
        nonlocal away
        await asyncio.sleep(BEFORE)
        began = time.monotonic()
        for node in stage.vaults.nodes:
            node.process.kill()
        await asyncio.sleep(20.0)
        for node in stage.vaults.nodes:
            await asyncio.to_thread(node.start)
        opened = [asyncio.to_thread(stage.vaults.unseal, node) for node in stage.vaults.nodes]
        await asyncio.gather(*opened, asyncio.to_thread(stage.vaults.active))
        away = time.monotonic() - began
        caller.mark("back")

    seen = await load.run(stage, fault, seconds=35.0)
    late = seen.after("back")
    return scenario.Result(
        f"{seen.summary()}; away for {away:.1f} s, the last waited {late:.1f} s more",
        seen.failed() == 0 and late < 2.0,
    )


SCENARIOS: Final = (
    scenario.Scenario("killed", "leader killed, back after 10 s", "0 failed, slowest < outage + 2 s", 45.0, killed),
    scenario.Scenario(
        "killed-list", "the same, all addresses with commas", "0 failed, slowest < outage + 2 s", 45.0, killed_of_list
    ),
    scenario.Scenario("sealed", "active server sealed", "0 failed, slowest < outage + 2 s", 45.0, sealed),
    scenario.Scenario(
        "sealed-list", "the same, all addresses with commas", "0 failed, slowest < outage + 2 s", 45.0, sealed_of_list
    ),
    scenario.Scenario("paused", "active server paused 13 s", "0 failed", 60.0, paused),
    scenario.Scenario(
        "all-down", "all servers down 20 s, then unsealed", "0 failed, < 2 s after Vault's return", 90.0, all_down
    ),
)
