"""What Go's mergo does to maps of any: `merge` fills the gaps of a map from another, `mergeOverwrite` replaces.

The first map is changed, and so are the maps within it, for that is what templates use it for. Structs are not merged.
"""

from dataclasses import dataclass
from typing import Final

from provider.golang import failures, limits, values

Map = dict[values.Value, values.Value]

_SOURCES: Final[dict[type, tuple[type, ...]]] = {
    dict: (dict, values.StringMap),
    values.AnyMap: (dict, values.StringMap, values.IntMap, values.AnyMap),
}
"""The types of maps whose keys and values a map can hold; another holds only those of its own type."""


@dataclass(frozen=True, slots=True)
class Merging:
    """How to merge."""

    budget: limits.Budget
    overwrites: bool

    def merge(self, into: Map, source: Map) -> None:
        """Change `into` by what `source` has.

        Raises:
            failures.Failed: a map of one type meets a map of another that cannot hold its keys or values.
            failures.Exceeded: they are too large or too deep.
        """
        _check(into, source)
        self.budget.enter()
        try:
            for key, value in list(source.items()):
                self.budget.step()
                self._take(into, key, value)
        finally:
            self.budget.leave()

    def _take(self, into: Map, key: values.Value, value: values.Value) -> None:
        if value is None:
            if self.overwrites:
                into[key] = None
            return
        there = into.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            self.merge(there, value)
        if self._replaces(there, value) or key not in into:
            into[key] = value

    def _replaces(self, there: values.Value, value: values.Value) -> bool:
        if not values.is_true(there):
            return True
        return self.overwrites and not (isinstance(value, dict) and isinstance(there, dict))


def _check(into: Map, source: Map) -> None:
    if source and type(source) not in _SOURCES.get(type(into), (type(into),)):
        raise failures.Failed(f"cannot merge a {values.type_name(source)} into a {values.type_name(into)}")
