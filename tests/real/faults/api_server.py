"""An API server that hangs or is away: Vault needs it for kubernetes logins, and nobody else may."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tests.real.faults import load, mounts, scenario
from tests.real.faults import stage as stages

AWAY: Final = 20.0
BAR: Final = 0.1
"""Seconds for a mount that needs no API server."""

BY_JWT: Final = mounts.Kind("new by jwt", parameters={"vaultAuthMountPath": stages.JWT})
STUCK: Final = mounts.Kind("stuck")
PODS: Final = 5
"""That are stuck: mounted again every second, by two callers at once, while their logins fail."""

LOGINS: Final = 8
"""Logins of each stuck pod at most: pauses double from 0.4 s to 10 s."""

LATEST: Final = 11.0
"""Seconds after the API server's return until each stuck pod is mounted at the latest: the longest pause, and a try."""


async def _without_api_server(
    stage: stages.Stage, lose: Callable[[], None], back: Callable[[], None], meanwhile: load.Fault
) -> mounts.Outcome:
    async def fault(caller: mounts.Caller) -> None:
        await asyncio.sleep(2.0)
        lose()
        await meanwhile(caller)
        await asyncio.to_thread(back)
        caller.mark("back")

    kinds = (mounts.AGAIN, BY_JWT, mounts.NEW)
    return await load.run(stage, fault, seconds=AWAY + 2.0, beat=load.BEAT * 1.5, kinds=kinds)


def _unmoved(seen: mounts.Outcome) -> tuple[str, bool]:
    """Republished pods, and new ones that log in by jwt: at once, and with the same versions."""
    kinds = (mounts.AGAIN.name, BY_JWT.name)
    message = "; ".join(f"{kind}: {seen.summary(kind)}" for kind in kinds)
    well = all(seen.of(kind) and not seen.failed(kind) and seen.slowest(kind) < BAR for kind in kinds)
    return f"{message}; {len(seen.versions)} set of versions", well and len(seen.versions) == 1


async def paused(stage: stages.Stage) -> scenario.Result:
    """It answers nothing, and Vault waits for it."""
    server = stage.server.process
    seen = await _without_api_server(stage, server.pause, server.resume, lambda _: asyncio.sleep(AWAY))
    message, well = _unmoved(seen)
    new = mounts.NEW.name
    waited = f"new by kubernetes: {seen.summary(new)}, {seen.after('back', new):.1f} s after its return"
    return scenario.Result(f"{message}; {waited}", well and seen.failed(new) == 0)


async def killed(stage: stages.Stage) -> scenario.Result:
    """Vault refuses kubernetes logins at once: with "permission denied", as it does those of a wrong account."""
    subjects = await asyncio.to_thread(stage.subjects, PODS)
    names = [subject.pod.name for subject in subjects]
    since = len(stage.audited())
    logins = tries = 0

    async def again(caller: mounts.Caller, together: int) -> list[mounts.Sample]:
        return await asyncio.gather(*(caller.sample(STUCK, subject) for subject in subjects for _ in range(together)))

    async def meanwhile(caller: mounts.Caller) -> None:
        nonlocal logins, tries
        ends = time.monotonic() + AWAY
        while time.monotonic() < ends:
            await again(caller, 2)
            tries += 2
            await asyncio.sleep(1.0)
        logins = max(stage.logins(since, name) for name in names)

    process = stage.server.process
    seen = await _without_api_server(stage, process.kill, process.start, meanwhile)
    async with mounts.calling(stage) as caller:
        while any(sample.error for sample in await again(caller, 1)) and caller.outcome.samples[-1].ended < LATEST:
            await asyncio.sleep(0.5)
        late = caller.outcome.samples[-1].ended
    message, well = _unmoved(seen)
    return scenario.Result(
        f"{message}; {logins} logins of a stuck pod in {tries} tries, mounted {late:.1f} s after",
        well and 0 < logins <= LOGINS and late < LATEST and seen.failed(STUCK.name) == tries * PODS,
    )


SCENARIOS: Final = (
    scenario.Scenario(
        "api-paused",
        "API server paused 20 s",
        f"republish and jwt < {BAR} s, kubernetes logins wait, versions kept",
        60.0,
        paused,
    ),
    scenario.Scenario(
        "api-killed",
        "API server killed 20 s",
        f"republish and jwt < {BAR} s, versions kept, at most {LOGINS} failing logins a pod",
        75.0,
        killed,
    ),
)
