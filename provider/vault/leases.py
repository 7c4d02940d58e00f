"""How long an answer of Vault is good for: when it is renewed or asked for anew, and when it ends. Pure.

An answer is told by its shape, since one path may lead to any engine. Whoever keeps answers sends the requests; what
they cost and who may make them is not decided here, nor whether the answer of a failed renewal is worth a new read.
"""

import dataclasses
import datetime
import enum
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from provider import model
from provider.base import pem
from provider.golang import gojson

SHARE: Final = 0.67
"""Of a TTL: after it a lease is renewed, or what cannot be renewed is asked for anew."""
_JITTER: Final = 0.05
"""By how much of itself the share is earlier or later, so that what began together does not go on together."""

_MARGIN: Final = 120.0
"""Seconds before its end from which on a lease near its max TTL is replaced: new files reach a pod only when the
kubelet asks, every 60 to 90 s. A lease that is short itself gets the rest that its share leaves."""
_CLEARLY: Final = 0.9
"""A renewal that grants less than this of the first TTL has met the max TTL; Vault rounds down to seconds besides."""
_UNTOLD: Final = 300.0
"""The TTL of a lease that does not say its own, in seconds, as consul-template has it."""

_ROUNDED: Final = 1.0
"""A static role's ttl is rounded to seconds, so that its end may be half a second later."""
_SCHEDULED: Final = 7.0
"""Where the rotation follows a schedule, ttl is that of the next one from the very moment of this one, done or not.
Vault looks every 5 s, and takes a moment. Read before, the old password would count as good until the next rotation."""
_SCHEDULED_MOST: Final = 600.0
"""For the same reason a rotation that Vault had to repeat is not seen in the ttl: a look every so many seconds."""
_LATE_LEAST: Final = 5.0
_LATE_MOST: Final = 60.0
"""Seconds until the next look at a role whose rotation is late: more, the later it is."""

_LAST: Final = 253402300799.0
"""9999-12-31T23:59:59Z, also as a duration: a greater number is no seconds."""

_ROTATED: Final = ("rotation_period", "rotation_schedule", "rotation_window", "last_vault_rotation")
_ENDS: Final = ("expiration", "expires_at_seconds")
_LIVES: Final = ("ttl", "token_ttl", "expires_in")
_TOKENS: Final = ("token", "access_token")


class Kind(enum.Enum):
    """What an answer is, as far as its time goes."""

    STATIC = "static"
    """Read again after the interval; a KV secret that holds a certificate too."""
    LEASE = "lease"
    """Has a lease: renewed where Vault lets it, else asked for anew."""
    STATIC_ROLE = "static role"
    """A password that Vault rotates, as of database/static-creds: read again when its ttl ends."""
    EXPIRING = "expiring"
    """What a write made, with an end of its own: a certificate, a token."""
    WRITE = "write"
    """What a write made, without one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The dates of one answer, in monotonic seconds.

    Attributes:
        kind: what it is.
        id: Vault's name for the lease, "" where there is none.
        renewable: whether a renewal is worth a try.
        obtained: when the answer came.
        due: when it is to be renewed or asked for anew; inf for never.
        expires: when it is good for nothing any more; inf for never, or where nobody knows.
        ttl: seconds that it was first good for, 0 where that is not known.
        final: whether it is never asked for anew, whatever ends: `refresh: once` of a write.
    """

    kind: Kind
    id: str
    renewable: bool
    obtained: float
    due: float
    expires: float
    ttl: float
    final: bool = False

    def is_due(self, now: float) -> bool:
        """Whether it is time to renew it or to ask anew."""
        return now >= self.due

    def is_over(self, now: float) -> bool:
        """Whether it has ended."""
        return now >= self.expires


def of(
    read: model.Read,
    reply: model.Reply,
    refresh: model.Refresh,
    *,
    asked: float,
    now: float,
    epoch: float,
    spread: float,
) -> Lease:
    """The dates of an answer.

    What is of no use in it (negative, beyond any date, in the past, no number) counts as not said.

    Args:
        read: what was asked.
        reply: what was answered.
        refresh: how the object wants it.
        asked: when the request was sent, in monotonic seconds: a TTL is counted from here, so that it ends early.
        now: when the answer came, likewise.
        epoch: `now` in seconds since the epoch, for ends that are dates.
        spread: 0 to 1, this lease's place in the jitter.
    """
    made = Lease(
        Kind.STATIC,
        "",
        renewable=False,
        obtained=now,
        due=asked + max(refresh.interval, 0.0),
        expires=math.inf,
        ttl=0.0,
        final=read.is_write and refresh.writes == "once",
    )
    name = reply.envelope.get("lease_id")
    if _is_text(name) and name:
        return _leased(made, name, reply.envelope, asked, spread)
    if not read.is_write:
        return _static_role(made, reply, asked=asked, epoch=epoch, spread=spread) or made
    end = min((each for each in _ends(reply, asked, now, epoch) if each > now), default=None)
    if end is None:
        due = asked if refresh.writes not in ("once", "onExpiry") else math.inf
        return dataclasses.replace(made, kind=Kind.WRITE, due=due)
    ttl = end - asked
    return dataclasses.replace(
        made,
        kind=Kind.EXPIRING,
        due=math.inf if made.final else asked + _share(ttl, spread),
        expires=end,
        ttl=ttl if math.isfinite(ttl) else 0.0,
    )


