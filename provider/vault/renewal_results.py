"""What Vault's answer to a renewal or a revocation means. Pure; nothing is ever quoted from the answer but `errors`.

A refusal has five causes that need different cures. A dead token takes everything with it; a policy denies all leases
of a token alike; a lease that has ended is asked for anew; an engine in trouble (its database is down) concerns that
lease only; a Vault in trouble concerns all. What cannot be told counts as trouble: it is tried again while the lease
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
    """There is nothing left to renew or revoke, or it cannot be done to this one."""
    TROUBLE = "trouble"
    """It went wrong, for this one: its engine, or a standby that does not know its token yet (412)."""
    DOWN = "down"
    """Vault itself: sealed, throttling, no leader, behind a proxy that gave up."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """Done: for so many seconds, and whether it can be done again; 0 and False where that means nothing."""

    ttl: float = 0.0
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done. `message` is Vault's own word for it, redacted."""

    cause: Cause
    message: str


Result = Renewed | Refused

_LEASE_OVER: Final = ("lease not found", "invalid lease", "lease expired", "not renewable")
"""Vault answers these with status 400. It wraps an engine's own failure into the same status, in other words."""


def of_lease(answer: transport.Answer) -> Result:
    """Of sys/leases/renew."""
    refused = _refused(answer)
    if refused is not None:
        is_over = answer.status == 400 and any(phrase in refused.message for phrase in _LEASE_OVER)
        return Refused(Cause.OVER, refused.message) if is_over else refused
    return _granted(faults.parse(answer, "PUT sys/leases/renew"))


def of_token(answer: transport.Answer) -> Result:
    """Of auth/token/renew-self: whatever Vault finds wrong with the request (400) is so for good.

    That it is a batch token, that it has met its limit, that its role is gone.
    """
    refused = _refused(answer)
    if refused is not None:
        return Refused(Cause.OVER, refused.message) if answer.status == 400 else refused
    auth = faults.parse(answer, "POST auth/token/renew-self").get("auth")
    return _granted(auth if isinstance(auth, dict) else {})


def of_revocation(answer: transport.Answer) -> Result:
    """Of auth/token/revoke-self and sys/leases/revoke."""
    refused = _refused(answer)
    if refused is None:
        return Renewed()
    return Refused(Cause.OVER, refused.message) if answer.status in (400, 404) else refused


def of_failure(error: errors.VaultError) -> Refused:
    """Of no answer, or none of Vault's."""
    return Refused(Cause.DOWN, error.full_message())


def _granted(messages: dict[str, Any]) -> Renewed:
    try:
        ttl = max(0.0, float(str(messages.get("lease_duration"))))
    except ValueError:
        ttl = 0.0
    return Renewed(ttl, messages.get("renewable") is True)


def _refused(answer: transport.Answer) -> Refused | None:
    if 200 <= answer.status < 300:
        return None
    try:
        words = faults.said(faults.parse(answer, ""))
    except errors.BadReply:
        # Of something in between: it says nothing about token or lease.
        return Refused(Cause.DOWN, f"answered {answer.said}")
    message = f"answered {answer.said}{': ' if words else ''}{words}"
    if answer.status == 403:
        result = faults.is_dead_token(answer)
        cause = Cause.UNCLEAR if result is None else Cause.DEAD if result else Cause.DENIED
    elif answer.status in (429, 502, 503, 504):
        cause = Cause.DOWN
    else:
        cause = Cause.TROUBLE
    return Refused(cause, message)
