"""sprig's questions about types: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("typeOf", (None,), "<nil>"),
    ("typeOf", (True,), "bool"),
    ("typeOf", (1,), "int"),
    ("typeOf", (values.Int64(1),), "int64"),
    ("typeOf", (values.Uint64(1),), "uint64"),
    ("typeOf", (1.5,), "float64"),
    ("typeOf", ("x",), "string"),
    ("typeOf", (gojson.Number("1"),), "json.Number"),
    ("typeOf", (b"x",), "[]uint8"),
    ("typeOf", ([],), "[]interface {}"),
    ("typeOf", (values.StringList([]),), "[]string"),
    ("typeOf", (values.IntList([]),), "[]int"),
    ("typeOf", ({},), "map[string]interface {}"),
    ("typeOf", (values.StringMap({}),), "map[string]string"),
    ("typeOf", (values.AnyMap({}),), "map[interface {}]interface {}"),
    ("kindOf", (None,), "invalid"),
    ("kindOf", (True,), "bool"),
    ("kindOf", (1,), "int"),
    ("kindOf", (values.Int64(1),), "int64"),
    ("kindOf", (values.Uint64(1),), "uint64"),
    ("kindOf", (1.5,), "float64"),
    ("kindOf", ("x",), "string"),
    ("kindOf", (gojson.Number("1"),), "string"),
    ("kindOf", (b"x",), "slice"),
    ("kindOf", ([],), "slice"),
    ("kindOf", (values.StringList([]),), "slice"),
    ("kindOf", (values.IntList([]),), "slice"),
    ("kindOf", ({},), "map"),
    ("kindOf", (values.StringMap({}),), "map"),
    ("kindOf", (values.AnyMap({}),), "map"),
    ("typeIs", ("string", "x"), True),
    ("typeIs", ("string", gojson.Number("1")), False),
    ("typeIsLike", ("string", "x"), True),
    ("typeIsLike", ("nope", "x"), False),
    ("kindIs", ("map", {}), True),
    ("kindIs", ("string", gojson.Number("1")), True),
    ("kindIs", ("slice", "x"), False),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)
