"""Writes values as YAML, the way Go's yaml.v2 does: the order of keys, the forms of numbers, what must be quoted.

The text is laid out by `layout`, which says where PyYAML's emitters differ.
"""

import base64
import functools
import math
import re
from collections.abc import Iterable
from typing import Final

from provider.golang import failures, gojson, limits, recursion, values
from provider.golang.strconv import ftoa
from provider.golang.yaml import layout, scalars

_BASE64_LINE: Final = 70
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,30}")
_INT64: Final = range(-(2**63), 2**63)
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_INFINITE: Final = {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Scalar = layout.Scalar


def marshal(value: values.Value, budget: limits.Budget) -> str:
    """A value as YAML, with the line's end.

    Raises:
        failures.Failed: YAML has no form for it.
        failures.Exceeded: it is too large or too deep.
    """
    out = recursion.Output(budget)
    emitter = layout.Emitter(out)
    recursion.run(_Encoder(emitter, budget).begin(value), budget)
    emitter.end()
    return out.text


class _Encoder:
    def __init__(self, emitter: layout.Emitter, budget: limits.Budget) -> None:
        self._budget = budget
        self._emitter = emitter

    def begin(self, value: values.Value, *, in_map: bool = False) -> recursion.Work | None:
        """Write a scalar, or return the work that writes the container."""
        if isinstance(value, dict | values.Struct):
            return self._map(value)
        if isinstance(value, list | bytes):
            return self._list(value, flat=in_map and not self._emitter.at_line_start)
        self._emitter.scalar(_scalar(value))
        return None

    def _list(self, items: Iterable[values.Value], *, flat: bool) -> recursion.Work:
        if not items:
            self._emitter.empty("[]")
            return
        outer = self._emitter.indent(flat=flat)
        for item in items:
            self._emitter.item()
            inner = self.begin(item)
            if inner is not None:
                yield inner
        self._emitter.dedent(outer)

    def _map(self, value: values.Value) -> recursion.Work:
        members = self._members(value)
        if not members:
            self._emitter.empty("{}")
            return
        outer = self._emitter.indent()
        for key, item in members:
            self._emitter.key(_scalar(key))
            inner = self.begin(item, in_map=True)
            if inner is not None:
                yield inner
        self._emitter.dedent(outer)

    def _members(self, value: values.Value) -> list[tuple[values.Value, values.Value]]:
        if isinstance(value, values.Struct):
            return [(name.lower(), item) for name, item in recursion.fields(value, "YAML")]
        before = functools.partial(_compare, self._budget)
        by_key = functools.cmp_to_key(before)
        self._budget.step(1 + len(value))
        return sorted(value.items(), key=lambda member: by_key(member[0]))


def _scalar(value: values.Value) -> Scalar:
    if value is None or value is values.MISSING or isinstance(value, values.NilPointer):
        return Scalar("null")
    if isinstance(value, bool):
        return Scalar("true" if value else "false")
    if isinstance(value, gojson.Number):
        return _number(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return Scalar(str(int(value)))
    if isinstance(value, float):
        return _float(value)
    raise failures.Failed(f"{values.type_name(value)} cannot be written as YAML")


def _number(number: gojson.Number) -> Scalar:
    if _INTEGER.fullmatch(number) and int(number) in _INT64:
        return Scalar(str(int(number)))
    try:
        value = float(number)
    except ValueError:
        return _string(number)
    return _string(number) if math.isinf(value) else _float(value)


def _float(value: float) -> Scalar:
    text = ftoa.format_float(value, "g")
    return Scalar(_INFINITE.get(text, text))


def _string(text: str) -> Scalar:
    if _SURROGATE.search(text):
        return _binary(values.to_bytes(text))
    if "\n" in text:
        return Scalar(str(text), layout.Style.LITERAL)
    return Scalar(str(text), layout.Style.PLAIN if can_be_plain(text) else layout.Style.DOUBLE)


def can_be_plain(text: str) -> bool:
    """Whether text without quotes is read back as a string, by other readers too."""
    if text and text[0] not in "yYnNtTfFoO~.+-0123456789":
        return True
    return scalars.V2.resolve("", text)[0] == scalars.STR and not _BASE_60.fullmatch(text)


def _binary(data: bytes) -> Scalar:
    text = base64.b64encode(data).decode()
    if len(text) < _BASE64_LINE:
        return Scalar(text, is_binary=True)
    lines = (text[start : start + _BASE64_LINE] for start in range(0, len(text), _BASE64_LINE))
    return Scalar("".join(f"{line}\n" for line in lines), layout.Style.LITERAL, is_binary=True)


def _compare(budget: limits.Budget, one: values.Value, other: values.Value) -> int:
    """Order of keys: numbers and booleans by value, other types by kind, strings as people count, a9 before a10."""
    budget.step()
    if isinstance(one, str) and isinstance(other, str):
        budget.step(min(len(one), len(other)) // 100)
        return _compare_strings(_SURROGATE.sub("\ufffd", one), _SURROGATE.sub("\ufffd", other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        ranks = ((float(one), float(other)), (_kind(one), _kind(other)), (one, other))
        return next((-1 if left < right else 1 for left, right in ranks if left != right), 0)
    return _kind(one) - _kind(other)


def _kind(key: values.Value) -> int:
    """Where Go has the kind of a key in its list of kinds."""
    kinds = ((bool, 1), (values.Int64, 6), (values.Uint64, 11), (int, 2), (float, 14), (str, 24))
    return next((place for python, place in kinds if isinstance(key, python)), 20)


def _compare_strings(one: str, other: str) -> int:
    at = _first_difference(one, other)
    if at == min(len(one), len(other)):
        return len(one) - len(other)
    left, right = one[at], other[at]
    if left.isalpha() or right.isalpha():
        # Of a letter and something else, the letter is the later.
        return 1 if (left > right if left.isalpha() and right.isalpha() else left.isalpha()) else -1
    leading = 1 if "0" in (left, right) and _is_inside_number(one, at) else 0
    left_number, left_end = _digits(one, at, leading)
    right_number, right_end = _digits(other, at, leading)
    if left_number != right_number:
        return -1 if left_number < right_number else 1
    return left_end - right_end or (-1 if left < right else 1)


def _first_difference(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _is_inside_number(text: str, at: int) -> bool:
    """Whether the digits before this place have one that is no zero."""
    while at > 0 and text[at - 1].isdecimal():
        at -= 1
        if text[at] != "0":
            return True
    return False


def _digits(text: str, at: int, number: int) -> tuple[int, int]:
    """The number at this place, in the 64 bits that Go counts in, and where it ends."""
    while at < len(text) and text[at].isdecimal():
        number = number * 10 + ord(text[at]) - ord("0")
        number = (number + 2**63) % 2**64 - 2**63
        at += 1
    return number, at
