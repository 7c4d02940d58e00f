"""How rendering asks for secrets: a book of replies, filled by the mount, looked into by every object of it.

Rendering never reads by itself. All objects of a mount share one book, so two keys of one secret are of one
generation, and what is named twice is read once.
"""

from collections.abc import Mapping

from provider import errors, model


class Book:
    """The outcome of every read of one mount: a reply, or the error it ended with."""

    def __init__(self, outcomes: Mapping[model.Read, model.Reply | errors.ProviderError]) -> None:
        self._outcomes = outcomes

    def reply(self, read: model.Read) -> model.Reply:
        """What came back for `read`.

        Raises:
            errors.ProviderError: the read failed; the very error it failed with.
        """
        outcome = self._outcomes[read]
        if isinstance(outcome, errors.ProviderError):
            raise outcome
        return outcome
