"""Decides how long an answer of Vault is good: when it is renewed or requested again, and when it ends. Pure.

The kind of an answer shows in its shape, since one path may lead to any engine. The requests are sent elsewhere; what
they cost and who may make them is not decided here, nor whether a failed renewal is worth a new read.
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
"""Share of a TTL after which a lease is renewed, or what cannot be renewed is requested again."""
_JITTER: Final = 0.05
"""By how much of itself the share is earlier or later, so that what began together does not go on together."""

_SHORTEST: Final = 5.0
"""Seconds of the shortest TTL that is worth a renewal. A single try of one may take as long, so nothing shorter is kept
alive for certain; and a few thousand leases of 1 s would have Vault do nothing else. They are requested again instead,
at each call."""

_MARGIN: Final = 120.0
"""Seconds before its end from which on a lease near its max TTL is replaced: new files reach a pod only when the
kubelet asks, every 60 to 90 s. A lease that is short itself gets the rest that its share leaves."""
_FULL_GRANT: Final = 0.9
"""A renewal that grants less than this share of the first TTL has reached the max TTL; Vault also rounds down to
seconds."""
_DEFAULT_TTL: Final = 300.0
"""Seconds for a lease that does not say its own TTL, as in consul-template."""

_ROUNDED: Final = 1.0
"""A static role's ttl is rounded to seconds, so that its end may be half a second later."""
_SCHEDULED: Final = 7.0
"""Where the rotation follows a schedule, ttl is that of the next one from the very moment of this one, done or not.
Vault looks every 5 s, and takes a moment. Read before, the old password would count as good until the next rotation."""
_SCHEDULED_LONGEST: Final = 600.0
"""Seconds between two reads at most: for the same reason the ttl does not show a rotation that Vault had to repeat."""
_LATE_SHORTEST: Final = 5.0
_LATE_LONGEST: Final = 60.0
"""Seconds until the next read of a role whose rotation is late: more, the later it is."""

_LAST: Final = 253402300799.0
"""9999-12-31T23:59:59Z, also as a duration: a greater number is not a number of seconds."""

_ROTATED: Final = ("rotation_period", "rotation_schedule", "rotation_window", "last_vault_rotation")
_ENDS: Final = ("expiration", "expires_at_seconds")
_LIVES: Final = ("ttl", "token_ttl", "expires_in")
_TOKENS: Final = ("token", "access_token")


