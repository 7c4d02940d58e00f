"""Many pods at once, and a provider that is killed amid them."""

import asyncio
import time
from typing import Final

from tests.real.faults import mounts, scenario
from tests.real.faults import stage as stages

PODS: Final = 100


async def burst(stage: stages.Stage) -> scenario.Result:
    """A node that comes back, or a deployment that is scaled: every pod is new and logs in."""
    subjects = await asyncio.to_thread(stage.subjects, PODS)
    async with mounts.calling(stage) as caller:
        await asyncio.gather(*(caller.sample(mounts.NEW, subject) for subject in subjects))
        seen = caller.outcome
    return scenario.Result(seen.summary(), seen.failed() == 0 and seen.slowest() < 3.0)


async def killed(stage: stages.Stage) -> scenario.Result:
    """SIGKILL when a burst is under way; the kubelet starts it again at once."""
    subjects = await asyncio.to_thread(stage.subjects, PODS)
    process = stage.provider.process
    async with mounts.calling(stage) as caller:
        burst = asyncio.gather(*(caller.sample(mounts.NEW, subject) for subject in subjects))
        await asyncio.sleep(0.3)
        process.kill()
        killed = time.monotonic() - caller.started
        started = asyncio.ensure_future(asyncio.to_thread(process.start))
        # Answers that were given before still come in for some milliseconds, and no new process serves so soon.
        await asyncio.sleep(0.1)
        before = len(caller.outcome.samples)
        await started
        await burst
        seen = caller.outcome
    first = seen.samples[before].ended - killed
    message = f"{seen.summary()}; {before} were done before; first success {first:.2f} s after"
    return scenario.Result(message, seen.failed() == 0 and before < PODS and first < 2.0)


SCENARIOS: Final = (
    scenario.Scenario("none", f"none, {PODS} new pods at once", "0 failed, slowest < 3 s", 30.0, burst),
    scenario.Scenario(
        "provider-killed", "provider killed (-9) in a burst", "0 failed, first success < 2 s", 45.0, killed
    ),
)
