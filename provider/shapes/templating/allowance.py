"""Limits what the templates of one mount cost: a little on the event loop, more in a thread for slow templates.

CPU time is counted, not wall time: a node that is busy, or a process that was stopped, makes no template fail. How long
a mount takes as a whole is for its deadline to limit.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from provider.golang import limits

T = TypeVar("T")

QUICK: Final = limits.Limits(steps=2000, seconds=0.005)
"""What a mount's templates may take on the event loop, where every other mount waits for them.

A typical one takes a tenth of a millisecond. What takes longer starts again in a thread, where it delays other slow
templates only.
"""

WHOLE: Final = limits.Limits()
"""What one template may take in a thread."""


class NotQuick(Exception):
    """A template takes longer than it may hold up the event loop."""


class AllUsed(Exception):
    """The templates of the mount have used all of their CPU time."""


class Allowance:
    """CPU time that the templates of one mount share, in whichever threads they are rendered, one after the other.

    Args:
        each: the limits of each template.
        seconds: CPU seconds for all of them together.
        thread_time: CPU seconds of the calling thread.
    """

    def __init__(self, each: limits.Limits, seconds: float, thread_time: Callable[[], float]) -> None:
        self._each = each
        self._left = seconds
        self._thread_time = thread_time
        self._budget: limits.Budget | None = None
        self._is_cancelled = False

    @property
    def is_quick(self) -> bool:
        """Whether it is for the event loop."""
        return self._each is QUICK

    @property
    def is_used_up(self) -> bool:
        """Whether no time is left."""
        return self._left <= 0

    def spend(self, render: Callable[[limits.Budget], T]) -> T:
        """Call `render` with the budget of one template, and take what it uses off the allowance.

        Raises:
            AllUsed: no time is left.
        """
        if self.is_used_up:
            raise AllUsed
        self._budget = budget = limits.Budget(self._each, self._thread_time, self._left)
        if self._is_cancelled:
            budget.cancel()
        try:
            return render(budget)
        finally:
            self._budget = None
            self._left -= budget.used

    def cancel(self) -> None:
        """End a template that is being rendered in another thread, and any after it: its mount is over."""
        self._is_cancelled = True
        budget = self._budget
        if budget is not None:
            budget.cancel()
