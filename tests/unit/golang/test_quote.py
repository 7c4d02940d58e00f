"""Go literals of strings and characters; the expected texts are what Go 1.26 writes."""

import pytest

from provider.golang.strconv import quote


@pytest.mark.parametrize(
    ("text", "literal", "in_ascii"),
    [
        ("", '""', '""'),
        ("plain text", '"plain text"', '"plain text"'),
        ("a\"b\\c'd", r'"a\"b\\c' + "'d\"", r'"a\"b\\c' + "'d\""),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"', r'"\a\b\f\n\r\t\v"'),
        ("\x00\x1f\x7f", r'"\x00\x1f\x7f"', r'"\x00\x1f\x7f"'),
        ("é日😀", '"é日😀"', r'"\u00e9\u65e5\U0001f600"'),
        ("\x80\xa0\xad\u200b\u2028\ufeff", r'"\u0080\u00a0\u00ad\u200b\u2028\ufeff"', None),
        ("\U000e0001\U0010ffff", r'"\U000e0001\U0010ffff"', None),
        ("\udcff\udc80a", r'"\xff\x80a"', r'"\xff\x80a"'),
        ("\udcc3\udca9", '"é"', r'"\u00e9"'),
        ("\ufffd", '"\ufffd"', r'"\ufffd"'),
    ],
)
def test_strings_are_quoted_as_by_strconv(text: str, literal: str, in_ascii: str | None) -> None:
    """What cannot be seen is escaped, bytes that are no UTF-8 one by one; halves of a character are put together."""
    assert quote.quote(text) == literal
    assert quote.quote(text, ascii_only=True) == (literal if in_ascii is None else in_ascii)


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        (97, "'a'"),
        (39, r"'\''"),
        (34, "'\"'"),
        (10, r"'\n'"),
        (0xE9, "'é'"),
        (0xAD, r"'\u00ad'"),
        (0xD800, "'\ufffd'"),
        (-1, "'\ufffd'"),
        (0x110000, "'\ufffd'"),
    ],
)
def test_characters_are_quoted_as_by_strconv(code: int, literal: str) -> None:
    """What is no code point becomes U+FFFD."""
    assert quote.quote_rune(code) == literal


@pytest.mark.parametrize(
    ("text", "can"),
    [
        ('a\tb"\\é', True),
        ("", True),
        ("a`b", False),
        ("a\nb", False),
        ("\x7f", False),
        ("\ufeff", False),
        ("\udcff", False),
        ("\ufffd", True),
        ("\u200b", True),
    ],
)
def test_raw_literals_hold_one_line_without_back_quotes(text: str, can: bool) -> None:
    """A tab is the only control character in them."""
    assert quote.can_backquote(text) is can
