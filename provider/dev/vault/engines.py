"""What a mount is, and what an engine behind it has to offer."""

import dataclasses
import secrets
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from provider.dev.vault import replies, tokens


@dataclasses.dataclass(frozen=True, slots=True)
class Renewed:
    """The outcome of the policy check: allowed or not, and by which policies."""

    allowed: bool
    policies: tuple[str, ...] = ()


@dataclasses.dataclass(slots=True)
class Call:
    """One request on its way through the core.

    Attributes:
        id: the request id, as shown to the client and in the audit.
        operation: read, list, create, update, patch or delete.
        path: without /v1/.
        data: the body of a write, the query of a read.
        token: what the client sent, "" for none.
        wrap_ttl: seconds the answer shall be kept wrapped, 0 for an open answer.
        rest: the path below the mount.
        entry: the live token behind `token`.
        issued: the token that this very request has made.
    """

    id: str
    operation: str
    path: str
    data: dict[str, Any]
    token: str = ""
    wrap_ttl: int = 0
    remote_address: str = "127.0.0.1"
    remote_port: int = 0
    rest: str = ""
    mount: "Mount | None" = None
    entry: tokens.Entry | None = None
    granted: Renewed | None = None
    issued: tokens.Entry | None = None

    @property
    def place(self) -> "Mount":
        """The mount, once found."""
        if self.mount is None:
            raise LookupError("this call has no mount yet")
        return self.mount

    @property
    def writes(self) -> bool:
        """Whether it creates or updates."""
        return self.operation in ("create", "update")

    def ignored(self, known: Iterable[str]) -> list[str]:
        """The warning about fields that nobody reads, if there are any."""
        unknown = sorted(set(self.data) - set(known))
        return [f"Endpoint ignored these unrecognized parameters: [{' '.join(unknown)}]"] if unknown else []


class Engine(Protocol):
    """What is behind a mount."""

    version: str
    """Vault's version text of the plugin, for listings and the audit."""

    def open_to_all(self, rest: str) -> bool:
        """Whether this path needs no token: a login."""

    def exists(self, rest: str) -> bool:
        """Whether a write to this path would be an update rather than a create."""

    async def answer(self, call: Call) -> replies.Reply | None:
        """Do it; None is an answer without content."""


@dataclasses.dataclass(slots=True)
class Mount:
    """An engine at a path. `path` ends with a slash, logins start with auth/."""

    path: str
    type: str
    engine: Engine
    description: str = ""
    options: Mapping[str, str] | None = None
    accessor: str = ""
    uuid: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        if not self.accessor:
            stem = f"auth_{self.type}" if self.path.startswith("auth/") else self.type
            self.accessor = f"{stem}_{secrets.token_hex(4)}"

    def shown(self, default_ttl: int = 0, max_ttl: int = 0) -> dict[str, Any]:
        """As sys/mounts and sys/auth list it; the lifetimes in seconds."""
        config: dict[str, Any] = {"default_lease_ttl": default_ttl, "force_no_cache": False, "max_lease_ttl": max_ttl}
        if self.path.startswith("auth/"):
            config["token_type"] = "default-service"  # noqa: S105 -- the name of a kind of token
        listed: dict[str, Any] = {
            "accessor": self.accessor,
            "config": config,
            "description": self.description,
            "external_entropy_access": False,
            "local": self.type == "cubbyhole",
            "options": dict(self.options) if self.options is not None else None,
            "plugin_version": "",
            "running_plugin_version": self.engine.version,
            "running_sha256": "",
            "seal_wrap": False,
            "type": self.type,
            "uuid": self.uuid,
        }
        if self.type not in ("system", "token", "cubbyhole"):
            listed["deprecation_status"] = "supported"
        return listed


class Mounts(dict[str, Mount]):
    """All mounts by path."""

    def find(self, path: str) -> tuple[Mount, str] | None:
        """The mount a request path belongs to, and the path below it; the longest one wins."""
        found = [mount for mount in self.values() if path.startswith(mount.path) or f"{path}/" == mount.path]
        if not found:
            return None
        best = max(found, key=lambda mount: len(mount.path))
        return best, path[len(best.path) :]
