"""Numbers from text; the expected values are what Go 1.26 reads."""

import math

import pytest

from provider.golang.strconv import atoi


@pytest.mark.parametrize(
    ("text", "base", "value"),
    [
        ("0", 10, 0),
        ("42", 10, 42),
        ("-7", 10, -7),
        ("+5", 10, 5),
        ("007", 10, 7),
        ("-9223372036854775808", 10, -(1 << 63)),
        ("9223372036854775807", 10, (1 << 63) - 1),
        ("0" * 5000 + "1", 10, 1),
        ("fF", 16, 255),
        ("zz", 36, 1295),
        ("1_000", 0, 1000),
        ("-0x1f", 0, -31),
        ("0x_1f", 0, 31),
        ("0b101", 0, 5),
        ("0o17", 0, 15),
        ("017", 0, 15),
        ("0_17", 0, 15),
        ("0", 0, 0),
    ],
)
def test_integers_are_read_as_by_strconv(text: str, base: int, value: int) -> None:
    """A sign or none; prefixes and `_` in base 0 only."""
    assert atoi.parse_int(text, base) == value


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("", 10),
        ("-", 10),
        ("+-1", 10),
        (" 1", 10),
        ("1\n", 10),
        ("1.0", 10),
        ("4_2", 10),
        ("0x1f", 10),
        ("0x1f", 16),
        ("12", 2),
        ("\u0661", 10),
        ("\uff11", 10),
        ("08", 0),
        ("0x", 0),
        ("0o", 0),
        ("_1", 0),
        ("1_", 0),
        ("1__0", 0),
        ("0x1_", 0),
    ],
)
def test_what_is_no_integer_is_refused(text: str, base: int) -> None:
    """Nothing around or within the digits is skipped, and they are ASCII."""
    with pytest.raises(atoi.InvalidSyntax, match=r"^invalid syntax$"):
        atoi.parse_int(text, base)


@pytest.mark.parametrize(
    ("text", "bits"),
    [("9223372036854775808", 64), ("-9223372036854775809", 64), ("128", 8), ("-129", 8), ("9" * 100_000, 64)],
)
def test_integers_that_do_not_fit_are_refused(text: str, bits: int) -> None:
    """However long they are, at once, and without telling them."""
    with pytest.raises(atoi.OutOfRange, match=r"^value out of range$"):
        atoi.parse_int(text, 10, bits)


def test_unsigned_integers_have_no_sign() -> None:
    """They reach to the last of 64 bits."""
    assert atoi.parse_uint("18446744073709551615") == (1 << 64) - 1
    assert atoi.parse_uint("255", bits=8) == 255
    with pytest.raises(atoi.OutOfRange):
        atoi.parse_uint("18446744073709551616")
    for text in ("-1", "+1", ""):
        with pytest.raises(atoi.InvalidSyntax):
            atoi.parse_uint(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.50", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("+.5e-3", 0.0005),
        ("1E3", 1000.0),
        ("1_0.2_5", 10.25),
        ("1e1_0", 1e10),
        ("1e-400", 0.0),
        ("0x1p-2", 0.25),
        ("0x.8P0", 0.5),
        ("-0x_1_0p+1", -32.0),
        ("0x1.fffffffffffff7p1023", 1.7976931348623157e308),
        ("inf", math.inf),
        ("-INF", -math.inf),
        ("+Infinity", math.inf),
    ],
)
def test_floats_are_read_as_by_strconv(text: str, value: float) -> None:
    """Decimal and hexadecimal, `_` between digits, infinities in any case."""
    assert atoi.parse_float(text) == value


def test_a_nan_is_read_without_a_sign_only() -> None:
    """Go knows NaN, but no negative one."""
    assert math.isnan(atoi.parse_float("NaN"))
    with pytest.raises(atoi.InvalidSyntax):
        atoi.parse_float("-nan")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "1,5",
        " 1",
        "1 ",
        "1e",
        "e5",
        "1f",
        "_1",
        "1_",
        "1._5",
        "1_e5",
        "0x1",
        "0x1p",
        "0xp0",
        "0b1",
        "infi",
        "\uff11",
        "1" * 100_000 + "x",
    ],
)
def test_what_is_no_float_is_refused(text: str) -> None:
    """A hexadecimal one needs its exponent."""
    with pytest.raises(atoi.InvalidSyntax, match=r"^invalid syntax$"):
        atoi.parse_float(text)


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1.7976931348623159e308", "0x1p2000", "9" * 400])
def test_floats_that_are_too_large_are_refused(text: str) -> None:
    """They do not become infinities."""
    with pytest.raises(atoi.OutOfRange, match=r"^value out of range$"):
        atoi.parse_float(text)
