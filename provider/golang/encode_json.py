"""Writes values of templates as JSON, the way Go's encoding/json does.

Not for what goes to Vault or into files: that is `gojson`, which keeps the text of numbers.
"""

import base64
import math
import re
from collections.abc import Iterable
from typing import Final

from provider.golang import failures, gojson, limits, recursion, values
from provider.golang.strconv import ftoa

_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\\u2028\u2029\ud800-\udfff]')
_ESCAPED_FOR_HTML: Final = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029\ud800-\udfff]')
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def marshal(value: values.Value, budget: limits.Budget, *, escape_html: bool = True, indent: str = "") -> str:
    r"""Return a value as JSON: keys sorted by bytes, no spaces unless indented.

    Args:
        value: any value of a template.
        budget: what pays for it.
        escape_html: whether `<`, `>` and `&` become `\u003c` and the like, as Go does by default.
        indent: what each level is indented by; "" writes all in one line.

    Raises:
        failures.Failed: it cannot be written as JSON.
        failures.Exceeded: it is too large or too deep.
    """
    out = recursion.Output(budget)
    encoder = _Encoder(out, _ESCAPED_FOR_HTML if escape_html else _ESCAPED, indent)
    recursion.run(encoder.begin(value, 0), budget)
    return out.text


class _Encoder:
    def __init__(self, out: recursion.Output, escaped: re.Pattern[str], indent: str) -> None:
        self._out = out
        self._escaped = escaped
        self._indent = indent

    def begin(self, value: values.Value, depth: int, before: str = "") -> recursion.Work | None:
        """Write `before` and a scalar, or return the work that writes the container."""
        if isinstance(value, dict | values.Struct):
            return self._object(value, depth, before)
        if isinstance(value, list) and not _is_nil(value):
            return self._array(value, depth, before)
        self._out.write(before + self._scalar(value))
        return None

    def _line(self, depth: int) -> str:
        return f"\n{self._indent * depth}" if self._indent else ""

    def _array(self, items: list[values.Value], depth: int, before: str) -> recursion.Work:
        self._out.write(f"{before}[")
        for position, item in enumerate(items):
            inner = self.begin(item, depth + 1, ("," if position else "") + self._line(depth + 1))
            if inner is not None:
                yield inner
        self._out.write(f"{self._line(depth)}]" if items else "]")

    def _object(self, value: values.Value, depth: int, before: str) -> recursion.Work:
        self._out.write(before + "{")
        colon = ": " if self._indent else ":"
        separator = ""
        for key, item in self._members(value):
            name = f"{separator}{self._line(depth + 1)}{self._string(key)}{colon}"
            inner = self.begin(item, depth + 1, name)
            if inner is not None:
                yield inner
            separator = ","
        self._out.write(f"{self._line(depth)}}}" if separator else "}")

    def _members(self, value: values.Value) -> Iterable[tuple[str, values.Value]]:
        if isinstance(value, values.Struct):
            return recursion.fields(value, "JSON")
        if isinstance(value, values.AnyMap):
            raise failures.Failed(f"{values.type_name(value)} cannot be written as JSON")
        self._out.budget.step(1 + len(value))
        if isinstance(value, values.IntMap):
            return sorted((str(key), item) for key, item in value.items())
        return sorted(value.items(), key=lambda member: values.to_bytes(member[0]))

    def _string(self, text: str) -> str:
        return f'"{self._escaped.sub(_escape, text)}"'

    def _scalar(self, value: values.Value) -> str:
        if _is_nil(value):
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, gojson.Number):
            return _number(value)
        if isinstance(value, str):
            return self._string(value)
        if isinstance(value, int):
            return str(int(value))
        if isinstance(value, float):
            return _float(value)
        if isinstance(value, bytes):
            return f'"{base64.b64encode(value).decode()}"'
        raise failures.Failed(f"{values.type_name(value)} cannot be written as JSON")


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _SHORT.get(char)
    if short is not None:
        return short
    # A surrogate stands for a byte that is not UTF-8.
    return "\\ufffd" if "\ud800" <= char <= "\udfff" else f"\\u{ord(char):04x}"


def _is_nil(value: values.Value) -> bool:
    if isinstance(value, values.StringList):
        return value.is_nil
    return value is None or value is values.MISSING or isinstance(value, values.NilPointer)


def _number(number: gojson.Number) -> str:
    if not number:
        return "0"
    if not _NUMBER.fullmatch(number):
        raise failures.Failed("a json.Number is not a valid JSON number")
    return str(number)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise failures.Failed("an infinity or NaN cannot be written as JSON")
    return ftoa.json_text(value)
