"""What scalars mean to yaml.v2: expected values are what v2.4.0 gave for the same text."""

import math
from typing import Any

import pytest

from provider.golang import failures, values
from provider.golang.yaml import decode_v2, encode, scalars

RESOLVED: list[tuple[str, Any]] = [
    ("1", 1),
    ("+1", 1),
    ("-0", 0),
    ("0x1F", 31),
    ("0o17", 15),
    ("017", 15),
    ("0b11", 3),
    ("0b+1", 1),
    ("-0b1", -1),
    ("1_000", 1000),
    ("_1", "_1"),
    ("08", 8.0),
    ("1e3", 1000.0),
    ("1.5", 1.5),
    (".5", 0.5),
    (".5_1", 0.51),
    (".5_", ".5_"),
    ("1.", 1.0),
    (".", "."),
    ("+", "+"),
    ("9223372036854775807", 9223372036854775807),
    ("9223372036854775808", values.Uint64(9223372036854775808)),
    ("18446744073709551615", values.Uint64(18446744073709551615)),
    ("18446744073709551616", 1.8446744073709552e19),
    ("-9223372036854775809", -9.223372036854776e18),
    ("1e400", "1e400"),
    (".inf", math.inf),
    ("-.INF", -math.inf),
    *((text, True) for text in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")),
    *((text, False) for text in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")),
    *((text, text) for text in ("tRue", "yEs", "nuLL", "1:30", "1.5.2", "1 000", "0x", "0b2", "<<", "=")),
    *((text, None) for text in ("", "~", "null", "Null", "NULL")),
    *((text, text) for text in ("2024-01-02", "2024-01-02T03:04:05Z", "2024-02-30")),
]

DATES = ["2024-1-2", "0000-02-29", "2024-01-02T03:04:05.5+02:00", "2024-01-02t3:4:5-24:60", "2024-01-02  3:4:5,25"]
NO_DATES = ["24-01-02", "2024-02-30", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "2024-01-02 3:4:5Z"]
NO_TIMES = ["2024-01-02T03:04:05", "2024-01-02T24:00:00Z", "2024-01-02T0:60:0Z", "2024-01-02T0:0:60Z"]
NO_ZONES = ["2024-01-02T03:04:05+25:00", "2024-01-02T03:04:05+01:61", "2024-01-02T03:04:05+1:00"]


@pytest.mark.parametrize(("text", "value"), RESOLVED)
def test_text_without_a_tag_means_what_it_means_to_go(text: str, value: object) -> None:
    """The words and numbers of YAML 1.1, as far as Go knows them; dates are strings."""
    resolved = decode_v2.scalar("", text)
    assert resolved == value
    assert type(resolved) is type(value)


def test_no_number_is_a_float() -> None:
    """`.nan` in its three spellings."""
    assert all(math.isnan(decode_v2.scalar("", text)) for text in (".nan", ".NaN", ".NAN"))


@pytest.mark.parametrize("text", DATES)
def test_dates_are_told_from_strings(text: str) -> None:
    """Parts of one or two digits, fractions after a point or comma, zones up to 24:60."""
    assert scalars.V2.resolve("", text)[0] == scalars.TIMESTAMP
    assert decode_v2.scalar("", text) == text
    assert not encode.can_be_plain(text)


@pytest.mark.parametrize("text", NO_DATES + NO_TIMES + NO_ZONES)
def test_what_is_no_date_is_a_string(text: str) -> None:
    """Days that are in no calendar, and a zone where Go looks for none."""
    assert scalars.V2.resolve("", text) == (scalars.STR, text)
    assert encode.can_be_plain(text)


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        (scalars.STR, "1", "1"),
        (scalars.INT, "5", 5),
        (scalars.FLOAT, "1", 1.0),
        (scalars.BOOL, "yes", True),
        (scalars.NULL, "", None),
        (scalars.TIMESTAMP, "2024-01-02", "2024-01-02"),
        ("!foo", "1", "1"),
    ],
)
def test_a_tag_decides(tag: str, text: str, value: object) -> None:
    """A tag of YAML asks for its type; others leave the text."""
    assert decode_v2.scalar(tag, text) == value


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (scalars.INT, "hunter2"),
        (scalars.INT, "1.5"),
        (scalars.FLOAT, "hunter2"),
        (scalars.FLOAT, "18446744073709551615"),
        (scalars.BOOL, "1"),
        (scalars.NULL, "hunter2"),
        (scalars.TIMESTAMP, "2024-02-30"),
    ],
)
def test_a_tag_that_does_not_fit_fails(tag: str, text: str) -> None:
    """The failure names the types, and not the text."""
    with pytest.raises(failures.Failed, match=r"has the tag !!\w+, but is !!\w+") as caught:
        decode_v2.scalar(tag, text)
    assert text not in caught.value.message


@pytest.mark.parametrize(("text", "plain"), [("190:20:30.15", False), ("1:30", False), ("12:99", True), ("a", True)])
def test_base_60_is_quoted_for_other_readers(text: str, plain: bool) -> None:
    """Go reads no base 60, and quotes it all the same."""
    assert encode.can_be_plain(text) is plain
