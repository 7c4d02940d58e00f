"""The whole response as a file, in the order of the Go client (expected outputs computed with Go 1.26)."""

from provider import model
from provider.golang import gojson
from provider.shapes import response
from tests.doubles import objects, rendered

READ = model.Read("", "secret/data/x")


def test_a_whole_response_is_in_the_go_clients_order() -> None:
    """request_id, lease_id, lease_duration, renewable, data (sorted), warnings."""
    answer = rendered.reply(
        '{"warnings":["w"],"request_id":"r","data":{"b":1.10,"a":"<"},"renewable":true,"lease_id":"l",'
        '"lease_duration":3600,"mount_type":"kv","auth":null,"wrap_info":null}'
    )
    assert response.document(answer, answer.envelope).reveal() == (
        b'{"request_id":"r","lease_id":"l","lease_duration":3600,"renewable":true,"data":{"a":"\\u003c","b":1.10},'
        b'"warnings":["w"],"mount_type":"kv"}'
    )


def test_absent_fields_of_a_whole_response_have_their_zero_values() -> None:
    """A flat reply is all data."""
    answer = model.Reply({"sealed": False}, {})
    assert response.document(answer, {}).reveal() == (
        b'{"request_id":"","lease_id":"","lease_duration":0,"renewable":false,"data":{"sealed":false},"warnings":null}'
    )


def test_wrap_info_of_a_whole_response_is_in_the_go_clients_order() -> None:
    """token, accessor, ttl, creation_time, creation_path, wrapped_accessor."""
    wrap = {"ttl": gojson.Number("300"), "token": "hvs.t", "creation_time": "2026-01-01T00:00:00Z"}
    text = response.document(model.Reply(None, {"wrap_info": wrap}), {"wrap_info": wrap}).reveal()
    assert text.endswith(
        b'"data":null,"warnings":null,"wrap_info":{"token":"hvs.t","accessor":"","ttl":300,'
        b'"creation_time":"2026-01-01T00:00:00Z","creation_path":"","wrapped_accessor":""}}'
    )


def test_the_first_envelope_is_shown_while_the_data_is_the_same() -> None:
    """A request_id alone neither changes the file nor its version; other data brings its own."""
    wanted = objects.whole("file", READ)
    first = rendered.from_reply(wanted, rendered.reply('{"request_id":"first","data":{"k":1}}'))
    second = rendered.from_reply(wanted, rendered.reply('{"request_id":"second","data":{"k":1}}'), first.shown)
    third = rendered.from_reply(wanted, rendered.reply('{"request_id":"third","data":{"k":2}}'), second.shown)
    assert second == first
    assert b"third" in third.files[0].contents.reveal()
    assert third.stable != first.stable


def test_what_was_wrapped_or_logged_in_is_content() -> None:
    """A response without data has another version when what it gave is another."""
    wanted = objects.whole("file", READ)
    token = [rendered.from_reply(wanted, model.Reply(None, {"auth": {"client_token": token}})) for token in "ab"]
    assert token[0].stable != token[1].stable
