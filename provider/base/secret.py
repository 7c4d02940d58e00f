"""A secret is a type, never a str.

Tokens, passwords and file contents are passed as `Secret`. Every accidental way out (print, format, JSON, pickle, a
traceback that shows local variables) shows a placeholder; the only way to the bytes is the method `reveal()`, which is
easy to find in review.
"""

import hmac
from typing import Final, NoReturn

PLACEHOLDER: Final = "<secret>"


class Secret:
    """Opaque bytes.

    Comparison takes constant time. There is no ordering and no hash: a secret cannot be a dictionary key.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: bytes | str) -> None:
        self._value = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """Return the bytes, for the one place that sends or writes them."""
        return self._value

    def reveal_text(self) -> str:
        """Return the bytes as UTF-8 text; those that are not valid UTF-8 become surrogate escapes."""
        return self._value.decode("utf-8", "surrogateescape")

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return PLACEHOLDER

    def __str__(self) -> str:
        return PLACEHOLDER

    def __format__(self, spec: str) -> str:
        return format(PLACEHOLDER, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be serialised")
