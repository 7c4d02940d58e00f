"""Holds what one rendering needs besides the template and the dot. Each rendering has its own; nothing outlives it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from provider.golang import limits


class Lookup(Protocol):
    """Answers a template that asks for secrets. An implementation may note what it lacks and answer None."""

    def secret(self, path: str, parameters: dict[str, str] | None) -> Any:  # noqa: ANN401 -- a value of the template
        """Return the secret at `path`, as a `values.Struct`; None if it is not there yet.

        Args:
            path: without slashes at its start, not empty; may hold a query.
            parameters: None for a read; for a write its parameters.

        Raises:
            faults.Failed: it could not be read.
        """

    def names(self, path: str) -> list[str]:
        """Return what a LIST of `path` gives, sorted; nothing where there is nothing, or it is not there yet.

        Raises:
            faults.Failed: it could not be listed.
        """


@dataclass(slots=True)
class State:
    """The state of one rendering.

    Attributes:
        budget: what it may still cost.
        lookup: how it asks for secrets.
        now: seconds since the epoch, for `timestamp`.
        missing_key: "error", "zero" or "default": what an absent key of a map is.
        scratch: what `scratch` keeps.
        execute: renders a defined template by name with a dot; set by the evaluator.
    """

    budget: limits.Budget
    lookup: Lookup
    now: Callable[[], float]
    missing_key: str = "error"
    scratch: dict[str, Any] = field(default_factory=dict)
    execute: Callable[[str, Any], str] = field(default=lambda _name, _dot: "")
    _paths: dict[int, tuple[object, str]] = field(default_factory=dict)
    _keys: dict[int, frozenset[Any]] = field(default_factory=dict)

    def remember_path(self, value: object, path: str) -> None:
        """Remember the Vault path that a map is from, with every map inside it, so that an error can name it."""
        pending = [value]
        while pending:
            each = pending.pop()
            if isinstance(each, dict):
                self._paths[id(each)] = (each, path)
                self._keys[id(each)] = frozenset(each)
                pending.extend(each.values())
            elif isinstance(each, list):
                pending.extend(each)

    def keys_of(self, value: object) -> frozenset[Any]:
        """Return the keys that a map of Vault had at first; none for a template's own map, whose keys may be values."""
        return self._keys[id(value)] if self.path_of(value) else frozenset()

    def path_of(self, value: object) -> str:
        """Return the Vault path that a map is from; "" where none is known."""
        known = self._paths.get(id(value))
        return known[1] if known is not None and known[0] is value else ""
