"""JSON as the Go provider reads and writes it.

Existing files were written by Go's encoding/json with `UseNumber`: number text is preserved (1.10, 1e3, twenty
digits), object keys are sorted, `<`, `>`, `&`, U+2028 and U+2029 are escaped, nothing is indented. The standard
library parses (in C); only what differs from Go is done here.
"""

import json
import re
from typing import Any, Final, NoReturn


class Number(str):
    """A JSON number as its text, so that nothing is rounded on the way from Vault to the file."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Number({str(self)!r})"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def loads(text: bytes | str) -> Any:  # noqa: ANN401 -- a JSON document is of any shape
    """Parse one document; numbers become `Number`, invalid UTF-8 and lone surrogates become U+FFFD as in Go.

    Raises:
        ValueError: not one JSON document. The message has no part of the text.
    """
    source = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    try:
        value = json.loads(source, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant)
        return _without_lone_surrogates(value) if _SURROGATE_ESCAPE.search(source) else value
    except RecursionError as error:
        raise ValueError("not a JSON document: nested too deeply") from error
    except ValueError as error:
        place = f" at position {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"not a JSON document{place}") from None


_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _without_lone_surrogates(value: Any) -> Any:  # noqa: ANN401 -- a JSON value
    if isinstance(value, str) and not isinstance(value, Number):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub("\ufffd", key): _without_lone_surrogates(item) for key, item in value.items()}
    return value


_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_ESCAPED: Final = re.compile('[\x00-\x1f"\\\\<>&\u2028\u2029]')


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04x}"


def _write(value: object, out: list[str]) -> None:
    if isinstance(value, Number):
        out.append(str(value))
    elif isinstance(value, str):
        out.append(f'"{_ESCAPED.sub(_escape, value)}"')
    elif value is None:
        out.append("null")
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, int):
        out.append(str(value))
    elif isinstance(value, dict):
        out.append("{")
        for position, key in enumerate(sorted(value)):
            if position:
                out.append(",")
            out.append(f'"{_ESCAPED.sub(_escape, key)}":')
            _write(value[key], out)
        out.append("}")
    elif isinstance(value, list | tuple):
        out.append("[")
        for position, item in enumerate(value):
            if position:
                out.append(",")
            _write(item, out)
        out.append("]")
    else:
        raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: object) -> str:
    r"""Compact JSON with sorted keys and Go's HTML escaping.

    Takes what `loads` returns, and Python ints and bools. Floats are refused: their text would be ours, not Vault's.

    >>> dumps({"b": Number("1.10"), "a": "<x>"})
    '{"a":"\\u003cx\\u003e","b":1.10}'
    """
    out: list[str] = []
    _write(value, out)
    return "".join(out)


def member(key: str, value: object) -> str:
    """One `"key":value` of an object whose order is ours to choose."""
    return f"{dumps(key)}:{dumps(value)}"
