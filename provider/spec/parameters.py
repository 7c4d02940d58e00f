"""Lists every parameter of a SecretProviderClass in one table, for parsing, warnings and the reference page."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from provider import findings, model
from provider.base import messages, nearest, units


@dataclass(frozen=True)
class Dialect:
    """How the parameters are spelt on one socket, and whose token is looked for where the SPC names no audience.

    `prefixes` are tried in order; the first that is there counts, even where its value is empty.
    """

    name: str
    default_audience: str
    prefixes: tuple[str, ...]


VAULT: Final = Dialect("vault", "vault", ("vault",))
OPENBAO: Final = Dialect("openbao", "openbao", ("bao", "openbao", "vault"))
DIALECTS: Final = (VAULT, OPENBAO)


@dataclass(frozen=True)
class Defaults:
    """What holds where an SPC is silent: the provider's flags and environment, already merged (flags over environment).

    `address` may be several, comma-separated; "" is https://127.0.0.1:8200, as Vault's own client does. `auth_mount`
    has no `auth/`. `refresh_interval` is in seconds.
    """

    address: str = ""
    namespace: str = ""
    auth_mount: str = "kubernetes"
    tls: model.Tls = field(default_factory=model.Tls)
    refresh_interval: float = model.Refresh().interval
    revoke_on_pod_delete: bool = False


class Kind(enum.StrEnum):
    """What a parameter takes."""

    TEXT = "text"
    PATH = "path"
    ADDRESSES = "addresses"
    BOOLEAN = "boolean"
    DURATION = "duration"
    CHOICE = "choice"
    PEM = "pem"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row.

    Attributes:
        field: how the rest of this package calls it.
        suffix: what stands behind a dialect's prefix; "" where no prefix is taken.
        plain: its name without a prefix; "" where it needs one.
        prefixed_in: the dialects that take a prefix.
        kind: what it takes.
        default: what holds without it, as people read it.
        since: the version of this provider that took it first.
        doc: one sentence.
    """

    field: str
    suffix: str
    kind: Kind
    default: str
    doc: str
    plain: str = ""
    prefixed_in: tuple[str, ...] = ("vault", "openbao")
    since: str = "0.1.0"

    def names(self, dialect: Dialect) -> tuple[str, ...]:
        """Its names, the one that wins first."""
        prefixes = dialect.prefixes if self.suffix and dialect.name in self.prefixed_in else ()
        return (*(prefix + self.suffix for prefix in prefixes), *((self.plain,) if self.plain else ()))

    def name(self, dialect: Dialect) -> str:
        """The name to write."""
        return self.plain or self.names(dialect)[0]


_PROVIDER: Final = "the provider's own"

