"""What an answer to a renewal or revocation means, in Vault 1.21's own words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from provider import errors
from provider.vault import renewal_results, transport
from provider.vault.renewal_results import Cause

DEAD = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
DENIED = "1 error occurred:\n\t* permission denied\n\n"
GONE = "1 error occurred:\n\t* failed to renew entry: role r does not exist during renewal\n\n"
NO_ROLE = 'failed to renew entry: resp: (*logical.Response)(nil) err: error during renew: could not find role "app"'


def answer(status: int, document: Any) -> transport.Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return transport.Answer(status, {}, body, "http://v")


def refusal(status: int, *words: str) -> transport.Answer:
    return answer(status, {"errors": list(words)})


@pytest.mark.parametrize(
    ("judge", "given", "expected"),
    [
        (renewal_results.of_lease, refusal(400, "lease not found"), Cause.OVER),
        (renewal_results.of_lease, refusal(400, "invalid lease"), Cause.OVER),
        (renewal_results.of_lease, refusal(400, "lease is not renewable"), Cause.OVER),
        (renewal_results.of_lease, refusal(400, NO_ROLE), Cause.TROUBLE),
        (renewal_results.of_lease, refusal(404), Cause.TROUBLE),
        (renewal_results.of_token, refusal(400, "batch tokens cannot be renewed"), Cause.OVER),
        (renewal_results.of_token, refusal(500, GONE), Cause.TROUBLE),
        (renewal_results.of_revocation, refusal(400, "batch tokens cannot be revoked"), Cause.OVER),
        (renewal_results.of_revocation, refusal(404), Cause.OVER),
        (renewal_results.of_revocation, refusal(500, "x"), Cause.TROUBLE),
    ],
)
def test_what_each_order_is_refused_for(
    judge: Callable[[transport.Answer], renewal_results.Result], given: transport.Answer, expected: Cause
) -> None:
    """What is over for good, and what may pass."""
    result = judge(given)
    assert isinstance(result, renewal_results.Refused)
    assert result.cause is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(400, "lease is not renewable"), True),
        (refusal(400, "lease not found"), False),
        (refusal(400, "lease expired"), False),
        (refusal(500, "lease is not renewable"), False),
    ],
)
def test_a_lease_that_is_not_renewable_lives(given: transport.Answer, expected: bool) -> None:
    """One that is not found or has expired does not."""
    result = renewal_results.of_lease(given)
    assert isinstance(result, renewal_results.Refused)
    assert renewal_results.is_fixed(result) is expected


@pytest.mark.parametrize("judge", [renewal_results.of_lease, renewal_results.of_token, renewal_results.of_revocation])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (refusal(403, DEAD), Cause.DEAD),
        (refusal(403, DENIED), Cause.DENIED),
        (refusal(403, "permission denied"), Cause.UNCLEAR),
        (answer(403, b"<html>a proxy</html>"), Cause.DOWN),
        (refusal(412), Cause.TROUBLE),
        (refusal(429, "request path rate limited"), Cause.DOWN),
        (refusal(503, "Vault is sealed"), Cause.DOWN),
        (answer(502, b""), Cause.DOWN),
    ],
)
def test_what_all_are_refused_for(
    judge: Callable[[transport.Answer], renewal_results.Result], given: transport.Answer, expected: Cause
) -> None:
    """Token, policy, or Vault itself."""
    result = judge(given)
    assert isinstance(result, renewal_results.Refused)
    assert result.cause is expected
    assert "proxy" not in result.message


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"lease_duration": 20, "renewable": True}, renewal_results.Renewed(20.0, renewable=True)),
        ({"lease_duration": 0, "renewable": False}, renewal_results.Renewed(0.0)),
        ({"lease_duration": -5, "renewable": "yes"}, renewal_results.Renewed(0.0)),
        ({"lease_duration": "soon"}, renewal_results.Renewed(0.0)),
        ({}, renewal_results.Renewed(0.0)),
    ],
)
def test_what_is_granted(document: dict[str, Any], expected: renewal_results.Renewed) -> None:
    """Seconds and whether they can be had again; what makes no sense grants nothing."""
    assert renewal_results.of_lease(answer(200, document)) == expected
    assert renewal_results.of_token(answer(200, {"auth": document})) == expected


def test_a_revocation_that_was_done() -> None:
    """It is answered without a body."""
    assert renewal_results.of_revocation(answer(204, b"")) == renewal_results.Renewed()


def test_a_success_that_is_not_vaults_is_an_error() -> None:
    """A proxy's page with status 200 renews nothing."""
    with pytest.raises(errors.BadReply):
        renewal_results.of_lease(answer(200, b"<html>"))
