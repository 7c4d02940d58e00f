"""What happened to the objects of the dev API server, for watches: since when it is remembered, and what is new."""

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One event: the version it made, its type, the resource, and the object as it was then."""

    version: int
    kind: str
    resource: str
    found: dict[str, Any]


class History:
    """Every change, until it is forgotten.

    Attributes:
        oldest: the version from which on all is remembered.
    """

    def __init__(self) -> None:
        self.oldest = 0
        self._changes: list[Change] = []
        self._changed = asyncio.Event()

    def add(self, version: int, kind: str, resource: str, found: dict[str, Any]) -> None:
        """Something happened; who waits is told."""
        self._changes.append(Change(version, kind, resource, copy.deepcopy(found)))
        self.wake()

    def wake(self) -> None:
        """Let who waits look again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def since(self, version: int) -> Iterator[Change]:
        """What came after `version`."""
        return (change for change in list(self._changes) if change.version > version)

    def forget(self, version: int) -> None:
        """Remember nothing of before `version`, as etcd does after a compaction."""
        self.oldest = version
        self._changes = list(self.since(version))

    async def wait(self, seconds: float) -> None:
        """Until something happens, `seconds` at most."""
        changed = self._changed
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await changed.wait()
        except TimeoutError:
            return