TABLE: Final = (
    Parameter(
        "role",
        "RoleName",
        Kind.TEXT,
        "none, it is required",
        "Role of the Vault auth method that the pod's service account logs in with.",
        plain="roleName",
        prefixed_in=("openbao",),
    ),
    Parameter(
        "address",
        "Address",
        Kind.ADDRESSES,
        f"{_PROVIDER}, else https://127.0.0.1:8200",
        "Vault's address (http, https or unix:///path); several with commas between are tried in turn.",
    ),
    Parameter("namespace", "Namespace", Kind.TEXT, _PROVIDER, "Vault namespace of the login and of every read."),
    Parameter(
        "ca_cert_path",
        "CACertPath",
        Kind.PATH,
        _PROVIDER,
        "PEM file in the provider's pod with the CA certificates to trust; wins over the other two ways to name a CA.",
    ),
    Parameter("ca_pem", "CACert", Kind.PEM, _PROVIDER, "The CA certificates to trust, as PEM text."),
    Parameter(
        "ca_directory",
        "CADirectory",
        Kind.PATH,
        _PROVIDER,
        "Directory (or file) in the provider's pod with CA certificates to trust; the last of the three to count.",
    ),
    Parameter(
        "server_name",
        "TLSServerName",
        Kind.TEXT,
        _PROVIDER,
        "Name to ask for when the TLS connection is made, and to find in Vault's certificate.",
    ),
    Parameter(
        "client_cert_path",
        "TLSClientCertPath",
        Kind.PATH,
        _PROVIDER,
        "PEM file in the provider's pod with the client certificate to show to Vault; needs its key.",
    ),
    Parameter(
        "client_key_path",
        "TLSClientKeyPath",
        Kind.PATH,
        _PROVIDER,
        "PEM file in the provider's pod with the key of the client certificate.",
    ),
    Parameter(
        "skip_verify",
        "SkipTLSVerify",
        Kind.BOOLEAN,
        f"{_PROVIDER}, else false",
        "Whether to trust any certificate; for trying things out only.",
    ),
    Parameter(
        "auth_method",
        "AuthMethod",
        Kind.CHOICE,
        "kubernetes",
        "Name of the auth method to log in by; kubernetes serves mounts of Vault's jwt method too.",
    ),
    Parameter(
        "kubernetes_mount",
        "KubernetesMountPath",
        Kind.TEXT,
        f"{_PROVIDER}, else kubernetes",
        "Where the Kubernetes auth method is mounted, without auth/; the older name of the next one.",
    ),
    Parameter(
        "auth_mount",
        "AuthMountPath",
        Kind.TEXT,
        f"{_PROVIDER}, else kubernetes",
        "Where the Kubernetes or JWT auth method is mounted, without auth/.",
    ),
    Parameter(
        "audience",
        "",
        Kind.TEXT,
        "vault, or openbao on openbao.sock",
        "Audience of the service-account token that is shown to Vault.",
        plain="audience",
    ),
    Parameter(
        "objects",
        "",
        Kind.YAML,
        "none, it is required",
        "The files of the volume: a YAML list in a string, one entry for each.",
        plain="objects",
    ),
    Parameter(
        "templates",
        "",
        Kind.YAML,
        "none",
        "Templates by name that the objects' templates may call: a YAML mapping in a string.",
        plain="templates",
    ),
    Parameter(
        "refresh_interval",
        "",
        Kind.DURATION,
        f"{_PROVIDER}, else {units.format_duration(model.Refresh().interval)}",
        "How old a static secret may get before a republish reads it again, such as 5m; 0 reads it every time.",
        plain="refreshInterval",
    ),
    Parameter(
        "refresh_token",
        "",
        Kind.TEXT,
        "none",
        "Any text; when it changes, the next republish reads and issues everything again.",
        plain="refreshToken",
    ),
    Parameter(
        "lease_scope",
        "",
        Kind.CHOICE,
        "pod",
        "Who shares logins, reads and leases: the pod alone, or serviceAccount for all its pods on the node.",
        plain="leaseScope",
    ),
    Parameter(
        "revoke_on_pod_delete",
        "",
        Kind.BOOLEAN,
        f"{_PROVIDER}, else false",
        "Whether the pod's Vault token, and with it its leases, is revoked when the pod is gone.",
        plain="revokeOnPodDelete",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A parameter as it was given: under which name, and its text. `given` is False where the SPC has none."""

    name: str
    text: str = ""
    given: bool = False


def find(values: Mapping[str, str], dialect: Dialect) -> dict[str, Found]:
    """Find every row's parameter, by field. Of several names of one row that are there, the first one counts."""
    found = {}
    for row in TABLE:
        present = next((name for name in row.names(dialect) if name in values), None)
        if present is None:
            found[row.field] = Found(row.name(dialect))
        else:
            # Block scalars end in a line break. Indentation means something in YAML only.
            text = values[present] if row.kind is Kind.YAML else values[present].strip()
            found[row.field] = Found(present, text, given=True)
    return found


def check_names(values: Mapping[str, str], dialect: Dialect, report: findings.Report) -> None:
    """Warn of unknown names, with the nearest known, and of those that another name hides."""
    known = {name: row for row in TABLE for name in row.names(dialect)}
    for name in sorted(values):
        if name in known:
            winner = next(one for one in known[name].names(dialect) if one in values)
            if winner != name and values[winner] != values[name]:
                about = findings.Subject(name)
                report.warn(about, f"parameter {name} is ignored, because {winner} is there too")
        elif not _is_from_driver(name):
            why, fix = _advice(name, known, dialect)
            report.warn(findings.Subject(name), f"unknown parameter {messages.shown(name)} is ignored{why}", fix)


_DRIVER: Final = frozenset({"secretProviderClass", "providerName"})


def _is_from_driver(name: str) -> bool:
    """Whether the kubelet or the driver adds it: those have a domain (csi.storage.k8s.io/...) but for two."""
    return name in _DRIVER or "/" in name


def _advice(name: str, known: Iterable[str], dialect: Dialect) -> tuple[str, str]:
    for other in DIALECTS:
        if other is not dialect and any(name in row.names(other) for row in TABLE):
            row = next(row for row in TABLE if name in row.names(other))
            return f": it is for the {other.name} provider", f"write {row.name(dialect)} here"
    return "", nearest.advice(name, list(known))
