"""Events as log lines: a level, a logger and a few words per kind of event; its fields are the facts.

Work of a mount is at DEBUG. At INFO there is one line for a first mount and one for each rotation; a republish that
changes nothing is at DEBUG.
"""

import dataclasses
import enum
import logging
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from provider.base import cache, clock
from provider.observe import events, observers

_REMEMBERED: Final = 1000
"""Warnings that are remembered as logged; beyond that the least recently seen may be logged again."""


@dataclass(frozen=True, slots=True)
class Line:
    """How one kind of event is logged.

    Attributes:
        level: of `logging`.
        logger: behind "provider.".
        text: a noun and a past participle, without facts.
        once: whether equal events of one SecretProviderClass are logged once.
        left_out: fields that are no facts of a line.
    """

    level: int
    logger: str
    text: str
    once: bool = False
    left_out: tuple[str, ...] = ()


TABLE: Final[dict[type[events.Event], Line]] = {
    events.SpecWarned: Line(logging.WARNING, "mount", "the SecretProviderClass is unclear", once=True),
    events.LoggedIn: Line(logging.DEBUG, "mount", "logged in", left_out=("role", "accessor")),
    events.LoginFailed: Line(logging.DEBUG, "mount", "login failed", left_out=("role",)),
    events.SecretRead: Line(logging.DEBUG, "mount", "secret read"),
    events.ReadFailed: Line(logging.DEBUG, "mount", "read failed"),
    events.VaultWarned: Line(logging.DEBUG, "mount", "vault warned"),
    events.RequestRetried: Line(logging.DEBUG, "mount", "request retried"),
    events.RedirectFollowed: Line(logging.DEBUG, "mount", "redirect to the leader followed"),
    events.TokenExpired: Line(logging.DEBUG, "mount", "vault token expired or revoked"),
    events.DeniedWithOldToken: Line(logging.DEBUG, "mount", "path denied with an old vault token"),
    events.Mounted: Line(logging.INFO, "mount", "mounted"),
    events.Rotated: Line(logging.INFO, "mount", "rotated", left_out=("changes",)),
    events.Republished: Line(logging.DEBUG, "mount", "republished"),
    events.RefreshFailed: Line(
        logging.WARNING, "mount", "refresh failed, files stay", left_out=("since", "failures", "message")
    ),
    events.MountFailed: Line(logging.ERROR, "mount", "mount failed", left_out=("message",)),
    events.MountCancelled: Line(logging.WARNING, "mount", "mount cancelled by the caller"),
    events.TokenRenewed: Line(logging.DEBUG, "renewals", "token renewed"),
    events.TokenRenewalFailed: Line(logging.DEBUG, "renewals", "token renewal failed"),
    events.TokenNotRenewable: Line(
        logging.WARNING, "renewals", "the vault token cannot be renewed; it is replaced before it ends"
    ),
    events.TokenEndsFirst: Line(
        logging.WARNING,
        "renewals",
        "the vault token ends before the lease of its credentials; they are requested again in time",
    ),
    events.LeaseRenewed: Line(logging.DEBUG, "renewals", "lease renewed"),
    events.LeaseRenewalFailed: Line(logging.DEBUG, "renewals", "lease renewal failed"),
    events.LeaseLost: Line(logging.DEBUG, "renewals", "lease ended"),
    events.LeasesNotRenewable: Line(
        logging.WARNING,
        "renewals",
        "leases cannot be renewed with this vault token; credentials are requested again instead",
    ),
    events.RenewalsFailing: Line(
        logging.WARNING, "renewals", "renewals fail; issued credentials remain valid until their leases expire"
    ),
    events.RenewalsRecovered: Line(logging.INFO, "renewals", "renewals work again"),
    events.VolumeForgotten: Line(logging.DEBUG, "revocation", "volume forgotten, its pod is gone"),
    events.Revoked: Line(logging.INFO, "revocation", "revoked"),
    events.RevocationFailed: Line(logging.WARNING, "revocation", "revocation failed; the token ends with its TTL"),
    events.RefreshForced: Line(logging.INFO, "admin", "refresh forced"),
    events.MemoryShort: Line(
        logging.WARNING,
        "volumes",
        "mounted volumes need more memory than -mount-cache-bytes; static secrets are read again at each call",
    ),
    events.StateRestored: Line(logging.INFO, "state", "state restored"),
    events.StateDelayed: Line(logging.WARNING, "state", "mounts begin before the state is read"),
    events.StateDiscarded: Line(
        logging.WARNING, "state", "files ignored and removed; the leases of those pods are issued again"
    ),
    events.StateUnusable: Line(
        logging.WARNING, "state", "state cannot be used; what is mounted is kept in memory only"
    ),
    events.StateWriteFailed: Line(
        logging.WARNING,
        "state",
        "state cannot be written; mounts go on, and a restart would issue leases again",
    ),
    events.StateLost: Line(
        logging.INFO, "state", "state claimed by another provider; renewals and revocations are left to it"
    ),
    events.StateWriteRecovered: Line(logging.INFO, "state", "state is written again"),
}


class LogLines(observers.Silent):
    """Writes a log line for each event, through the loggers that `logs` has set up."""

    def __init__(self, time: clock.Clock) -> None:
        self._logged: cache.Bounded[Hashable, bool] = cache.Bounded(_REMEMBERED, time)

    def observe(self, event: events.Event) -> None:
        """See `observers.Observer`."""
        line = TABLE[type(event)]
        logger = logging.getLogger(f"provider.{line.logger}")
        if not logger.isEnabledFor(line.level) or (line.once and self._is_logged(event)):
            return
        logger.log(line.level, line.text, extra={"facts": _facts(event, line)})

    def _is_logged(self, event: events.Event) -> bool:
        who = event.who
        key = (who.pod.namespace, who.provider_class, dataclasses.replace(event, who=None))  # type: ignore[arg-type]
        known = self._logged.get(key) is not None
        self._logged.put(key, True)
        return known


def _facts(event: events.Event, line: Line) -> dict[str, object]:
    """What a line says: for whom, then the fields in order, durations in milliseconds at the end."""
    facts = _who(event, line.level)
    for each in dataclasses.fields(event):
        if each.name in ("who", "seconds", *line.left_out):
            continue
        value = getattr(event, each.name)
        facts[each.name] = value.value if isinstance(value, enum.Enum) else value if value != "" else "-"
    if isinstance(event, events.Rotated):
        facts["changed"] = event.changed
    if isinstance(event, events.RefreshFailed | events.MountFailed):
        facts["error"] = event.message
    seconds = getattr(event, "seconds", None)
    return facts if seconds is None else {**facts, "ms": round(seconds * 1000, 1)}


def _who(event: events.Event, level: int) -> dict[str, object]:
    """The mount's id; the pod and its class too, where a line may stand alone."""
    who = event.who
    facts: dict[str, object] = {"mount": who.mount} if who.mount else {}
    if who.pod.name and (level > logging.DEBUG or not who.mount):
        facts |= {"pod": who.pod, "spc": who.provider_class or "-"}
    return facts
