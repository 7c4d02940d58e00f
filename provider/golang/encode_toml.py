"""Writes values as TOML, in the layout of BurntSushi's encoder: scalars of a table before its tables, keys sorted.

Keys are sorted by bytes. Tables are indented by two spaces per level; a blank line comes before each table of the first
level and each table of an array.
Source: github.com/BurntSushi/toml v1.5.0, tried by running.
"""

import math
import re
from enum import Enum
from typing import Final

from provider.golang import failures, gojson, limits, recursion, values
from provider.golang.strconv import ftoa

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,30}")
_INT64: Final = range(-(2**63), 2**63)
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED: Final = re.compile('[\x00-\x1f\x7f"\\\\]')
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}

_Key = tuple[str, ...]


class _Kind(Enum):
    """Decides where a value is written within its table."""

    NOTHING = "nil, left out"
    TABLE = "a table"
    TABLES = "a list that is not empty, of tables only"
    OTHER = "anything else"


def marshal(value: values.Value, budget: limits.Budget) -> str:
    """Return a map or struct as TOML, any other value but nil as an element of one, and a nil pointer as "".

    Raises:
        failures.Failed: it, or something in it, cannot be written as TOML.
        failures.Exceeded: it is too large or too deep.
    """
    if isinstance(value, values.NilPointer):
        return ""
    if value is None or value is values.MISSING:
        raise failures.Failed("nil cannot be written as TOML")
    out = recursion.Output(budget)
    recursion.run(_Encoder(out).begin((), value), budget)
    return out.text


class _Encoder:
    def __init__(self, out: recursion.Output) -> None:
        self._out = out

    def begin(self, path: _Key, value: values.Value) -> recursion.Work:
        """Return the work that writes a value under its path; () is the document."""
        kind = self._kind(value)
        if kind is _Kind.TABLE:
            return self._table(path, value)
        if kind is _Kind.TABLES:
            return self._tables(path, value)
        return self._pair(path, value)

    def _table(self, path: _Key, value: values.Value) -> recursion.Work:
        if len(path) == 1:
            self._newline()
        if path:
            self._out.write(f"{_indent(path)}[{'.'.join(map(_key, path))}]\n")
        return self._members(path, value)

    def _tables(self, path: _Key, items: list[values.Value]) -> recursion.Work:
        if not path:
            raise failures.Failed("a list of maps is not a TOML document; it needs a key")
        for item in items:
            self._newline()
            self._out.write(f"{_indent(path)}[[{'.'.join(map(_key, path))}]]\n")
            yield self._members(path, item)

    def _members(self, path: _Key, value: values.Value) -> recursion.Work:
        for _, name, item in self._sorted(value):
            yield self.begin((*path, name), item)

    def _pair(self, path: _Key, value: values.Value) -> recursion.Work:
        before = f"{_indent(path)}{_key(path[-1])} = " if path else ""
        inner = self._element(value, before)
        if inner is not None:
            yield inner
        if path:
            self._out.write("\n")

    def _element(self, value: values.Value, before: str = "") -> recursion.Work | None:
        """Write `before` and a scalar, or return the work that writes the container in one line."""
        if isinstance(value, dict | values.Struct):
            return self._inline_table(value, before)
        if isinstance(value, list | bytes):
            return self._array(value, before)
        self._out.write(before + _scalar(value))
        return None

    def _array(self, items: list[values.Value] | bytes, before: str) -> recursion.Work:
        self._out.write(f"{before}[")
        for position, item in enumerate(items):
            inner = self._element(item, ", " if position else "")
            if inner is not None:
                yield inner
        self._out.write("]")

    def _inline_table(self, value: values.Value, before: str) -> recursion.Work:
        self._out.write(before + "{")
        for is_last, name, item in self._sorted(value):
            inner = self._element(item, f"{_key(name)} = ")
            if inner is not None:
                yield inner
            if not is_last:
                self._out.write(", ")
        self._out.write("}")

    def _newline(self) -> None:
        if not self._out.is_empty:
            self._out.write("\n")

    def _sorted(self, value: values.Value) -> list[tuple[bool, str, values.Value]]:
        """Return members in their order, tables last, without nil ones; each with whether it is the last.

        Go's idea of the last is kept: what is nil still counts, and in a struct it is the last as declared.
        """
        if isinstance(value, values.IntMap | values.AnyMap):
            raise failures.Failed(f"{values.type_name(value)} has keys that are not strings, which TOML does not allow")
        self._out.budget.step(1 + (len(value) if isinstance(value, dict) else 0))
        if isinstance(value, values.Struct):
            members = recursion.fields(value, "TOML")
        else:
            members = sorted(value.items(), key=lambda member: values.to_bytes(member[0]))
        last = members[-1][0] if members else ""
        placed = [(self._kind(item), name, item) for name, item in members]
        tables = [each for each in placed if each[0] in (_Kind.TABLE, _Kind.TABLES)]
        others = [each for each in placed if each[0] not in (_Kind.TABLE, _Kind.TABLES)]
        if not isinstance(value, values.Struct):
            last = (others + tables)[-1][1] if placed else ""
        return [(name == last, name, item) for kind, name, item in others + tables if kind is not _Kind.NOTHING]

    def _kind(self, value: values.Value) -> _Kind:
        if _is_nil(value):
            return _Kind.NOTHING
        if isinstance(value, dict | values.Struct):
            return _Kind.TABLE
        if not isinstance(value, list):
            return _Kind.OTHER
        self._refuse_nil_inside(value)
        is_tables = bool(value) and all(isinstance(item, dict | values.Struct) for item in value)
        return _Kind.TABLES if is_tables else _Kind.OTHER

    def _refuse_nil_inside(self, items: list[values.Value]) -> None:
        pending = [items]
        while pending:
            inside = pending.pop()
            self._out.budget.step(1 + len(inside))
            if any(map(_is_nil, inside)):
                raise failures.Failed("a list has a nil element, which TOML does not allow")
            pending.extend(item for item in inside if isinstance(item, list))


def _is_nil(value: values.Value) -> bool:
    if isinstance(value, values.StringList):
        return value.is_nil
    return value is None or value is values.MISSING or isinstance(value, values.NilPointer)


def _indent(path: _Key) -> str:
    return "  " * (len(path) - 1)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def _scalar(value: values.Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, gojson.Number):
        return _number(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    raise failures.Failed(f"{values.type_name(value)} cannot be written as TOML")


def _number(number: gojson.Number) -> str:
    if not number:
        return "0"
    if _INTEGER.fullmatch(number) and int(number) in _INT64:
        return str(int(number))
    try:
        value = float(number)
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise failures.Failed("a json.Number is not a number that can be written as TOML")
    return _float(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        sign = "-" if math.copysign(1, value) < 0 else ""
        return f"{sign}{'nan' if math.isnan(value) else 'inf'}"
    text = ftoa.format_float(value, "f")
    return text if "." in text else f"{text}.0"
