"""Cutting replies: the very bytes that the Go provider writes (expected outputs computed with Go 1.26)."""

import pytest

from provider import errors, model
from provider.golang import gojson
from provider.shapes import extract


def reply(document: str) -> model.Reply:
    parsed = gojson.loads(document)
    envelope = {name: value for name, value in parsed.items() if name != "data" and value is not None}
    return model.Reply(parsed.get("data"), envelope)


def wanted(key: str = "", encoding: str = "utf-8") -> model.Object:
    return model.Object("file", model.Read("", "secret/data/x"), key=key, encoding=encoding)


@pytest.mark.parametrize(
    ("data", "key", "contents"),
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
def test_a_key_is_written_raw_or_as_compact_json(data: str, key: str, contents: bytes) -> None:
    """A string as it is, anything else as Go's compact JSON; KV version 2 is looked through."""
    assert extract.one_key(reply(f'{{"data":{data}}}'), wanted(key)).reveal() == contents


@pytest.mark.parametrize(
    ("text", "encoding", "contents"),
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
def test_encodings_are_decoded_as_go_does(text: str, encoding: str, contents: bytes) -> None:
    """Standard alphabets, line ends tolerated in base64 only."""
    assert extract.one_key(reply(f'{{"data":{{"k":"{text}"}}}}'), wanted("k", encoding)).reveal() == contents


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
        extract.one_key(reply(f'{{"data":{{"k":{value}}}}}'), wanted("k", encoding))
    assert encoding in caught.value.full_message()
    assert "secret/data/x" in caught.value.full_message()


def test_a_missing_key_names_the_path_and_the_keys_there_are() -> None:
    """Names help; values are not shown."""
    with pytest.raises(errors.KeyNotFound) as caught:
        extract.one_key(reply('{"data":{"data":{"host":"h-value","user":"u-value"}}}'), wanted("hostt"))
    assert caught.value.full_message() == 'secret/data/x has no key "hostt"; it has: host, user'


def test_a_whole_response_is_in_the_go_clients_order() -> None:
    """request_id, lease_id, lease_duration, renewable, data (sorted), warnings."""
    answer = reply(
        '{"warnings":["w"],"request_id":"r","data":{"b":1.10,"a":"<"},"renewable":true,"lease_id":"l",'
        '"lease_duration":3600,"mount_type":"kv","auth":null,"wrap_info":null}'
    )
    assert extract.whole(answer, answer.envelope).reveal() == (
        b'{"request_id":"r","lease_id":"l","lease_duration":3600,"renewable":true,"data":{"a":"\\u003c","b":1.10},'
        b'"warnings":["w"],"mount_type":"kv"}'
    )


def test_absent_fields_of_a_whole_response_have_their_zero_values() -> None:
    """A flat reply is all data."""
    answer = model.Reply({"sealed": False}, {})
    assert extract.whole(answer, {}).reveal() == (
        b'{"request_id":"","lease_id":"","lease_duration":0,"renewable":false,"data":{"sealed":false},"warnings":null}'
    )


def test_wrap_info_of_a_whole_response_is_in_the_go_clients_order() -> None:
    """token, accessor, ttl, creation_time, creation_path, wrapped_accessor."""
    wrap = {"ttl": gojson.Number("300"), "token": "hvs.t", "creation_time": "2026-01-01T00:00:00Z"}
    text = extract.whole(model.Reply(None, {"wrap_info": wrap}), {"wrap_info": wrap}).reveal()
    assert text.endswith(
        b'"data":null,"warnings":null,"wrap_info":{"token":"hvs.t","accessor":"","ttl":300,'
        b'"creation_time":"2026-01-01T00:00:00Z","creation_path":"","wrapped_accessor":""}}'
    )
