r"""JSON text as Go's encoding/json reads and writes it (expected outputs computed with Go 1.26)."""

import pytest

from provider.golang import gojson


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("12345678901234567890", "12345678901234567890"),
        ("-0", "-0"),
        ('{"b":1,"a":{"z":null,"B":true}}', '{"a":{"B":true,"z":null},"b":1}'),
        ('"<a href=\\"x\\">&</a>"', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'),
        ('"\\u2028\\u2029"', '"\\u2028\\u2029"'),
        ('"\\u007f\\u0085"', '"\x7f\x85"'),
        ('"\\b\\f\\n\\r\\t\\u0000\\u001f"', '"\\b\\f\\n\\r\\t\\u0000\\u001f"'),
        ('"\\ud800x"', '"\ufffdx"'),
        ('{"\\udfff":1}', '{"\ufffd":1}'),
        ('"\\ud83d\\ude00"', '"\U0001f600"'),
        ("[]", "[]"),
        ("{}", "{}"),
        (' [ 1 , "é" ] ', '[1,"é"]'),
        ('{"a":1,"a":2}', '{"a":2}'),
    ],
)
def test_what_is_read_is_written_as_go_would(source: str, written: str) -> None:
    """Number text survives, keys are sorted, HTML is escaped, lone surrogates are replaced."""
    assert gojson.dumps(gojson.loads(source)) == written


def test_bytes_that_are_no_utf8_become_the_replacement_character() -> None:
    """As Go's decoder does."""
    assert gojson.dumps(gojson.loads(b'"a\xffb"')) == '"a\ufffdb"'


@pytest.mark.parametrize("text", ["", "nope-canary", "{", '{"a":NaN}', "[1] [2]", "[" * 100_000])
def test_what_is_no_json_is_an_error_without_its_text(text: str) -> None:
    """The message tells a position at most."""
    with pytest.raises(ValueError, match=r"not a JSON document|is not JSON") as caught:
        gojson.loads(text)
    assert "canary" not in str(caught.value)


def test_floats_are_refused() -> None:
    """A float's text would be ours, not Vault's."""
    with pytest.raises(TypeError):
        gojson.dumps(1.5)
