"""One key as a file: the very bytes that the Go provider writes (expected outputs computed with Go 1.26)."""

import pytest

from provider import errors, model
from tests.doubles import objects, rendered

READ = model.Read("", "secret/data/x")


def contents(document: str, key: str, encoding: str = "utf-8") -> bytes:
    """The file of a key in a response."""
    made = rendered.from_reply(objects.of_key("file", READ, key, encoding=encoding), rendered.reply(document))
    return made.files[0].contents.reveal()


@pytest.mark.parametrize(
    ("data", "key", "expected"),
    [
        ('{"k":"plain\\n"}', "k", b"plain\n"),
        ('{"data":{"k":"v2"},"metadata":{}}', "k", b"v2"),
        ('{"data":{"k":"v2"},"sibling":"hidden"}', "k", b"v2"),
        ('{"data":"a string","k":"v1"}', "k", b"v1"),
        ('{"data":"a string"}', "data", b"a string"),
        ('{"k":5432}', "k", b"5432"),
        ('{"k":1.10}', "k", b"1.10"),
        ('{"k":1e3}', "k", b"1e3"),
        ('{"k":12345678901234567890}', "k", b"12345678901234567890"),
        ('{"k":true}', "k", b"true"),
        ('{"k":null}', "k", b"null"),
        ('{"k":{"b":"<&>","a":[1,2]}}', "k", b'{"a":[1,2],"b":"\\u003c\\u0026\\u003e"}'),
        ('{"k":"<&>"}', "k", b"<&>"),
        ('{"k":""}', "k", b""),
        ('{"k":"\\u2028 \\u00e9"}', "k", "\u2028 é".encode()),
    ],
)
def test_a_key_is_written_raw_or_as_compact_json(data: str, key: str, expected: bytes) -> None:
    """A string as it is, anything else as Go's compact JSON; KV version 2 is looked through."""
    assert contents(f'{{"data":{data}}}', key) == expected


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("YQ==", "base64", b"a"),
        ("YR==", "base64", b"a"),
        ("YW\\r\\nE=", "base64", b"aa"),
        ("YQ==\\n", "base64", b"a"),
        ("", "base64", b""),
        ("/+8=", "base64", b"\xff\xef"),
        ("6a", "hex", b"j"),
        ("6A", "hex", b"j"),
        ("", "hex", b""),
    ],
)
def test_encodings_are_decoded_as_go_does(text: str, encoding: str, expected: bytes) -> None:
    """Standard alphabets, line ends tolerated in base64 only."""
    assert contents(f'{{"data":{{"k":"{text}"}}}}', "k", encoding) == expected


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        ('"YQ"', "base64"),
        ('"YQ="', "base64"),
        ('"Y Q=="', "base64"),
        ('"===="', "base64"),
        ('"YQ==YQ=="', "base64"),
        ('"_-8="', "base64"),
        ('"\\u00e9"', "base64"),
        ('"6"', "hex"),
        ('"6a\\n"', "hex"),
        ('"zz"', "hex"),
        ("true", "base64"),
        ("null", "base64"),
        ("1234", "hex"),
    ],
)
def test_what_is_not_in_its_encoding_is_an_error_without_the_value(value: str, encoding: str) -> None:
    """Strictly; and a value that is no string is in no encoding."""
    with pytest.raises(errors.Undecodable) as caught:
        contents(f'{{"data":{{"k":{value}}}}}', "k", encoding)
    assert encoding in caught.value.full_message()
    assert "secret/data/x" in caught.value.full_message()


def test_a_missing_key_names_the_path_and_the_keys_there_are() -> None:
    """Names help; values are not shown."""
    with pytest.raises(errors.KeyNotFound) as caught:
        contents('{"data":{"data":{"host":"h-value","user":"u-value"}}}', "hostt")
    assert caught.value.full_message() == 'secret/data/x has no key "hostt"; it has: host, user'


def test_the_version_is_made_of_the_value() -> None:
    """And of nothing else in the response."""
    made = rendered.from_reply(
        objects.of_key("file", READ, "k", encoding="hex"), rendered.reply('{"request_id":"r","data":{"k":"6a"}}')
    )
    assert made.stable == b"j"
    assert made.shown == ()
