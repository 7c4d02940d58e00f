"""A steady load: workers that mount new pods, and workers that republish theirs, each on its own beat."""

import asyncio
import functools
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from provider.dev import driver
from tests.real.faults import stage as stages

WORKERS: Final = 20
"""Of each kind."""

BEAT: Final = 10.0
"""Seconds between two mounts of one worker: four mounts a second in all."""

DEADLINE: Final = 110.0
"""Seconds that the caller gives a mount: what a kubelet does, less its own time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One mount: its kind, when it began after the load's start, how long it took, and what went wrong, if anything."""

    kind: str
    began: float
    seconds: float
    error: str = ""


@dataclass(slots=True)
class Outcome:
    """All mounts of a load. `marks` are moments of the scenario, in seconds after the start."""

    samples: list[Sample] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)
    versions: set[tuple[tuple[str, str], ...]] = field(default_factory=set)

    def of(self, kind: str = "") -> list[Sample]:
        """The samples of one kind, or all."""
        return [sample for sample in self.samples if sample.kind == kind or not kind]

    def failed(self, kind: str = "") -> int:
        """How many did not end well."""
        return sum(bool(sample.error) for sample in self.of(kind))

    def slowest(self, kind: str = "", *, since: str = "", until: str = "") -> float:
        """Seconds of the slowest, of those that began between two marks."""
        first = self.marks[since] if since else 0.0
        last = self.marks[until] if until else float("inf")
        return max((sample.seconds for sample in self.of(kind) if first <= sample.began <= last), default=0.0)

    def told(self) -> str:
        """Failures and the slowest, as the table has them."""
        text = f"{self.failed()} of {len(self.samples)} failed, slowest {self.slowest():.1f} s"
        errors = sorted({sample.error for sample in self.samples if sample.error})
        return f"{text}: {errors[0][:200]}" if errors else text


class Load:
    """Mounts on a stage.

    Args:
        stage: where.
        parameters: over the class's own, vaultAddress for one.
        seconds: how long mounts are begun.
        beat: seconds between two mounts of a worker.
        kinds: new, again, or both.
    """

    def __init__(
        self,
        stage: stages.Stage,
        *,
        seconds: float,
        parameters: Mapping[str, str] | None = None,
        beat: float = BEAT,
        kinds: Sequence[str] = ("new", "again"),
    ) -> None:
        self._stage = stage
        self._seconds = seconds
        self._beat = beat
        self._kinds = kinds
        self._parameters = {"roleName": stages.ROLE, "objects": stages.OBJECTS, **(parameters or {})}
        self._driver = driver.DevDriver(stage.provider.sockets)
        self._volumes = stage.directory / "volumes"
        self._started = 0.0
        self.outcome = Outcome()

    def mark(self, name: str) -> None:
        """Remember this moment."""
        self.outcome.marks[name] = time.monotonic() - self._started

    async def run(self, fault: Callable[["Load"], Awaitable[None]]) -> Outcome:
        """Mount for the time given, with `fault` beside it; returns when every mount has ended."""
        fresh = 0 if "new" not in self._kinds else int(WORKERS * (self._seconds / self._beat + 1))
        again = self._stage.subjects(WORKERS) if "again" in self._kinds else []
        new = iter(self._stage.subjects(fresh))
        try:
            # Republishing pods are mounted already, before anything is measured.
            await asyncio.gather(*(self._mount(subject) for subject in again))
            self._started = time.monotonic()
            async with asyncio.TaskGroup() as group:
                for number in range(WORKERS):
                    if again:
                        group.create_task(self._work("again", number, functools.partial(_same, again[number])))
                    if fresh:
                        group.create_task(self._work("new", number + 0.5, lambda: next(new)))
                await fault(self)
        finally:
            await self._driver.close()
            shutil.rmtree(self._volumes, ignore_errors=True)
        return self.outcome

    async def _work(self, kind: str, place: float, subject: Callable[[], stages.Subject]) -> None:
        due = self._started + place * self._beat / WORKERS
        while due < self._started + self._seconds:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self.sample(kind, subject())
            # A worker that was held up goes on with its next beat; it does not make up for the missed ones.
            due = max(due + self._beat, time.monotonic())

    async def sample(self, kind: str, subject: stages.Subject) -> Sample:
        """Mount once and write down what happened."""
        began, error = time.monotonic(), ""
        try:
            await self._mount(subject)
        except driver.PublishFailed as failed:
            error = str(failed)
        made = Sample(kind, began - self._started, time.monotonic() - began, error)
        self.outcome.samples.append(made)
        return made

    async def _mount(self, subject: stages.Subject) -> None:
        target = self._volumes / subject.pod.uid
        mounted = await self._driver.mount(
            "vault", self._parameters, subject.pod, target, subject.tokens, provider_class="faults", timeout=DEADLINE
        )
        if not await asyncio.to_thread(_right, target):
            raise driver.PublishFailed("wrong content", reason="content")
        self.outcome.versions.add(tuple(sorted(mounted.versions.items())))


def _same(subject: stages.Subject) -> stages.Subject:
    return subject


def _right(target: Path) -> bool:
    return all((target / name).read_text() == value for name, value in stages.VALUES.items())