def renewed(lease: Lease, *, ttl: float, renewable: bool, asked: float, spread: float) -> Lease:
    """A lease after a renewal that Vault accepted.

    One that grants clearly less than the first time has met the max TTL: there is nothing more to renew, and the lease
    is due early enough before its end for something new to be in place by then.

    Args:
        lease: as it was.
        ttl: what the renewal granted, in seconds.
        renewable: what Vault says now.
        asked: when the renewal was sent, in monotonic seconds.
        spread: 0 to 1, this lease's place in the jitter.
    """
    granted = ttl if 0.0 < ttl <= _LAST else 0.0
    first = lease.ttl or granted
    going_on = renewable and goes_on(granted, first)
    expires = asked + granted if granted else lease.expires
    if going_on:
        due = asked + _share(granted, spread)
    elif lease.final:
        due = math.inf
    else:
        due = max(asked, min(asked + _share(granted, spread), expires - margin(first)))
    return dataclasses.replace(lease, renewable=going_on, due=due, expires=expires, ttl=first)


def goes_on(granted: float, first: float) -> bool:
    """Whether a renewal that granted so many seconds is worth another one, where `first` were granted at first."""
    return granted > 0.0 and granted >= first * _CLEARLY - 1.0


def margin(first: float) -> float:
    """Seconds before its end at which what cannot be renewed is replaced, where `first` were granted at first."""
    return min(_MARGIN, first * (1.0 - SHARE))


def token_due(ttl: float, asked: float, spread: float) -> float:
    """When a token that leases hang on is renewed, in monotonic seconds; inf for one that does not end (`ttl` 0).

    Args:
        ttl: what the login or the last renewal granted, in seconds.
        asked: when that was sent, in monotonic seconds.
        spread: 0 to 1, this token's place in the jitter.
    """
    return asked + _share(ttl, spread) if ttl > 0.0 else math.inf


def _share(ttl: float, spread: float) -> float:
    return ttl * SHARE * (1.0 + _JITTER * (2.0 * min(max(spread, 0.0), 1.0) - 1.0))


def _leased(made: Lease, name: str, envelope: Mapping[str, Any], asked: float, spread: float) -> Lease:
    ttl = _seconds(envelope.get("lease_duration")) or 0.0
    renewable = envelope.get("renewable") is True
    return dataclasses.replace(
        made,
        kind=Kind.LEASE,
        id=name,
        renewable=renewable,
        due=math.inf if made.final and not renewable else asked + _share(ttl or _UNTOLD, spread),
        expires=asked + ttl if ttl else math.inf,
        ttl=ttl,
    )


def _static_role(made: Lease, reply: model.Reply, *, asked: float, epoch: float, spread: float) -> Lease | None:
    """The dates of a password that Vault rotates; None for any other answer.

    KV version 1 gives any field, but with a lease_duration, which these never have.
    """
    data = reply.data or {}
    ttl = _seconds(data.get("ttl")) if any(name in data for name in _ROTATED) else None
    period, last = _seconds(data.get("rotation_period")), _moment(data.get("last_vault_rotation"))
    end: float | None = last + period if last is not None and period else epoch
    if ttl is None and reply.envelope.get("mount_type") == "aws":
        # aws/static-creds has the date of its rotation, and nothing else.
        end = _moment(data.get("expiration"))
        ttl = None if end is None else max(end - epoch, 0.0)
    if ttl is None or end is None or _seconds(reply.envelope.get("lease_duration")):
        return None
    if not ttl:
        wait = min(max((epoch - end) / 4.0, _LATE_LEAST), _LATE_MOST)
    elif "rotation_schedule" in data:
        wait = min(ttl + _SCHEDULED, _SCHEDULED_MOST)
    else:
        wait = ttl + _ROUNDED
    return dataclasses.replace(
        made, kind=Kind.STATIC_ROLE, due=asked + wait + min(max(spread, 0.0), 1.0), expires=asked + ttl, ttl=ttl
    )


def _ends(reply: model.Reply, asked: float, now: float, epoch: float) -> Iterator[float]:
    """Every end that the answer of a write tells, in monotonic seconds."""
    data = reply.data or {}
    moments = [_moment(data.get(name)) for name in _ENDS]
    certificate, key = data.get("certificate"), data.get("signed_key")
    if _is_text(certificate):
        moments += (pem.not_after(block.der) for block in pem.blocks(certificate) if block.is_certificate and block.der)
    if _is_text(key):
        moments.append(pem.openssh_valid_before(key))
    yield from (now + (moment - epoch) for moment in moments if moment is not None)

    lives = [_seconds(reply.envelope.get("lease_duration"))]
    for field, name in (("auth", "lease_duration"), ("wrap_info", "ttl")):
        inner = reply.envelope.get(field)
        lives += [_seconds(inner.get(name))] if isinstance(inner, Mapping) else []
    if any(_is_text(data.get(name)) for name in _TOKENS):
        lives += (_seconds(data.get(name)) for name in _LIVES)
    yield from (asked + life for life in lives if life)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, gojson.Number)


def _seconds(value: object) -> float | None:
    """A number of seconds; None for anything else."""
    if not isinstance(value, gojson.Number):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0.0 <= seconds <= _LAST else None


def _moment(value: object) -> float | None:
    """A date, in seconds since the epoch: a number, or written as Go writes one; None for anything else."""
    if not _is_text(value):
        return _seconds(value)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
