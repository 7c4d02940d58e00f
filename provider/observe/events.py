"""What happens in the provider, as data: one frozen dataclass per kind of event.

Every event says for whom (`who`), what, and where it took time, how many seconds. Values of secrets and tokens are in
none of them: names, paths, addresses, counts, dates, reasons and texts after redaction. Whoever wants to know (log
lines, Events on pods, later metrics and the audit trail) is an `observers.Observer`.

To add a kind: its class here, its row in `log_lines.TABLE`, and the one call where it happens.
"""

import enum
from dataclasses import dataclass, field

from provider import model


class Source(enum.Enum):
    """Where the answer to a read came from."""

    VAULT = "vault"
    CACHE = "cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, and the mount (or the volume between mounts) that it happened for."""

    who: model.Origin = field(default_factory=model.Origin)


# One mount.


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecWarned(Event):
    """Something in a SecretProviderClass is most likely not meant."""

    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(Event):
    """A Vault token was issued. `accessor` names it in Vault's audit log and is not secret."""

    address: str
    auth: str
    role: str
    accessor: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(Event):
    """No Vault token could be had; `reason` is the slug of the error."""

    address: str
    auth: str
    role: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRead(Event):
    """A secret was read for a mount: from Vault, or from the answer that is still good.

    `request_id` is Vault's, of the request that gave the answer; it stands in Vault's audit log.
    """

    method: str
    path: str
    namespace: str
    source: Source
    request_id: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFailed(Event):
    """A read gave nothing usable; `reason` is the slug of the error."""

    method: str
    path: str
    namespace: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultWarned(Event):
    """An answer of Vault carries a warning."""

    path: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRetried(Event):
    """A request to Vault failed and is made again; `tries` counts those made."""

    address: str
    path: str
    why: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectFollowed(Event):
    """A standby named its leader, and the request goes there."""

    standby: str
    leader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenExpired(Event):
    """Vault does not know a token any more that counted as valid.

    `path` is what could not be read with it; "" where a renewal found out, so that leases have ended with it.
    """

    role: str
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedWithOldToken(Event):
    """A path is denied to a token so old that its policies may be: one new login follows."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted(Event):
    """A volume got its files for the first time."""

    role: str
    files: int
    bytes: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Change:
    """One object of a rotation: its name, its version before and its version now ("" without an HMAC key)."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated(Event):
    """A volume got other files than before."""

    role: str
    changes: tuple[Change, ...]
    files: int
    bytes: int
    requests: int
    seconds: float

    @property
    def changed(self) -> str:
        """The names of what changed, for a log line."""
        return ",".join(change.name for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Republished(Event):
    """A volume's files stay as they are: nothing was due, or what was read has not changed.

    `requests` counts those to Vault; `waits` says that a failed refresh is not tried again yet.
    """

    requests: int
    seconds: float
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshFailed(Event):
    """A refresh failed, and the files stay. `since` is in epoch seconds, `failures` counts those in a row."""

    role: str
    reason: str
    message: str
    since: float
    failures: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MountFailed(Event):
    """A mount failed, and the pod has no files, or none that are fresh enough."""

    role: str
    reason: str
    message: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MountCancelled(Event):
    """The caller went away before the mount was done."""

    seconds: float


# Alongside the mounts.


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRenewed(Event):
    """A Vault token lives for `ttl` seconds more."""

    role: str
    ttl: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRenewalFailed(Event):
    """A token was not renewed; it is tried again."""

    role: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNotRenewable(Event):
    """A token cannot be renewed; it is replaced before it ends."""

    role: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndsFirst(Event):
    """A token ends before the lease of credentials that depend on it; they are requested again in time."""

    role: str
    path: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewed(Event):
    """A lease lives for `ttl` seconds more."""

    path: str
    ttl: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRenewalFailed(Event):
    """A lease was not renewed; it is tried again."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLost(Event):
    """A lease has ended; the credentials are requested again at the next call."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasesNotRenewable(Event):
    """A token may not renew leases; credentials are requested again instead."""

    role: str
    path: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalsFailing(Event):
    """Renewals fail at one Vault; what was issued stays valid until its lease expires."""

    address: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalsRecovered(Event):
    """Renewals work again at one Vault."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeForgotten(Event):
    """The pod of a volume is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(Event):
    """A Vault token was revoked, or the leases of a batch token, which cannot be."""

    role: str
    batch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFailed(Event):
    """A token (or a lease of a batch token) was not revoked; it ends with its TTL."""

    role: str
    what: str
    why: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshForced(Event):
    """An operator forced a refresh of `volumes` volumes: those of a pod or SPC, or all."""

    pod: str
    spc: str
    volumes: int
    static_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryShort(Event):
    """The volumes of this node need more than `bytes`: static secrets are dropped, and read again at the next call."""

    bytes: int
    volumes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRestored(Event):
    """Volumes of an earlier process were restored."""

    volumes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDelayed(Event):
    """Mounts begin before the state of an earlier process could be read."""

    directory: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDiscarded(Event):
    """Files of an earlier process were ignored and removed; those pods' leases are issued again."""

    directory: str
    files: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateUnusable(Event):
    """State cannot be read at all, or cannot be encrypted: volumes are kept in memory only."""

    directory: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWriteFailed(Event):
    """State cannot be written; mounts go on, and a restart would issue leases again."""

    directory: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLost(Event):
    """Another process has claimed the state: this one writes, renews and revokes nothing any more."""

    directory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWriteRecovered(Event):
    """State is written again."""

    directory: str
