"""A budget counts what a rendering costs, in CPU time of its thread."""

import pytest

from provider.golang import failures, limits
from tests.doubles import clocks

MANY = 10_000
"""Steps after which a budget has read its clock more than once."""


def test_time_that_the_thread_does_not_get_is_free() -> None:
    """A process that was stopped for a while goes on where it was."""
    clock = clocks.TestClock()
    budget = limits.Budget(limits.Limits(seconds=5), clock.thread_time)
    clock.moment += 600
    budget.step(MANY)


def test_cpu_time_beyond_the_limit_ends_it() -> None:
    """The message has the limit and its unit."""
    clock = clocks.TestClock()
    budget = limits.Budget(limits.Limits(seconds=5), clock.thread_time)
    clock.cpu += 4.9
    budget.step(MANY)
    clock.cpu += 0.2
    with pytest.raises(failures.Exceeded, match="more than 5 s of CPU time"):
        budget.step(MANY)


def test_what_was_cancelled_ends_soon() -> None:
    """Whatever is left of the budget."""
    budget = limits.Budget(limits.Limits(), clocks.TestClock().thread_time)
    budget.step(MANY)
    budget.cancel()
    with pytest.raises(failures.Exceeded, match="cancelled"):
        budget.step(MANY)
