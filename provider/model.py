"""The parsed form of a mount request. Frozen; everything after `spec` works on these types."""

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from provider import findings
from provider.base import secret


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod a volume is for, as the driver names it. Any field may be empty outside a cluster."""

    namespace: str = ""
    name: str = ""
    uid: str = ""
    service_account: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Origin:
    """For whom something is done: one mount, as a log reader or an auditor knows it.

    `mount` is the id that log lines carry, "" for work between mounts.
    """

    pod: Pod = Pod()
    provider_class: str = ""
    mount: str = ""


@dataclass(frozen=True, slots=True)
class Tls:
    """How to trust Vault and to show ourselves to it. Paths are files on the provider's file system; "" is unset."""

    ca_cert_path: str = ""
    ca_directory: str = ""
    ca_pem: str = ""
    server_name: str = ""
    client_cert_path: str = ""
    client_key_path: str = ""
    skip_verify: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One Vault (or one cluster with several addresses) and the way to trust it: the key of a connection pool.

    `addresses` holds one or more of http://, https:// or unix:// URLs without a trailing slash, tried in turn.
    """

    addresses: tuple[str, ...]
    tls: Tls = Tls()


@dataclass(frozen=True, slots=True)
class Login:
    """How a mount logs in to Vault, as far as that is public: it is part of session keys and of error texts.

    Attributes:
        role: the role of the auth method, "" where the method has none.
        mount: path of the auth method, without auth/.
        namespace: Vault namespace of the login.
        method: the name of a method of `vault.auth.registry`.
        options: the other parameters that the method reads, by field; none that is empty.
        fingerprint: changes with the credentials that come from outside the SPC; "" where the rest says who it is.
    """

    role: str
    mount: str = "kubernetes"
    namespace: str = ""
    method: str = "kubernetes"
    options: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""

    def __str__(self) -> str:
        where = f"auth/{self.mount}"
        if self.namespace:
            where = f"{where} in namespace {self.namespace}"
        return f'role "{self.role}" of {where}' if self.role else where

    def option(self, field_name: str) -> str:
        """One of the options, "" where the SPC has none."""
        return dict(self.options).get(field_name, "")


@dataclass(frozen=True, slots=True)
class Read:
    """One request to Vault; equal reads of a mount are made once.

    `path` has no leading slash and no "v1/"; `query` are its parameters, sorted by name, values of one name in
    the order written; `args` is the JSON text of the body, "" for none; `method` is upper case.
    """

    namespace: str
    path: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    args: str = field(default="", repr=False)

    @property
    def is_write(self) -> bool:
        """Whether sending it twice could do something twice."""
        return self.method not in ("GET", "LIST", "HEAD")


@dataclass(frozen=True, slots=True)
class Template:
    """The Go template that makes an object's file, as it is written in the SPC; not parsed yet.

    `namespace` is the Vault namespace of what it reads; `left` and `right` enclose actions; `missing_key` is "error",
    "zero" or "default", as Go knows them; `fragments` are names and sources of the templates that it may call, with the
    usual delimiters.
    """

    source: str = field(repr=False)
    namespace: str = ""
    left: str = "{{"
    right: str = "}}"
    missing_key: str = "error"
    fragments: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class WritePolicy(enum.StrEnum):
    """When a write is made again, the most frequent first."""

    ALWAYS = "always"
    """At every call."""
    ON_EXPIRY = "onExpiry"
    """When what it made is about to end; never, where no end is known."""
    ONCE = "once"
    """Never while the volume is mounted."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """When the answers behind an object are requested again.

    `interval` is that of static secrets in seconds, 0 for every call; leased answers and those that carry their own end
    have their own time. `writes` is about the answers to writes.
    """

    interval: float = 30.0
    writes: WritePolicy = WritePolicy.ALWAYS


class Shape(abc.ABC):
    """What the responses behind an object become: the base of the frozen values in `provider.shapes`.

    Attributes:
        FINDS_READS: whether rendering finds what is read, so that an object needs no path.
    """

    __slots__ = ()

    FINDS_READS: ClassVar[bool] = False

    @property
    @abc.abstractmethod
    def version(self) -> Any:  # noqa: ANN401 -- JSON
        """What the object's version covers of the shape, as a JSON value; never changes for the same object."""

    @property
    def templates(self) -> tuple[Template, ...]:
        """Templates to compile before anything is read."""
        return ()

    def describe(self, read: Read | None) -> str:
        """Say for people what a file is made of, by the object's read."""
        return f"{read.method} {read.path}" if read else ""


@dataclass(frozen=True, slots=True)
class Object:
    """One entry of `objects`.

    `read` is None only where the shape finds its own; `mode` is the file's permission bits, None for the mount's
    default; `encoding` is "utf-8", "base64" or "hex".
    """

    name: str
    read: Read | None
    shape: Shape
    mode: int | None = None
    encoding: str = "utf-8"
    refresh: Refresh = Refresh()

    @property
    def path(self) -> str:
        """What it reads, for messages; "" where the shape finds its own."""
        return self.read.path if self.read else ""


class LeaseScope(enum.Enum):
    """Who shares a login, its reads and its leases."""

    POD = "pod"
    """The pod alone."""
    SERVICE_ACCOUNT = "serviceAccount"
    """All pods of the service account on this node."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a mount lives on after its first call.

    `refresh_token` is any text: when it changes, everything is read again. `revoke` is whether its Vault token is
    revoked when the pod is gone.
    """

    refresh_token: str = ""
    scope: LeaseScope = LeaseScope.POD
    revoke: bool = False


@dataclass(frozen=True, slots=True)
class MountSpec:
    """One mount, complete: who, where from, what, where to.

    `tokens` maps audience to the pod's service-account token as the driver sent it; `secrets` is the data of the
    nodePublishSecretRef. `warnings` are findings for the log: unknown fields, odd modes. `provider_class` is the SPC's
    name, "" where the driver does not send it.
    """

    target: Target
    login: Login
    objects: tuple[Object, ...]
    target_path: str
    default_mode: int = 0o644
    lifecycle: Lifecycle = Lifecycle()
    pod: Pod = Pod()
    provider_class: str = ""
    tokens: Mapping[str, secret.Secret] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, secret.Secret] = field(default_factory=dict, repr=False)
    warnings: tuple[findings.Finding, ...] = ()

    @property
    def warning_texts(self) -> tuple[str, ...]:
        """The warnings as people read them; of very many, the first."""
        return findings.texts(self.warnings, "warnings")


LARGE: Final = 64 * 1024
"""Bytes from which on a text is parsed or rendered in a thread: it would hold up every other mount."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Vault answered to one `Read`, in the shape of its API: an envelope around data.

    `data` is the secret itself (for KV v2 still with its inner `data` and `metadata`), None where the answer carries
    only `auth` or `wrap_info`. Numbers are `gojson.Number`. `envelope` holds every other top-level field of the
    answer. Neither is ever shown: both may hold secrets. `warnings` are Vault's, redacted; `size` is that of the answer
    in bytes; `date` is Vault's clock at the answer, in seconds since the epoch, None where it does not say.
    """

    data: Mapping[str, Any] | None = field(repr=False)
    envelope: Mapping[str, Any] = field(repr=False)
    warnings: tuple[str, ...] = ()
    size: int = 0
    date: float | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file of a volume. `mode` is permission bits."""

    path: str
    mode: int
    contents: secret.Secret
