"""States of a rendering for tests: a real budget, and a lookup that knows nothing."""

from provider.base import clock
from provider.golang import limits
from provider.gotemplate import state


class Empty:
    """A lookup without any secret."""

    def secret(self, path: str, parameters: dict[str, str] | None) -> None:
        """Nothing is there."""

    def names(self, path: str) -> list[str]:
        """Nothing is there."""
        return []


def build(most: limits.Limits = limits.Limits(), lookup: state.Lookup | None = None, now: float = 0.0) -> state.State:  # noqa: B008 -- frozen
    """A state with this budget."""
    budget = limits.Budget(most, clock.SystemClock().monotonic)
    return state.State(budget, lookup or Empty(), lambda: now)