class Kind(enum.Enum):
    """What an answer is, as far as its dates go."""

    STATIC = "static"
    """Read again after the interval; a KV secret that holds a certificate too."""
    LEASE = "lease"
    """Has a lease: renewed where Vault allows it, else requested again."""
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
        due: when it is to be renewed or requested again; inf for never.
        expires: when it ends; inf for never, or where that is not known.
        ttl: seconds that it was first good for, 0 where that is not known.
        final: whether it is never requested again, whatever ends: `refresh: once` of a write.
        check: when it is renewed though that is not due yet, to notice where Vault has lost it; inf for never.
    """

    kind: Kind
    id: str
    renewable: bool
    obtained: float
    due: float
    expires: float
    ttl: float
    final: bool = False
    check: float = math.inf

    def is_due(self, now: float) -> bool:
        """Whether it is time to renew it or to request it again."""
        return now >= self.due

    def is_over(self, now: float) -> bool:
        """Whether it has ended."""
        return now >= self.expires


def of(
    read: model.Read,
    reply: model.Reply,
    refresh: model.Refresh,
    *,
    sent: float,
    now: float,
    epoch: float,
    spread: float,
    max_interval: float = math.inf,
) -> Lease:
    """Work out the dates of an answer.

    A date in it that is negative, beyond any calendar, in the past or not a number counts as missing. Dates are
    compared with the clock of Vault, as the answer shows it, since this node's may be minutes off.

    Args:
        read: the request.
        reply: the answer.
        refresh: how the object is refreshed.
        sent: when the request was sent, in monotonic seconds: a TTL is counted from here, so that it ends early.
        now: when the answer came, likewise.
        epoch: `now` in seconds since the epoch by this node's clock, where the answer does not show Vault's.
        spread: 0 to 1, this lease's place in the jitter.
        max_interval: seconds between two renewals at most.
    """
    made = Lease(
        Kind.STATIC,
        "",
        renewable=False,
        obtained=now,
        due=sent + max(refresh.interval, 0.0),
        expires=math.inf,
        ttl=0.0,
        final=read.is_write and refresh.writes is model.WritePolicy.ONCE,
    )
    name = reply.envelope.get("lease_id")
    if _is_text(name) and name:
        return _leased(made, name, reply.envelope, sent=sent, spread=spread, max_interval=max_interval)
    if not read.is_write:
        today = epoch if reply.date is None else reply.date
        return _static_role(made, reply, sent=sent, epoch=today, spread=spread) or made
    end = min((each for each in _ends(reply, sent, now, epoch) if each > now), default=None)
    if end is None:
        due = sent if refresh.writes is model.WritePolicy.ALWAYS else math.inf
        return dataclasses.replace(made, kind=Kind.WRITE, due=due)
    ttl = end - sent
    return dataclasses.replace(
        made,
        kind=Kind.EXPIRING,
        due=math.inf if made.final else sent + _share(ttl, spread),
        expires=end,
        ttl=ttl if math.isfinite(ttl) else 0.0,
    )


def renewed(
    lease: Lease, *, ttl: float, renewable: bool, sent: float, spread: float, max_interval: float = math.inf
) -> Lease:
    """Work out the dates of a lease that Vault has renewed.

    A renewal that grants clearly less than the first time has reached the max TTL: there is nothing more to gain, and
    the lease is due early enough before its end for something new to be in place by then. Until then it is checked.

    Args:
        lease: as it was.
        ttl: what the renewal granted, in seconds.
        renewable: what Vault says now.
        sent: when the renewal was sent, in monotonic seconds.
        spread: 0 to 1, this lease's place in the jitter.
        max_interval: seconds between two renewals at most.
    """
    granted = ttl if 0.0 < ttl <= _LAST else 0.0
    first = lease.ttl or granted
    still_renewable = renewable and is_worth_renewing(granted, first)
    expires = sent + granted if granted else lease.expires
    if still_renewable:
        due = sent + _share(granted, spread)
    elif lease.final:
        due = math.inf
    elif not lease.renewable:
        due = lease.due
    else:
        due = max(sent, min(sent + _share(granted, spread), expires - margin(first)))
    made = dataclasses.replace(lease, renewable=still_renewable, due=due, expires=expires, ttl=first)
    return _checked(made, sent, spread, max_interval) if renewable else fixed(made)


def fixed(lease: Lease) -> Lease:
    """The dates of a lease that Vault does not renew: it lives as long as it was to, and is not checked any more."""
    return dataclasses.replace(lease, renewable=False, check=math.inf)


def is_worth_renewing(granted: float, first: float) -> bool:
    """Whether a renewal that granted so many seconds is worth another one, where `first` were granted at first."""
    return granted >= _SHORTEST and granted >= first * _FULL_GRANT - 1.0


def margin(first: float) -> float:
    """Seconds before its end at which what cannot be renewed is replaced, where `first` were granted at first."""
    return min(_MARGIN, first * (1.0 - SHARE))


def token_due(ttl: float, sent: float, spread: float) -> float:
    """When a token that leases depend on is renewed, in monotonic seconds; inf for one that does not end (`ttl` 0).

    Args:
        ttl: what the login or the last renewal granted, in seconds.
        sent: when that was sent, in monotonic seconds.
        spread: 0 to 1, this token's place in the jitter.
    """
    return sent + _share(ttl, spread) if ttl > 0.0 else math.inf


def _share(ttl: float, spread: float) -> float:
    return ttl * SHARE * (1.0 + _JITTER * (2.0 * min(max(spread, 0.0), 1.0) - 1.0))


def _checked(lease: Lease, sent: float, spread: float, max_interval: float) -> Lease:
    """A lease with its next check, where that comes before it is due and anything would follow from it."""
    check = sent + max(max_interval, _SHORTEST) * (1.0 - 2.0 * _JITTER * min(max(spread, 0.0), 1.0))
    return dataclasses.replace(lease, check=math.inf if lease.final or check >= lease.due else check)


def _leased(
    made: Lease, name: str, envelope: Mapping[str, Any], *, sent: float, spread: float, max_interval: float
) -> Lease:
    ttl = _seconds(envelope.get("lease_duration")) or 0.0
    renewable = envelope.get("renewable") is True and (not ttl or ttl >= _SHORTEST)
    lease = dataclasses.replace(
        made,
        kind=Kind.LEASE,
        id=name,
        renewable=renewable,
        due=math.inf if made.final and not renewable else sent + _share(ttl or _DEFAULT_TTL, spread),
        expires=sent + ttl if ttl else math.inf,
        ttl=ttl,
    )
    return _checked(lease, sent, spread, max_interval) if renewable else lease


def _static_role(made: Lease, reply: model.Reply, *, sent: float, epoch: float, spread: float) -> Lease | None:
    """Work out the dates of a password that Vault rotates; None for any other answer.

    KV version 1 has any field, but with a lease_duration, which these never have.
    """
    data = reply.data or {}
    ttl = _seconds(data.get("ttl")) if any(name in data for name in _ROTATED) else None
    period, last = _seconds(data.get("rotation_period")), _timestamp(data.get("last_vault_rotation"))
    end: float | None = last + period if last is not None and period else epoch
    if ttl is None and reply.envelope.get("mount_type") == "aws":
        # aws/static-creds has the date of its rotation, and nothing else.
        end = _timestamp(data.get("expiration"))
        ttl = None if end is None else max(end - epoch, 0.0)
    if ttl is None or end is None or _seconds(reply.envelope.get("lease_duration")):
        return None
    if not ttl:
        wait = min(max((epoch - end) / 4.0, _LATE_SHORTEST), _LATE_LONGEST)
    elif "rotation_schedule" in data:
        wait = min(ttl + _SCHEDULED, _SCHEDULED_LONGEST)
    else:
        wait = ttl + _ROUNDED
    return dataclasses.replace(
        made, kind=Kind.STATIC_ROLE, due=sent + wait + min(max(spread, 0.0), 1.0), expires=sent + ttl, ttl=ttl
    )


def _ends(reply: model.Reply, sent: float, now: float, epoch: float) -> Iterator[float]:
    """Every end that the answer to a write names, in monotonic seconds.

    Where Vault's clock is not shown, or what is shown (by a proxy) cannot be right, a certificate counts as made for
    this request, with all of its life before it; Vault dates its beginning back by 30 s.
    """
    data = reply.data or {}
    certificates = list(_certificates(data))
    is_shown = reply.date is not None and all(begin <= reply.date < end for begin, end in certificates)
    today = reply.date if is_shown and reply.date is not None else epoch
    for begin, end in certificates:
        yield now + (end - today) if is_shown or not begin else sent + (end - begin)
    if is_shown or not any(begin for begin, _ in certificates):
        dates = (_timestamp(data.get(name)) for name in _ENDS)
        yield from (now + (date - today) for date in dates if date is not None)

    lives = [_seconds(reply.envelope.get("lease_duration"))]
    for field, name in (("auth", "lease_duration"), ("wrap_info", "ttl")):
        inner = reply.envelope.get(field)
        lives += [_seconds(inner.get(name))] if isinstance(inner, Mapping) else []
    if any(_is_text(data.get(name)) for name in _TOKENS):
        lives += (_seconds(data.get(name)) for name in _LIVES)
    yield from (sent + life for life in lives if life)


def _certificates(data: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """When each certificate in the answer begins (0 where it does not say) and ends, in seconds since the epoch."""
    certificate, key = data.get("certificate"), data.get("signed_key")
    if _is_text(certificate):
        for block in pem.blocks(certificate):
            if block.is_certificate and block.der and (end := pem.not_after(block.der)) is not None:
                yield pem.not_before(block.der) or 0.0, end
    if _is_text(key) and (end := pem.openssh_valid_before(key)) is not None:
        yield pem.openssh_valid_after(key) or 0.0, end


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


def _timestamp(value: object) -> float | None:
    """A date in seconds since the epoch, from a number or from Go's text; None for anything else."""
    if not _is_text(value):
        return _seconds(value)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
