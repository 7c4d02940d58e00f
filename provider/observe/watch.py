"""What a mount tells while it runs: the one small interface that every step reports to.

A `Watch` belongs to one mount and carries its id. Steps become debug lines with their duration; the end of the mount
is one line at info. Later observers (metrics, traces, the audit trail) hang on the same calls.
"""

import contextlib
import logging
from collections.abc import Iterator
from typing import Protocol

from provider.base import clock


class Watch(Protocol):
    """The observer of one mount. Facts are names, paths, counts and durations; never values."""

    def step(self, what: str, **facts: object) -> None:
        """Something was done."""

    def warn(self, what: str, **facts: object) -> None:
        """Something that somebody should know of, though the mount goes on."""

    def timed(self, what: str, **facts: object) -> contextlib.AbstractContextManager[None]:
        """A step with its duration in milliseconds, told when it ends, well or not."""


class LogWatch:
    """A `Watch` that writes log lines.

    `identity` are the facts that every warning and the closing line carry: the mount's id, pod, SPC.
    """

    def __init__(self, logger: logging.Logger, time: clock.Clock, identity: dict[str, object]) -> None:
        self._logger = logger
        self._time = time
        self._identity = identity
        self._started = time.monotonic()

    def _report(self, level: int, what: str, facts: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, what, extra={"facts": facts})

    def step(self, what: str, **facts: object) -> None:
        """See `Watch`."""
        self._report(logging.DEBUG, what, {"mount": self._identity.get("mount", ""), **facts})

    def warn(self, what: str, **facts: object) -> None:
        """See `Watch`."""
        self._report(logging.WARNING, what, {**self._identity, **facts})

    @contextlib.contextmanager
    def timed(self, what: str, **facts: object) -> Iterator[None]:
        """See `Watch`."""
        started = self._time.monotonic()
        outcome: dict[str, object] = {}
        try:
            yield
        except BaseException as error:
            outcome["failed"] = getattr(error, "reason", type(error).__name__)
            raise
        finally:
            self.step(what, **facts, **outcome, ms=round((self._time.monotonic() - started) * 1000, 1))

    def closed(self, level: int, what: str, **facts: object) -> None:
        """The mount's one line at info (or above, where it failed), with its whole duration."""
        took = round((self._time.monotonic() - self._started) * 1000, 1)
        self._report(level, what, {**self._identity, **facts, "ms": took})


class Silent:
    """A `Watch` for where nobody looks: desk tools and tests."""

    def step(self, what: str, **facts: object) -> None:
        """See `Watch`."""

    def warn(self, what: str, **facts: object) -> None:
        """See `Watch`."""

    @contextlib.contextmanager
    def timed(self, what: str, **facts: object) -> Iterator[None]:  # noqa: ARG002 -- the interface's own signature
        """See `Watch`."""
        yield
