"""What a server says of itself: health, seal, leader. These answer while it is sealed, and need no token."""

import uuid
from collections.abc import Mapping
from typing import Any

from provider.base import clock, units
from provider.dev.vault import replies

VERSION = "1.21.1"


class Status:
    """Sealed or not, standby or not.

    Attributes:
        sealed: refuse everything but the paths of this module.
        leader: the address of the active node, which makes this one a standby that redirects to it; None = active.
    """

    def __init__(self, time: clock.Clock) -> None:
        self.sealed = False
        self.leader: str | None = None
        self._clock = time
        self._cluster = {"cluster_name": "vault-cluster-dev", "cluster_id": str(uuid.uuid4())}

    def answer(self, method: str, path: str, query: Mapping[str, str]) -> replies.Reply | None:
        """The answer, if `path` is one of these; the unsealing is done here too.

        Raises:
            replies.Refusal: a method the path does not have.
        """
        if path == "sys/health":
            _only(method, "GET", "HEAD")
            return self._health(query)
        if path == "sys/unseal":
            _only(method, "PUT", "POST")
            self.sealed = False
            return self._seal_status()
        if path in ("sys/seal-status", "sys/leader", "sys/init"):
            _only(method, "GET")
            if path == "sys/init":
                return replies.Reply({"initialized": True}, bare=True)
            return self._seal_status() if path == "sys/seal-status" else self._leader()
        return None

    def _health(self, query: Mapping[str, str]) -> replies.Reply:
        mode = "unknown" if self.sealed else "disabled"
        data: dict[str, Any] = {
            "initialized": True,
            "sealed": self.sealed,
            "standby": self.sealed or self.leader is not None,
            "performance_standby": False,
            "replication_performance_mode": mode,
            "replication_dr_mode": mode,
            "server_time_utc": int(self._clock.now()),
            "version": VERSION,
            "enterprise": False,
            **({} if self.sealed else self._cluster),
            "echo_duration_ms": 0,
            "clock_skew_ms": 0,
            "replication_primary_canary_age_ms": 0,
            "removed_from_cluster": False,
        }
        if self.sealed:
            status = int(query.get("sealedcode", "503"))
        elif self.leader is not None and not _true(query.get("standbyok")):
            status = int(query.get("standbycode", "429"))
        else:
            status = int(query.get("activecode", "200"))
        return replies.Reply(data, bare=True, status=status)

    def _seal_status(self) -> replies.Reply:
        data: dict[str, Any] = {
            "type": "shamir",
            "initialized": True,
            "sealed": self.sealed,
            "t": 1,
            "n": 1,
            "progress": 0,
            "nonce": "",
            "version": VERSION,
            "build_date": "2025-11-18T13:04:32Z",
            "migration": False,
            **({} if self.sealed else self._cluster),
            "recovery_seal": False,
            "storage_type": "inmem",
        }
        return replies.Reply(data, bare=True)

    def _leader(self) -> replies.Reply:
        data: dict[str, Any] = {
            "ha_enabled": self.leader is not None,
            "is_self": False,
            "active_time": "0001-01-01T00:00:00Z",
            "leader_address": self.leader or "",
            "leader_cluster_address": "",
            "performance_standby": False,
            "performance_standby_last_remote_wal": 0,
        }
        return replies.Reply(data, bare=True)


def _only(method: str, *allowed: str) -> None:
    if method not in allowed:
        raise replies.Refusal(405)


def _true(value: str | None) -> bool:
    """A parameter that is there without a value counts."""
    if value is None:
        return False
    try:
        return value == "" or units.parse_bool(value)
    except ValueError:
        return False
