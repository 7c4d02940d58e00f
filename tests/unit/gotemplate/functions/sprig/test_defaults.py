"""sprig's choices by emptiness: expected values are what sprig v3.3 gave."""

import math
from typing import Any

import pytest

from provider.golang import gojson, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("default", ("d", None), "d"),
    ("default", ("d", False), "d"),
    ("default", ("d", True), True),
    ("default", ("d", 0), "d"),
    ("default", ("d", 1), 1),
    ("default", ("d", values.Int64(0)), "d"),
    ("default", ("d", 0.0), "d"),
    ("default", ("d", math.nan), math.nan),
    ("default", ("d", ""), "d"),
    ("default", ("d", "x"), "x"),
    ("default", ("d", gojson.Number("0")), gojson.Number("0")),
    ("default", ("d", []), "d"),
    ("default", ("d", [None]), [None]),
    ("default", ("d", {}), "d"),
    ("default", ("d", {"a": 1}), {"a": 1}),
    ("default", ("d", values.StringList([])), "d"),
    ("default", ("d", b""), "d"),
    ("default", ("d", b"x"), b"x"),
    ("default", ("d",), "d"),
    ("default", (None,), None),
    ("empty", (None,), True),
    ("empty", (False,), True),
    ("empty", (True,), False),
    ("empty", (0,), True),
    ("empty", (1,), False),
    ("empty", (values.Int64(0),), True),
    ("empty", (0.0,), True),
    ("empty", (math.nan,), False),
    ("empty", ("",), True),
    ("empty", ("x",), False),
    ("empty", (gojson.Number("0"),), False),
    ("empty", ([],), True),
    ("empty", ([None],), False),
    ("empty", ({},), True),
    ("empty", ({"a": 1},), False),
    ("empty", (values.StringList([]),), True),
    ("empty", (b"",), True),
    ("empty", (b"x",), False),
    ("coalesce", (), None),
    ("coalesce", (None, "", 0, "x", "y"), "x"),
    ("coalesce", (None, ""), None),
    ("all", (), True),
    ("all", (1, "a"), True),
    ("all", (1, ""), False),
    ("any", (), False),
    ("any", (0, "", 1), True),
    ("any", (0, ""), False),
    ("ternary", (1, 2, True), 1),
    ("ternary", (1, None, False), None),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)
