import pytest

from provider.golang import unicode

# What Go 1.26 and golang.org/x/text 0.38 make of them.
UPPER = [
    ("", ""),
    ("aé", "AÉ"),
    ("straße", "STRAßE"),
    ("ŉ ﬁ", "ŉ ﬁ"),
    ("ᾳ", "ᾼ"),
    ("ǆ ǅ", "Ǆ Ǆ"),
    ("a\udcff\udcc3é", "A\ufffd\ufffdÉ"),
    ("\udcc3\udca9", "É"),
]
LOWER = [("AÉ", "aé"), ("ΌΣ", "όσ"), ("İ", "i"), ("ẞ", "ß"), ("A\udcff", "a\ufffd")]
TITLE = [
    ("hello wORLD foo-bar it's", "Hello WORLD Foo-Bar It's"),
    ("3rd x_y a.b a..b a:b", "3Rd X_y A.b A..B A:b"),
    ("ǆa ﬁx ßa", "ǅa Fix Ssa"),
    ("日本a aあb กa", "日本A AあB กA"),
    ("a\udcffa b", "A\udcffA B"),
    ("x\u0301a x\u02c2a a\u2019b", "X\u0301a X\u02c2a A\u2019b"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "made"), UPPER)
def test_upper_case_is_made_a_character_at_a_time(text: str, made: str) -> None:
    """One character becomes one, as in Go, and a byte that is no UTF-8 becomes U+FFFD."""
    assert unicode.to_upper(text) == made


@pytest.mark.parametrize(("text", "made"), LOWER)
def test_lower_case_knows_no_final_sigma(text: str, made: str) -> None:
    """Each character is lowered by itself, wherever in a word it stands."""
    assert unicode.to_lower(text) == made


@pytest.mark.parametrize(("text", "made"), TITLE)
def test_title_case_starts_words_and_leaves_the_rest(text: str, made: str) -> None:
    """Only the first letter of a word changes; an apostrophe, a dot or a colon does not end one."""
    assert unicode.title(text) == made
