"""What an answer says besides its body."""

from collections.abc import Mapping

import pytest

from provider import model
from provider.vault import faults, replies, transport

DATE = "Tue, 24 Nov 2026 19:53:20 GMT"
EPOCH = 1_795_550_000.0


def answer(headers: Mapping[str, str], body: bytes = b"") -> transport.Answer:
    return transport.Answer(200, headers, body, "http://vault:8200")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": DATE}, EPOCH),
        ({"Date": "Tue, 24 Nov 2026 20:53:20 +0100"}, EPOCH),
        ({"Date": "Tue, 24 Nov 2026 19:53:20 -0000"}, EPOCH),
        ({"Date": DATE, "Age": "90"}, EPOCH + 90),
        ({}, None),
        ({"Date": ""}, None),
        ({"Date": "yesterday"}, None),
        ({"Date": "Tue, 24 Nov 99999999999999999999 19:53:20 GMT"}, None),
        ({"Date": DATE, "Age": "old"}, None),
        ({"Date": DATE, "Age": "9" * 20}, EPOCH + 2**31),
    ],
)
def test_an_answer_shows_the_clock_of_its_server(headers: Mapping[str, str], expected: float | None) -> None:
    """From a cache it shows that of the time it was made, and its age since; what is not a date is none."""
    assert answer(headers).date == expected


@pytest.mark.parametrize(
    "body",
    [b'{"data": {"key": "value"}}', b'{"sealed": false}', b'{"auth": {"client_token": "t"}}'],
    ids=["data", "flat", "auth"],
)
def test_a_reply_keeps_it(body: bytes) -> None:
    """Whatever its form."""
    context = faults.Context("http://vault:8200", model.Login("r"), model.Pod())
    assert replies.of_read(answer({"Date": DATE}, body), model.Read("", "p"), context).date == EPOCH
