"""consul-template's arithmetic; the expected values and types are what its own functions give."""

import math
from typing import Any

import pytest

from provider.golang import failures, gojson, values
from provider.gotemplate.functions.consul_template import maths
from tests.doubles import template_state

MOST = (1 << 63) - 1
LEAST = -(1 << 63)
Int, Uint = values.Int64, values.Uint64


def call(name: str, b: object, a: object) -> Any:
    return maths.TABLE.functions[name].call(template_state.build(), b, a)


@pytest.mark.parametrize(
    ("name", "b", "a", "want"),
    [
        ("add", 1, 2, Int(3)),
        ("subtract", 1, 5, Int(4)),
        ("multiply", 3, 4, Int(12)),
        ("divide", 2, 7, Int(3)),
        ("divide", 2, -7, Int(-3)),
        ("divide", -2, -7, Int(3)),
        ("modulo", 3, 7, Int(1)),
        ("modulo", 3, -7, Int(-1)),
        ("modulo", -3, 7, Int(1)),
        ("minimum", 1, 2, Int(1)),
        ("maximum", 1, Int(2), Int(2)),
        ("add", MOST, 1, Int(LEAST)),
        ("subtract", 1, LEAST, Int(MOST)),
        ("multiply", 2, MOST, Int(-2)),
        ("divide", -1, LEAST, Int(LEAST)),
        ("modulo", -1, LEAST, Int(0)),
        ("add", Uint(1), Uint((1 << 64) - 1), Uint(0)),
        ("subtract", Uint(2), Uint(1), Uint((1 << 64) - 1)),
        ("add", 1, Uint(1 << 63), Int(LEAST + 1)),
        ("divide", Uint(1 << 63), 5, Int(0)),
        ("minimum", Uint((1 << 64) - 1), 3, Uint((1 << 64) - 1)),
        ("maximum", Uint(3), 2, Uint(3)),
        ("maximum", Uint(3), 4, Int(4)),
    ],
)
def test_integers_have_64_bits_that_wrap(name: str, b: int, a: int, want: int) -> None:
    """Division cuts off towards zero; only two unsigned operands stay unsigned."""
    got = call(name, b, a)
    assert (got, type(got)) == (want, type(want))


@pytest.mark.parametrize(
    ("name", "b", "a", "want"),
    [
        ("add", 1.5, 2, 3.5),
        ("subtract", 0.1, 0.3, 0.3 - 0.1),
        ("multiply", 0.5, 4, 2.0),
        ("multiply", 10, 1e308, math.inf),
        ("divide", 2.0, 5, 2.5),
        ("divide", 0.0, 1, math.inf),
        ("divide", 0, -1.0, -math.inf),
        ("divide", -0.0, 1, -math.inf),
        ("add", 1.0, Uint((1 << 64) - 1), 18446744073709551616.0),
        ("minimum", 1.5, 2, 1.5),
        ("maximum", 2.5, 2, 2.5),
        ("maximum", 1.5, 2, Int(2)),
        ("minimum", 1, 1.0, Int(1)),
        ("minimum", math.nan, 1, math.nan),
        ("minimum", 1, math.nan, Int(1)),
    ],
)
def test_a_float_makes_a_float_but_minimum_and_maximum_give_an_operand(
    name: str, b: float, a: float, want: float
) -> None:
    """Division by a float zero is an infinity; a comparison with NaN gives the first operand."""
    got = call(name, b, a)
    assert type(got) is type(want)
    assert got == want or (math.isnan(got) and math.isnan(want))


@pytest.mark.parametrize(("b", "a"), [(0.0, 0), (0, 0.0), (0.0, math.nan), (math.nan, 1)])
def test_a_float_quotient_without_meaning_is_nan(b: float, a: float) -> None:
    """No exception of Python's gets out."""
    assert math.isnan(call("divide", b, a))


@pytest.mark.parametrize("name", ["divide", "modulo"])
@pytest.mark.parametrize(("b", "a"), [(0, 1), (Uint(0), Uint(1)), (0, Uint(1))])
def test_integers_are_not_divided_by_zero(name: str, b: int, a: int) -> None:
    """That ends the rendering."""
    with pytest.raises(failures.Failed, match="integer divide by zero"):
        call(name, b, a)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "modulo", "minimum", "maximum"])
@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("1357", "got string; parseInt and parseFloat make numbers of strings"),
        (gojson.Number("1357"), "got json.Number; parseInt"),
        (True, "got bool"),
        (None, "got <nil>"),
        ([1357], r"got \[\]interface \{\}"),
    ],
)
def test_what_is_no_number_is_told_by_its_type(name: str, other: object, message: str) -> None:
    """Its value is not in the message."""
    for operands in ((1, other), (other, 1)):
        with pytest.raises(failures.Failed, match=message) as caught:
            call(name, *operands)
        assert "1357" not in str(caught.value)


def test_floats_have_no_modulo() -> None:
    """Go's % is for integers."""
    with pytest.raises(failures.Failed, match="needs integers, got float64"):
        call("modulo", 2.0, 5)
