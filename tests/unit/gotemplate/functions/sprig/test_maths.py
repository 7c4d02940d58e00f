"""sprig's arithmetic: expected values are what sprig v3.3 gave."""

import math
from typing import Any

import pytest

from provider.golang import failures, values
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("add", (), values.Int64(0)),
    ("add", (1, "2", 3.9, True, None), values.Int64(7)),
    ("add", (9223372036854775807, 1), values.Int64(-9223372036854775808)),
    ("add1", (9223372036854775807,), values.Int64(-9223372036854775808)),
    ("add1", ("x",), values.Int64(1)),
    ("sub", (5, 3), values.Int64(2)),
    ("sub", (-9223372036854775808, 1), values.Int64(9223372036854775807)),
    ("mul", (2, 3, 4), values.Int64(24)),
    ("mul", (9223372036854775807, 2), values.Int64(-2)),
    ("mul", (5,), values.Int64(5)),
    ("div", (7, 2), values.Int64(3)),
    ("div", (-7, 2), values.Int64(-3)),
    ("div", (-9223372036854775808, -1), values.Int64(-9223372036854775808)),
    ("mod", (7, 3), values.Int64(1)),
    ("mod", (-7, 3), values.Int64(-1)),
    ("mod", (7, -3), values.Int64(1)),
    ("max", (1, 5, "3"), values.Int64(5)),
    ("biggest", (1, 9), values.Int64(9)),
    ("min", (4, 2, 9), values.Int64(2)),
    ("min", ("x", 1), values.Int64(0)),
    ("maxf", (1, 2.5), 2.5),
    ("minf", (1, -0.0, 0), -0.0),
    ("maxf", (math.nan, 1), math.nan),
    ("maxf", (math.inf, math.nan), math.inf),
    ("minf", (math.nan, -math.inf), -math.inf),
    ("maxf", (-0.0, 0.0), 0.0),
    ("floor", (1.7,), 1.0),
    ("floor", (-1.2,), -2.0),
    ("floor", (-0.0,), -0.0),
    ("floor", ("2.5",), 2.0),
    ("floor", (math.inf,), math.inf),
    ("ceil", (1.2,), 2.0),
    ("ceil", (-0.5,), -0.0),
    ("ceil", (math.nan,), math.nan),
    ("ceil", (1e300,), 1e300),
    ("round", (2.675, 2), 2.68),
    ("round", (123.5555, 3), 123.556),
    ("round", (-2.5, 0), -3.0),
    ("round", (2.5, 0), 3.0),
    ("round", (1234.5, -2), 1200.0),
    ("round", (0.1, 30), 0.1),
    ("round", (1.5, 400), math.nan),
    ("round", (1.5, -400), math.nan),
    ("round", (math.inf, 1), math.inf),
    ("round", ("5.55", 1), 5.6),
    ("round", ("x", 2), 0.0),
    ("round", (1e22, 5), 1e22),
    ("round", (123.3855, 2, 0.6), 123.38),
    ("round", (123.3855, 2, 0.5), 123.39),
    ("addf", (0.1, 0.2), 0.3),
    ("addf", (), 0.0),
    ("addf", ("1.5", 2), 3.5),
    ("add1f", (1.1,), 2.1),
    ("subf", (3, 1, 0.5), 1.5),
    ("subf", (-0.0,), 0.0),
    ("mulf", (1.1, 1.1, 1.1), 1.331),
    ("mulf", (1e300, 1e300), math.inf),
    ("mulf", (1e-300, 1e-300), 0.0),
    ("divf", (10, 3), 3.3333333333333335),
    ("divf", (-10, 3), -3.3333333333333335),
    ("divf", (1, 3, 3), 0.1111111111111111),
    ("divf", (1e300, 1e-300), math.inf),
    ("divf", (5e-17, 1), 1e-16),
    ("divf", (-5e-17, 1), -1e-16),
]

FAILURES: list[tuple[str, tuple[Any, ...]]] = [
    ("div", (1, 0)),
    ("mod", (1, "x")),
    ("divf", (1, 0)),
    ("addf", (math.nan,)),
    ("mulf", (math.inf, 0)),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


@pytest.mark.parametrize(("name", "args"), FAILURES)
def test_fails_where_sprig_fails(name: str, args: tuple[Any, ...]) -> None:
    """What makes sprig fail or panic fails here, and the text has no argument in it."""
    with pytest.raises(failures.Failed) as caught:
        calls.call(name, *args)
    assert all(str(each) not in caught.value.message for each in args if isinstance(each, str) and len(each) > 4)
