"""What an answer to a renewal or revocation means, in Vault 1.21's own words."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from provider import errors
from provider.vault import transport, verdicts
from provider.vault.verdicts import Cause

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
        (verdicts.of_lease, refusal(400, "lease not found"), Cause.OVER),
        (verdicts.of_lease, refusal(400, "invalid lease"), Cause.OVER),
        (verdicts.of_lease, refusal(400, "lease is not renewable"), Cause.OVER),
        (verdicts.of_lease, refusal(400, NO_ROLE), Cause.TROUBLE),
        (verdicts.of_lease, refusal(404), Cause.TROUBLE),
        (verdicts.of_token, refusal(400, "batch tokens cannot be renewed"), Cause.OVER),
        (verdicts.of_token, refusal(500, GONE), Cause.TROUBLE),
        (verdicts.of_revocation, refusal(400, "batch tokens cannot be revoked"), Cause.OVER),
        (verdicts.of_revocation, refusal(404), Cause.OVER),
        (verdicts.of_revocation, refusal(500, "x"), Cause.TROUBLE),
    ],
)
def test_what_each_order_is_refused_for(
    judge: Callable[[transport.Answer], verdicts.Verdict], given: transport.Answer, expected: Cause
) -> None:
    """What is over for good, and what may pass."""
    verdict = judge(given)
    assert isinstance(verdict, verdicts.Refused)
    assert verdict.cause is expected


@pytest.mark.parametrize("judge", [verdicts.of_lease, verdicts.of_token, verdicts.of_revocation])
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
    judge: Callable[[transport.Answer], verdicts.Verdict], given: transport.Answer, expected: Cause
) -> None:
    """Token, policy, or Vault itself."""
    verdict = judge(given)
    assert isinstance(verdict, verdicts.Refused)
    assert verdict.cause is expected
    assert "proxy" not in verdict.told


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"lease_duration": 20, "renewable": True}, verdicts.Granted(20.0, renewable=True)),
        ({"lease_duration": 0, "renewable": False}, verdicts.Granted(0.0)),
        ({"lease_duration": -5, "renewable": "yes"}, verdicts.Granted(0.0)),
        ({"lease_duration": "soon"}, verdicts.Granted(0.0)),
        ({}, verdicts.Granted(0.0)),
    ],
)
def test_what_is_granted(document: dict[str, Any], expected: verdicts.Granted) -> None:
    """Seconds and whether they can be had again; what makes no sense grants nothing."""
    assert verdicts.of_lease(answer(200, document)) == expected
    assert verdicts.of_token(answer(200, {"auth": document})) == expected


def test_a_revocation_that_was_done() -> None:
    """It is answered without a body."""
    assert verdicts.of_revocation(answer(204, b"")) == verdicts.Granted()


def test_a_success_that_is_not_vaults_is_an_error() -> None:
    """A proxy's page with status 200 renews nothing."""
    with pytest.raises(errors.BadReply):
        verdicts.of_lease(answer(200, b"<html>"))
