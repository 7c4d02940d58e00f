"""A steady load: workers that mount new pods, and workers that republish theirs, each on its own beat."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from tests.real.faults import mounts
from tests.real.faults import stage as stages

WORKERS: Final = 20
"""Of each kind."""

BEAT: Final = 10.0
"""Seconds between two mounts of one worker: four mounts a second in all, where there are two kinds."""

Fault = Callable[[mounts.Caller], Awaitable[None]]
"""What happens while the load runs."""


async def run(
    stage: stages.Stage,
    fault: Fault,
    *,
    seconds: float,
    parameters: Mapping[str, str] | None = None,
    beat: float = BEAT,
    kinds: Sequence[mounts.Kind] = (mounts.NEW, mounts.AGAIN),
) -> mounts.Outcome:
    """Mount for a while, with a fault beside it; returns when every mount has ended.

    Args:
        stage: where.
        fault: gets the caller, to mark moments or to mount more.
        seconds: how long mounts are begun.
        parameters: over the class's own, vaultAddress for one.
        beat: seconds between two mounts of a worker.
        kinds: of mounts; each has its own workers.
    """
    fresh = int(WORKERS * (seconds / beat + 1))
    subjects = {kind.name: await asyncio.to_thread(stage.subjects, WORKERS if kind.again else fresh) for kind in kinds}
    async with mounts.calling(stage, parameters) as caller:
        # Republishing pods are mounted already, before anything is measured.
        await asyncio.gather(
            *(caller.mount(subject, kind.parameters) for kind in kinds if kind.again for subject in subjects[kind.name])
        )
        caller.started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for row, kind in enumerate(kinds):
                new = iter(subjects[kind.name])
                for number in range(WORKERS):
                    # Each worker has its own place in the beat, and each kind comes between the others.
                    first = caller.started + (number + row / len(kinds)) / WORKERS * beat
                    mine = itertools.repeat(subjects[kind.name][number]) if kind.again else new
                    group.create_task(_work(caller, kind, mine, first, beat, end=caller.started + seconds))
            await fault(caller)
        return caller.outcome


async def _work(
    caller: mounts.Caller,
    kind: mounts.Kind,
    subjects: Iterator[stages.Subject],
    first: float,
    beat: float,
    *,
    end: float,
) -> None:
    due = first
    while due < end:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        await caller.sample(kind, next(subjects))
        # A worker that was held up goes on with its next beat; it does not make up for the missed ones.
        due = max(due + beat, time.monotonic())
