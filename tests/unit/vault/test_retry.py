"""When a request to Vault is tried again: pure decisions."""

import pytest

from provider.vault import retry, transport


def _answer(status: int, body: bytes = b"", retry_after: str | None = None) -> transport.Answer:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return transport.Answer(status, headers, body, "http://vault:8200")


@pytest.mark.parametrize(
    ("rounds", "throttled", "retry_after", "chance", "expected"),
    [
        (1, False, None, 0.5, 0.1),
        (2, False, None, 0.5, 0.2),
        (4, False, None, 0.5, 0.8),
        (5, False, None, 0.5, 1.0),
        (1000, False, None, 0.5, 1.0),
        (1000, False, None, 0.0, 0.75),
        (1000, False, None, 1.0, 1.25),
        (5, True, None, 0.5, 1.6),
        (1000, True, None, 0.5, 4.0),
        (1, True, 2.0, 0.0, 2.0),
        (1, True, 2.0, 1.0, 3.0),
        (1000, True, 2.0, 0.5, 4.0),
    ],
)
def test_pauses_double_and_never_undercut_retry_after(
    rounds: int, throttled: bool, retry_after: float | None, chance: float, expected: float
) -> None:
    """Up to a second, or to four where Vault throttles; spread so that clients do not come back together."""
    pause = retry.Policy().pause(rounds, throttled=throttled, retry_after=retry_after, chance=chance)
    assert pause == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "once", "expected"),
    [
        (_answer(200), False, None),
        (_answer(403), False, None),
        (_answer(501), False, None),
        (_answer(412), True, retry.Retry("answered 412 Precondition Failed", 412)),
        (_answer(429), True, retry.Retry("answered 429 Too Many Requests", 429, throttled=True)),
        (
            _answer(429, retry_after="7"),
            True,
            retry.Retry("answered 429 Too Many Requests", 429, throttled=True, after=7.0),
        ),
        (
            _answer(429, retry_after="900"),
            False,
            retry.Retry("answered 429 Too Many Requests", 429, throttled=True, after=30.0),
        ),
        (
            _answer(429, retry_after="soon"),
            False,
            retry.Retry("answered 429 Too Many Requests", 429, throttled=True),
        ),
        (_answer(503, b'{"errors":["Vault is sealed"]}'), True, retry.Retry("is sealed", 503)),
        (_answer(503), False, retry.Retry("answered 503 Service Unavailable", 503)),
        (_answer(503), True, None),
        (_answer(500), False, retry.Retry("answered 500 Internal Server Error", 500, flaky=True)),
        (_answer(500, b"node is not active"), False, retry.Retry("answered 500 Internal Server Error", 500)),
        (_answer(500, b"node is not active"), True, None),
    ],
)
def test_an_answer_is_final_or_worth_another_try(
    answer: transport.Answer, once: bool, expected: retry.Retry | None
) -> None:
    """What Vault refused before doing anything is repeated always; what it may have done, only where that is safe."""
    found = retry.after_answer(answer, once=once)
    assert found == expected


@pytest.mark.parametrize(
    ("failure", "attempt", "once", "expected"),
    [
        (
            transport.NoResponse("reset", maybe_sent=True, broke=True),
            0,
            False,
            retry.Retry("reset", broke=True, at_once=True),
        ),
        (transport.NoResponse("reset", maybe_sent=True, broke=True), 1, False, retry.Retry("reset", broke=True)),
        (transport.NoResponse("refused", maybe_sent=False), 0, True, retry.Retry("refused")),
        (transport.NoResponse("timed out", maybe_sent=True), 0, True, None),
        (transport.NoResponse("wrong CA", maybe_sent=False, hint="set it"), 0, False, None),
    ],
)
def test_a_request_without_a_response_is_repeated_where_that_is_safe(
    failure: transport.NoResponse, attempt: int, once: bool, expected: retry.Retry | None
) -> None:
    """One that must not be sent twice is only repeated where Vault cannot have got it; a hint means that none can."""
    assert retry.after_no_response(failure, attempt, once=once) == expected


@pytest.mark.parametrize(
    ("policy", "once", "seconds"),
    [
        (retry.Policy(), False, 5.0),
        (retry.Policy(), True, 60.0),
        (retry.Policy(patience=90.0), False, 90.0),
        (retry.Policy(patience=1.0), False, 5.0),
    ],
)
def test_a_try_lasts_as_long_as_its_kind_needs(policy: retry.Policy, once: bool, seconds: float) -> None:
    """VAULT_CLIENT_TIMEOUT lengthens the tries of reads and logins, and never shortens them."""
    assert policy.try_time(once=once) == seconds
