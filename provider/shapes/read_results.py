"""How rendering asks for secrets: the results of a mount's reads, which every object of the mount looks into.

Rendering never reads by itself. What it does not find it names in `MissingReads`; the mount reads that and renders
again. All objects of a mount share the results, so two keys of one secret are of one generation, and what is named
twice is read once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provider import errors, model

Outcome = model.Reply | errors.ProviderError


@dataclass(frozen=True, slots=True)
class MissingReads:
    """What an object cannot be rendered without: reads that the book does not hold yet."""

    reads: tuple[model.Read, ...]


class ReadResults:
    """The outcome of every read of one mount: a reply, or the error it ended with."""

    def __init__(self) -> None:
        self._outcomes: dict[model.Read, Outcome] = {}

    def __len__(self) -> int:
        return len(self._outcomes)

    def add(self, outcomes: Mapping[model.Read, Outcome]) -> None:
        """Enter what further reads ended with."""
        self._outcomes |= outcomes

    def holds(self, read: model.Read) -> bool:
        """Whether it was read."""
        return read in self._outcomes

    def reply(self, read: model.Read) -> model.Reply:
        """What came back for `read`, which the book holds.

        Raises:
            errors.ProviderError: the read failed; the very error it failed with.
        """
        outcome = self._outcomes[read]
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        return outcome

    def replies(self) -> Iterable[tuple[model.Read, model.Reply]]:
        """All that were answered."""
        return ((read, outcome) for read, outcome in self._outcomes.items() if isinstance(outcome, model.Reply))
