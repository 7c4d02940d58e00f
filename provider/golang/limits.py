"""Limits what one rendering may cost. It is paid for in advance, so that a hostile template fails by itself."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from provider.base import units
from provider.golang import failures


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one rendering may take."""

    output: int = 1024 * 1024
    """Bytes of the whole output; a file over 1 MiB breaks the driver's sync to Kubernetes Secrets."""

    steps: int = 1_000_000
    """Nodes walked, and elements made or looked at; a million takes about a second."""

    depth: int = 100
    """Templates within templates, and levels of a nested value."""

    string: int = 1024 * 1024
    """Bytes of one string or elements of one list that a function makes."""

    seconds: float = 5.0
    """CPU time of one rendering. Time that the machine does not give to its thread costs nothing."""


class Budget:
    """What is left of the limits for one rendering, in the thread that makes it.

    Args:
        limits: the most that it may take.
        thread_time: CPU seconds of the calling thread; read now and then, not at every step.
        seconds: the most CPU seconds, where that is less than the limits allow.
    """

    _STEPS_PER_READING = 512

    def __init__(self, limits: Limits, thread_time: Callable[[], float], seconds: float = math.inf) -> None:
        self.limits = limits
        self._thread_time = thread_time
        self._started = thread_time()
        self._end = self._started + min(limits.seconds, seconds)
        self._is_cancelled = False
        self._steps = limits.steps
        self._output = limits.output
        self._steps_until_reading = self._STEPS_PER_READING
        self.depth = 0

    @property
    def used(self) -> float:
        """CPU seconds that it has taken so far."""
        return self._thread_time() - self._started

    def step(self, count: int = 1) -> None:
        """Pay for `count` steps: nodes, loop rounds, elements or about a hundred bytes worked on.

        Raises:
            failures.Exceeded: not that many are left, or the CPU time is used up.
        """
        self._steps -= count
        if self._steps < 0:
            raise failures.Exceeded(f"the template takes more than {self.limits.steps} steps")
        self._steps_until_reading -= count
        if self._steps_until_reading <= 0:
            self._steps_until_reading = self._STEPS_PER_READING
            if self._is_cancelled:
                raise failures.Exceeded("the rendering was cancelled")
            if self._thread_time() > self._end:
                raise failures.Exceeded(f"the template takes more than {self.limits.seconds:g} s of CPU time")

    def cancel(self) -> None:
        """End the rendering at one of its next steps. Any thread may call it."""
        self._is_cancelled = True

    def write(self, size: int) -> None:
        """Pay for `size` bytes of output.

        Raises:
            failures.Exceeded: the output grows too large.
        """
        self._output -= size
        if self._output < 0:
            raise failures.Exceeded(f"the output is larger than {units.format_bytes(self.limits.output)}")

    def allocate(self, size: int) -> None:
        """Pay for one string of `size` bytes, or one list of `size` elements, before it is made.

        Raises:
            failures.Exceeded: it is too large, or not enough steps are left.
        """
        if size > self.limits.string:
            raise failures.Exceeded(f"a string or list is larger than {units.format_bytes(self.limits.string)}")
        self.step(1 + size // 100)

    def enter(self) -> None:
        """Go one level deeper; `leave` must follow.

        Raises:
            failures.Exceeded: it is too deep.
        """
        self.depth += 1
        if self.depth > self.limits.depth:
            raise failures.Exceeded(f"templates are nested deeper than {self.limits.depth}")

    def leave(self) -> None:
        """Come back up."""
        self.depth -= 1
