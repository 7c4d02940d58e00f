"""Classifies Vault's answers to renewals and revocations. Pure; of an answer only `errors` is ever quoted.

A refusal has five causes that need different cures. A dead token ends every lease that depends on it; a policy denies
all leases of a token alike; a lease that has ended is requested again; a failing engine (its database is down) concerns
that lease only; a failing Vault concerns all. What is unclear counts as a failure: it is tried again while the lease
lives.
"""

import enum
from dataclasses import dataclass
from typing import Any, Final

from provider import errors
from provider.vault import faults, transport


class Cause(enum.Enum):
    """Why something was refused."""

    DEAD = "dead"
    """The token is unknown to Vault."""
    DENIED = "denied"
    """No policy of the token allows it."""
    UNCLEAR = "unclear"
    """One of these two: ask the token about itself."""
    OVER = "over"
    """It no longer exists, or cannot be renewed or revoked."""
    TROUBLE = "trouble"
    """It failed for this one: its engine, or a standby that does not know its token yet (412)."""
    DOWN = "down"
    """Vault itself failed: sealed, throttling, without a leader, or unreachable for its proxy."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """Vault did it: for `ttl` seconds, and whether it can be renewed again; 0 and False after a revocation."""

    ttl: float = 0.0
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Vault did not do it. `message` is Vault's own text, redacted."""

    cause: Cause
    message: str


Result = Renewed | Refused

_FIXED: Final = "not renewable"
_LEASE_OVER: Final = ("lease not found", "invalid lease", "lease expired", _FIXED)
"""Vault answers these with status 400. It wraps an engine's own failure into the same status, in other words."""


def of_lease(answer: transport.Answer) -> Result:
    """Classify the answer to sys/leases/renew."""
    refused = _refused(answer)
    if refused is not None:
        is_over = answer.status == 400 and any(phrase in refused.message for phrase in _LEASE_OVER)
        return Refused(Cause.OVER, refused.message) if is_over else refused
    return _granted(faults.parse(answer, "PUT sys/leases/renew"))


def is_fixed(refused: Refused) -> bool:
    """Whether a lease that is not renewed lives all the same, to the end that it has."""
    return refused.cause is Cause.OVER and _FIXED in refused.message


def of_token(answer: transport.Answer) -> Result:
    """Classify the answer to auth/token/renew-self, of which a 400 is permanent.

    It is a batch token, it has reached its limit, or its role was deleted.
    """
    refused = _refused(answer)
    if refused is not None:
        return Refused(Cause.OVER, refused.message) if answer.status == 400 else refused
    auth = faults.parse(answer, "POST auth/token/renew-self").get("auth")
    return _granted(auth if isinstance(auth, dict) else {})


def of_revocation(answer: transport.Answer) -> Result:
    """Classify the answer to auth/token/revoke-self or sys/leases/revoke."""
    refused = _refused(answer)
    if refused is None:
        return Renewed()
    return Refused(Cause.OVER, refused.message) if answer.status in (400, 404) else refused


def of_failure(error: errors.VaultError) -> Refused:
    """Classify a request that got no answer, or none of Vault's."""
    return Refused(Cause.DOWN, error.full_message())


def _granted(answered: dict[str, Any]) -> Renewed:
    try:
        ttl = max(0.0, float(str(answered.get("lease_duration"))))
    except ValueError:
        ttl = 0.0
    return Renewed(ttl, answered.get("renewable") is True)


def _refused(answer: transport.Answer) -> Refused | None:
    if 200 <= answer.status < 300:
        return None
    try:
        words = faults.error_text(faults.parse(answer, ""))
    except errors.BadReply:
        # From a proxy: it says nothing about token or lease.
        return Refused(Cause.DOWN, f"answered {answer.status_text}")
    message = f"answered {answer.status_text}{': ' if words else ''}{words}"
    if answer.status == 403:
        result = faults.is_dead_token(answer)
        cause = Cause.UNCLEAR if result is None else Cause.DEAD if result else Cause.DENIED
    elif answer.status in (429, 502, 503, 504):
        cause = Cause.DOWN
    else:
        cause = Cause.TROUBLE
    return Refused(cause, message)
