"""Mounts as a kubelet has them made, and what became of each."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from provider.dev import driver
from tests.real.faults import stage as stages

DEADLINE: Final = 110.0
"""Seconds that the caller gives a mount: what a kubelet does, less its own time."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mounts: of a new pod each, or again of the same one; with parameters over those of all."""

    name: str
    again: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)


NEW: Final = Kind("new")
AGAIN: Final = Kind("again", again=True)


@dataclass(frozen=True, slots=True)
class Sample:
    """One mount: its kind, when it began after the caller's start, its seconds, and what went wrong, if anything."""

    kind: str
    began: float
    seconds: float
    error: str = ""

    @property
    def ended(self) -> float:
        """When, in seconds after the caller's start."""
        return self.began + self.seconds


@dataclass(slots=True)
class Outcome:
    """All mounts of a caller.

    Attributes:
        samples: in the order of their ends.
        marks: moments of the scenario, in seconds after the start.
        versions: every set of versions that was returned.
    """

    samples: list[Sample] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)
    versions: set[tuple[tuple[str, str], ...]] = field(default_factory=set)

    def of(self, kind: str = "") -> list[Sample]:
        """The samples of one kind, or all."""
        return [sample for sample in self.samples if sample.kind == kind or not kind]

    def failed(self, kind: str = "") -> int:
        """How many did not end well."""
        return sum(bool(sample.error) for sample in self.of(kind))

    def slowest(self, kind: str = "") -> float:
        """Seconds of the slowest."""
        return max((sample.seconds for sample in self.of(kind)), default=0.0)

    def after(self, mark: str, kind: str = "") -> float:
        """Seconds that the slowest still took once a moment had come, of the mounts that ended later than that."""
        moment = self.marks[mark]
        return max((one.ended - max(moment, one.began) for one in self.of(kind) if one.ended > moment), default=0.0)

    def summary(self, kind: str = "") -> str:
        """Failures and the slowest, as the table has them."""
        samples = self.of(kind)
        text = f"{self.failed(kind)} of {len(samples)} failed, slowest {self.slowest(kind):.2f} s"
        errors = sorted({sample.error for sample in samples if sample.error})
        return f"{text}: {errors[0][:300]}" if errors else text


class Caller:
    """Calls the stage's provider as one node's driver does.

    Attributes:
        outcome: what became of all mounts so far.
    """

    def __init__(self, stage: stages.Stage, parameters: Mapping[str, str] | None = None) -> None:
        """Describe it; `parameters` go over the class's own."""
        self.outcome = Outcome()
        self._parameters = {"roleName": stages.ROLE, "objects": stages.OBJECTS, **(parameters or {})}
        self._driver = driver.DevDriver(stage.provider.sockets)
        self._volumes = stage.directory / "volumes"
        self.started = time.monotonic()

    def mark(self, name: str) -> None:
        """Remember this moment."""
        self.outcome.marks[name] = time.monotonic() - self.started

    async def sample(
        self,
        kind: Kind,
        subject: stages.Subject,
        parameters: Mapping[str, str] | None = None,
        *,
        deadline: float = DEADLINE,
    ) -> Sample:
        """Mount once, with more parameters if need be, and write down what happened."""
        began, error = time.monotonic(), ""
        try:
            await self.mount(subject, {**kind.parameters, **(parameters or {})}, deadline=deadline)
        except driver.PublishFailed as failed:
            error = str(failed)
        made = Sample(kind.name, began - self.started, time.monotonic() - began, error)
        self.outcome.samples.append(made)
        return made

    async def mount(
        self, subject: stages.Subject, parameters: Mapping[str, str], *, deadline: float = DEADLINE
    ) -> None:
        """Mount once, unrecorded.

        Raises:
            driver.PublishFailed: it failed, or the files are not what they must be.
        """
        target = self._volumes / subject.pod.uid
        mounted = await self._driver.mount(
            "vault",
            {**self._parameters, **parameters},
            subject.pod,
            target,
            subject.tokens,
            provider_class="faults",
            timeout=deadline,
        )
        if not await asyncio.to_thread(_right, target):
            raise driver.PublishFailed("wrong content", reason="content")
        self.outcome.versions.add(tuple(sorted(mounted.versions.items())))

    async def close(self) -> None:
        """Hang up, and remove the files."""
        await self._driver.close()
        await asyncio.to_thread(shutil.rmtree, self._volumes, ignore_errors=True)


@contextlib.asynccontextmanager
async def calling(stage: stages.Stage, parameters: Mapping[str, str] | None = None) -> AsyncIterator[Caller]:
    """A caller for a while."""
    caller = Caller(stage, parameters)
    try:
        yield caller
    finally:
        await caller.close()


def _right(target: Path) -> bool:
    return all((target / name).read_text() == value for name, value in stages.VALUES.items())
