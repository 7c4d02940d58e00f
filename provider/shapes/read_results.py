"""Holds the results of a mount's reads, in which every object of the mount finds its secrets.

Rendering makes no request by itself. What it does not find it names in `MissingReads`; the mount reads that and renders
again. All objects of a mount share the results, so two keys of one secret are of one generation, and what is named
twice is read once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provider import errors, model

Outcome = model.Reply | errors.ProviderError


@dataclass(frozen=True, slots=True)
class MissingReads:
    """The reads that an object cannot be rendered without, and whose results are not there yet."""

    reads: tuple[model.Read, ...]


class ReadResults:
    """The outcome of every read of one mount: a reply, or the error it ended with."""

    def __init__(self) -> None:
        self._outcomes: dict[model.Read, Outcome] = {}

    def __len__(self) -> int:
        return len(self._outcomes)

    def add(self, outcomes: Mapping[model.Read, Outcome]) -> None:
        """Add what further reads ended with."""
        self._outcomes |= outcomes

    def holds(self, read: model.Read) -> bool:
        """Whether the result of a read is there."""
        return read in self._outcomes

    def reply(self, read: model.Read) -> model.Reply:
        """Return what came back for `read`, whose result must be there.

        Raises:
            errors.ProviderError: the read failed; the very error it failed with.
        """
        outcome = self._outcomes[read]
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        return outcome

    def replies(self) -> Iterable[tuple[model.Read, model.Reply]]:
        """Return the reads that were answered, with their responses."""
        return ((read, outcome) for read, outcome in self._outcomes.items() if isinstance(outcome, model.Reply))
