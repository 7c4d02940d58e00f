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
            failures.Failed: it could not be read.
        """

    def names(self, path: str) -> list[str]:
        """Return what a LIST of `path` gives, sorted; nothing where there is nothing, or it is not there yet.

        Raises:
            failures.Failed: it could not be listed.
        """


class NoSecrets:
    """A lookup for templates that ask for no secrets."""

    def secret(self, path: str, parameters: dict[str, str] | None) -> None:
        """See `Lookup`; there are none."""

    def names(self, path: str) -> list[str]:  # noqa: ARG002 -- see `Lookup`
        """See `Lookup`; there are none."""
        return []


@dataclass(slots=True)
class State:
    """The state of one rendering.

    Attributes:
        budget: what it may still cost.
        now: seconds since the epoch, for `timestamp`.
        lookup: answers it when it asks for secrets.
        missing_key: "error", "zero" or "default": what an absent key of a map is.
        scratch: what `scratch` stores.
        execute: renders a defined template by name with a dot; set by the executor.
    """

    budget: limits.Budget
    now: Callable[[], float]
    lookup: Lookup = field(default_factory=NoSecrets)
    missing_key: str = "error"
    scratch: dict[str, Any] = field(default_factory=dict)
    execute: Callable[[str, Any], str] = field(default=lambda _name, _dot: "")
    _paths: dict[int, tuple[object, str]] = field(default_factory=dict)
    _keys: dict[int, frozenset[Any]] = field(default_factory=dict)

    def remember_path(self, value: object, path: str) -> None:
        """Remember the path of the secret that a map, and every map inside it, is from, so that errors can name it."""
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
        """Return the keys that a map of a secret had at first; none for other maps, whose keys may be values."""
        return self._keys[id(value)] if self.path_of(value) else frozenset()

    def path_of(self, value: object) -> str:
        """Return the path of the secret that a map is from; "" where none is known."""
        known = self._paths.get(id(value))
        return known[1] if known is not None and known[0] is value else ""
