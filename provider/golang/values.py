"""Represents Go's values in Python, with their truth and the names of their types.

    nil (an interface)          None                 string              str
    no value (an absent key)    MISSING              json.Number         gojson.Number (a str of its own type)
    bool                        bool                 []byte              bytes
    int                         int                  []any               list
    int64, uint64               Int64, Uint64        []string, []int     StringList, IntList
    float64                     float                map[string]any      dict
    a nil pointer               NilPointer           map[string]string   StringMap
    a struct or pointer to one  Struct               map[any]any         AnyMap (YAML); map[int]string  IntMap
    a channel (loop)            Channel

Strings are bytes in Go. Here they are `str`, in which a byte that is not UTF-8 is a surrogate escape: `to_bytes()` and
`to_text()` convert. Functions that count, cut or compare do so by bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider.golang import gojson

Value = Any
"""Any of the values above."""


class _Missing:
    """Go's zero reflect.Value: what an absent key of a map is under missingkey=default."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class Int64(int):
    """An int64: its type name is not that of an int, and it never equals one as an element."""


class Uint64(int):
    """A uint64."""


class StringList(list[str]):
    """A []string. Go's nil list is an empty one with `is_nil`, which JSON writes as null."""

    is_nil = False

    @classmethod
    def nil(cls) -> "StringList":
        """A nil list."""
        made = cls()
        made.is_nil = True
        return made


class IntList(list[int]):
    """A []int."""


class StringMap(dict[str, str]):
    """A map[string]string: an absent key is ""."""


class IntMap(dict[int, str]):
    """A map[int]string."""


class AnyMap(dict[Any, Any]):
    """A map[any]any, as YAML decodes to; it cannot be written as JSON."""


@dataclass(frozen=True, slots=True)
class NilPointer:
    """A nil pointer to a struct of this type name (`*api.SecretAuth`): false, and without fields."""

    type_name: str

    def __bool__(self) -> bool:
        return False


class Channel:
    """The channel that `loop` gives: integers from `start` up to but not including `stop`, made one at a time."""

    __slots__ = ("start", "stop")

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop


class Struct:
    """A struct or a pointer to one, with explicit tables of its fields, in order, and of its methods.

    `type_name` is Go's (`*dependency.Secret`). A method takes its arguments as a function does (see `function`).
    `string` is what its String method returns, and so how it is printed; None where it has none.
    """

    __slots__ = ("fields", "methods", "string", "type_name")

    def __init__(
        self,
        type_name: str,
        fields: Mapping[str, Any],
        methods: Mapping[str, Any] | None = None,
        string: str | None = None,
    ) -> None:
        self.type_name = type_name
        self.string = string
        self.fields = dict(fields)
        self.methods: dict[str, Any] = dict(methods or {})


def to_bytes(string: str) -> bytes:
    """Return a string's bytes."""
    return string.encode("utf-8", "surrogateescape")


def to_text(raw: bytes) -> str:
    """Return bytes as a string."""
    return raw.decode("utf-8", "surrogateescape")


def size(string: str) -> int:
    """Return a string's length in bytes, as Go counts it."""
    return len(string) if string.isascii() else len(to_bytes(string))


def runes(string: str) -> str:
    """Return the string with one character for each of Go's runes: each byte that is not UTF-8 is one escape."""
    return string if string.isascii() else to_bytes(string).decode("utf-8", "surrogateescape")


_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "bool"),
    (Int64, "int64"),
    (Uint64, "uint64"),
    (int, "int"),
    (float, "float64"),
    (gojson.Number, "json.Number"),
    (str, "string"),
    (bytes, "[]uint8"),
    (StringList, "[]string"),
    (IntList, "[]int"),
    (list, "[]interface {}"),
    (StringMap, "map[string]string"),
    (IntMap, "map[int]string"),
    (AnyMap, "map[interface {}]interface {}"),
    (dict, "map[string]interface {}"),
    (Channel, "<-chan int64"),
)


def type_name(value: Any) -> str:  # noqa: ANN401 -- any value of a template
    """Return Go's name of a value's type, as %T prints it."""
    if value is None or value is MISSING:
        return "<nil>"
    if isinstance(value, Struct | NilPointer):
        return value.type_name
    return next((name for python, name in _TYPE_NAMES if isinstance(value, python)), "func")


def is_true(value: Any) -> bool:  # noqa: ANN401 -- any value of a template
    """Whether a value is true in Go: not false, zero, empty or nil. Structs are true, and any json.Number but ""."""
    return True if isinstance(value, Struct | Channel) else bool(value)
