"""States of a rendering for tests: a real budget, and no secrets."""

from collections.abc import Callable

from provider.golang import limits
from provider.gotemplate import state
from tests.doubles import clocks


def build(
    most: limits.Limits = limits.Limits(),  # noqa: B008 -- frozen
    lookup: state.Lookup | None = None,
    now: float = 0.0,
    thread_time: Callable[[], float] | None = None,
) -> state.State:
    """A state with this budget. Unless `thread_time` moves, time stands still: only steps and sizes end a rendering."""
    budget = limits.Budget(most, thread_time or clocks.TestClock().thread_time)
    return state.State(budget, lambda: now, lookup or state.NoSecrets())
