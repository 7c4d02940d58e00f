"""Keeps the variables of a template while it is executed."""

from typing import Any, Final

from provider.golang import failures

Value = Any
"""Any value of a template."""

_UNSET: Final = object()


class Scope:
    """The variables of one executed template. `$` is its argument."""

    __slots__ = ("_shadowed", "_values")

    def __init__(self, argument: Value) -> None:
        self._values: dict[str, Value] = {"$": argument}
        self._shadowed: list[tuple[str, Value]] = []

    def mark(self) -> int:
        """Return the current state, for `pop`."""
        return len(self._shadowed)

    def pop(self, mark: int) -> None:
        """Forget what was declared since the mark."""
        while len(self._shadowed) > mark:
            name, before = self._shadowed.pop()
            if before is _UNSET:
                del self._values[name]
            else:
                self._values[name] = before

    def declare(self, name: str, value: Value) -> None:
        """Add a variable, which hides an older one of that name."""
        self._shadowed.append((name, self._values.get(name, _UNSET)))
        self._values[name] = value

    def assign(self, name: str, value: Value) -> None:
        """Change the newest variable of that name.

        Raises:
            failures.Failed: none of that name is declared.
        """
        self.get(name)
        self._values[name] = value

    def get(self, name: str) -> Value:
        """Return the value of a variable.

        Raises:
            failures.Failed: none of that name is declared.
        """
        value = self._values.get(name, _UNSET)
        if value is _UNSET:
            raise failures.Failed(f"undefined variable: {name}")
        return value
