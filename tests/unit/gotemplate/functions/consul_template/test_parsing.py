"""consul-template's functions that make values of strings."""

import traceback

import pytest

from provider.golang import failures, values
from provider.gotemplate.functions.consul_template import parsing
from tests.doubles import template_state


def call(name: str, text: str) -> object:
    return parsing.TABLE.functions[name].call(template_state.build(), text)


@pytest.mark.parametrize(
    ("name", "text", "want"),
    [
        ("parseBool", "true", True),
        ("parseBool", "1", True),
        ("parseBool", "F", False),
        ("parseBool", "", False),
        ("parseInt", "42", values.Int64(42)),
        ("parseInt", "-7", values.Int64(-7)),
        ("parseInt", "", values.Int64(0)),
        ("parseUint", "18446744073709551615", values.Uint64((1 << 64) - 1)),
        ("parseUint", "", values.Uint64(0)),
        ("parseFloat", "1.50", 1.5),
        ("parseFloat", "1e3", 1000.0),
        ("parseFloat", "", 0.0),
    ],
)
def test_strings_become_values_and_nothing_becomes_zero(name: str, text: str, want: object) -> None:
    """Go's syntax, and "" for what is not set."""
    got = call(name, text)
    assert (got, type(got)) == (want, type(want))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("parseBool", "hunter2", "invalid syntax: the argument is not a boolean"),
        ("parseInt", "hunter2", "invalid syntax: the argument is not an int64"),
        ("parseInt", "4_2", "invalid syntax"),
        ("parseInt", "99999999999999999999", "value out of range: the argument is not an int64"),
        ("parseUint", "-1", "invalid syntax: the argument is not a uint64"),
        ("parseFloat", "1,5", "invalid syntax: the argument is not a float64"),
        ("parseFloat", "1e999", "value out of range"),
    ],
)
def test_other_strings_fail_and_are_not_told(name: str, text: str, message: str) -> None:
    """Neither the message nor anything it is chained to holds the string."""
    with pytest.raises(failures.Failed, match=message) as caught:
        call(name, text)
    assert text not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
