"""States of a rendering for tests: a real budget, and a lookup that knows nothing."""

from collections.abc import Callable

from provider.golang import limits
from provider.gotemplate import state
from tests.doubles import clocks


class Empty:
    """A lookup without any secret."""

    def secret(self, path: str, parameters: dict[str, str] | None) -> None:
        """Nothing is there."""

    def names(self, path: str) -> list[str]:
        """Nothing is there."""
        return []


def build(
    most: limits.Limits = limits.Limits(),  # noqa: B008 -- frozen
    lookup: state.Lookup | None = None,
    now: float = 0.0,
    thread_time: Callable[[], float] | None = None,
) -> state.State:
    """A state with this budget. Unless `thread_time` moves, time stands still: only steps and sizes end a rendering."""
    budget = limits.Budget(most, thread_time or clocks.TestClock().thread_time)
    return state.State(budget, lookup or Empty(), lambda: now)
