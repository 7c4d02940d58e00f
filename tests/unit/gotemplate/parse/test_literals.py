"""Constants have the values that Go 1.26 gave for the same text."""

import math

import pytest

from provider.golang import values
from provider.gotemplate.parse import literals
from tests.doubles import cost


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("0", 0),
        ("42", 42),
        ("-42", -42),
        ("+7", 7),
        ("1_000_000", 1000000),
        ("0x1F", 31),
        ("0X_1f", 31),
        ("0b11", 3),
        ("0B_1_1", 3),
        ("0o17", 15),
        ("017", 15),
        ("01_7", 15),
        ("-017", -15),
        ("-0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2**63),
        ("0xffffffffffffffff", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("0x7fffffffffffffff", 2**63 - 1),
        ("0x1e", 30),
        ("-0x1e", -30.0),
        ("1.0", 1.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1E+3", 1000.0),
        ("1e1_0", 1e10),
        ("1_0.5", 10.5),
        ("08.5", 8.5),
        ("0_7.5", 7.5),
        ("1e-400", 0.0),
        ("0x1p4", 16.0),
        ("0x1.8P1", 3.0),
        ("0x.8p0", 0.5),
        ("0x_1_0p-2", 4.0),
        ("99999999999999999999.0", 1e20),
    ],
)
def test_numbers(source: str, value: float) -> None:
    """A number is an int or a float as Go's is where no type is asked for."""
    made = literals.number(source)
    assert (type(made), made) == (type(value), value)


def test_negative_zero() -> None:
    """The sign of a float zero is kept."""
    assert math.copysign(1, literals.number("-0.0")) == -1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("18446744073709551616", 'integer overflow: "18446744073709551616"'),
        ("-9223372036854775809", 'integer overflow: "-9223372036854775809"'),
        ("+9223372036854775808", 'integer overflow: "+9223372036854775808"'),
        ("089", 'illegal number syntax: "089"'),
        ("1__0", 'illegal number syntax: "1__0"'),
        ("1_", 'illegal number syntax: "1_"'),
        ("1_.5", 'illegal number syntax: "1_.5"'),
        ("0x", 'illegal number syntax: "0x"'),
        ("0x1.8", 'illegal number syntax: "0x1.8"'),
        ("0x1_p1", 'illegal number syntax: "0x1_p1"'),
        ("0xp1", 'illegal number syntax: "0xp1"'),
        ("1e400", 'illegal number syntax: "1e400"'),
        ("0x1p99999", 'illegal number syntax: "0x1p99999"'),
        ("1e", 'illegal number syntax: "1e"'),
        ("+", 'illegal number syntax: "+"'),
        (".", 'illegal number syntax: "."'),
        ("0o1.5", 'illegal number syntax: "0o1.5"'),
        ("1i", 'complex constant "1i" is not supported'),
        ("1+2i", 'complex constant "1+2i" is not supported'),
    ],
)
def test_no_numbers(source: str, message: str) -> None:
    """What is no number, or beyond an int64 or a float64, is told."""
    with pytest.raises(ValueError, match=r"number|integer|complex") as caught:
        literals.number(source)
    assert str(caught.value) == message


@pytest.mark.parametrize(("begin", "part", "end"), [("", "1", ""), ("0", "7", ""), ("0x", "1_", "p1"), ("1.", "1", "")])
def test_long_numbers_take_no_time(begin: str, part: str, end: str) -> None:
    """A number of any length is read, or refused with a short text, in time that grows in proportion."""

    def shown(source: str) -> str:
        try:
            return str(literals.number(source))
        except ValueError as error:
            return str(error)

    def long(size: int) -> str:
        return begin + part * (size // len(part)) + end

    assert len(shown(long(300_000))) < 200
    assert cost.is_in_proportion(shown, long, 2_400_000)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'a'", 97),
        (r"'\n'", 10),
        (r"'\''", 39),
        (r"'\\'", 92),
        ("'\"'", 34),
        (r"'\x41'", 65),
        (r"'\xff'", 255),
        (r"'\377'", 255),
        (r"'\u00e9'", 233),
        ("'é'", 233),
        ("'😀'", 0x1F600),
        (r"'\U0010ffff'", 0x10FFFF),
        ("'\udcff'", 0xFFFD),
    ],
)
def test_runes(source: str, value: int) -> None:
    """A character is its code point."""
    assert literals.rune(source) == value


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("''", "empty character constant"),
        ("'ab'", "malformed character constant: 'ab'"),
        (r"'\"'", r"invalid escape in a constant: \""),
        (r"'\ud800'", r"invalid escape in a constant: \ud800"),
        (r"'\q'", r"invalid escape in a constant: \q"),
    ],
)
def test_no_runes(source: str, message: str) -> None:
    """What is not one character is told."""
    with pytest.raises(ValueError, match="constant") as caught:
        literals.rune(source)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('""', b""),
        ('"snow ☃"', "snow ☃".encode()),
        (r'"\a\b\f\n\r\t\v\\\""', b'\a\b\f\n\r\t\v\\"'),
        (r'"\x41\101\u00e9\U0001F600"', "AAé😀".encode()),
        (r'"\xff\377é"', b"\xff\xff\xc3\xa9"),
        (r'"\xc3\xa9"', "é".encode()),
        (r'"\xc3\u00a9"', b"\xc3\xc2\xa9"),
        ('"\udcff"', "\ufffd".encode()),
        (r"`a\n\x41`", rb"a\n\x41"),
        ("`a\r\nb`", b"a\nb"),
        ("`\udcff`", b"\xff"),
    ],
)
def test_strings(source: str, value: bytes) -> None:
    r"""Escapes are of bytes or characters, bytes that make a character are one; raw strings lose only their CR."""
    made = literals.string(source)
    assert values.to_bytes(made) == value
    assert values.to_text(value) == made


@pytest.mark.parametrize(
    ("escape", "message"),
    [
        (r"\q", r"\q"),
        (r"\'", r"\'"),
        (r"\x4", r"\x"),
        (r"\x4g", r"\x"),
        (r"\08", r"\0"),
        (r"\400", r"\4"),
        (r"\u12", r"\u"),
        (r"\ud800", r"\ud800"),
        (r"\U00110000", r"\U00110000"),
        (r"\é", r"\é"),
    ],
)
def test_no_escapes(escape: str, message: str) -> None:
    """What is no escape of Go is told."""
    with pytest.raises(ValueError, match="invalid escape") as caught:
        literals.string(f'"a{escape}z"')
    assert str(caught.value) == f"invalid escape in a constant: {message}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", '"plain"'),
        ('a"b\\c\n', r'"a\"b\\c\n"'),
        ("\x01\u00a0", r'"\x01\u00a0"'),
        ("\ud800", '"\ufffd"'),
        ("a" * 61, f'"{"a" * 60}"...'),
    ],
)
def test_source_in_errors(text: str, shown: str) -> None:
    """What an error shows of the source is short and printable."""
    assert literals.quoted(text) == shown
