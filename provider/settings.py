"""The provider's own settings, by topic. Filled once, by cli/flags.py, from flags and environment."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from provider import model

ADMIN_SOCKET: Final = Path("/run/vault-csi-provider/admin.sock")
"""Where `refresh` and `status` look, and where the manifests put it."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """What the time between SIGTERM and the end of the process goes to, one after the other, in seconds.

    A pod is given 30 s by default, and by the charts that start the Go providers; the manifests of this provider leave
    it at that. The rest is for what is closed besides, on a node that may be busy with shutting down itself.
    """

    settle: float = 0.5
    """In which calls are still accepted after the sockets' files are gone: they may have been on their way."""

    drain: float = 20.0
    """That mounts in flight may take: longer than any refresh of a mounted volume, which ends by itself after 15."""

    cancel: float = 1.0
    """That mounts may take to end once they are cancelled."""

    revoke: float = 2.0
    """For the tokens of pods that have just gone; those that are missed end with their TTL."""

    store: float = 2.0
    """For state that is not written yet."""

    @property
    def total(self) -> float:
        """Seconds that all of it takes at most."""
        return self.settle + self.drain + self.cancel + self.revoke + self.store


SHUTDOWN: Final = Shutdown()


@dataclass(frozen=True, slots=True)
class Serve:
    """Sockets and life of the process."""

    endpoints: tuple[Path, ...] = (Path("/tmp/vault.sock"),)  # noqa: S108 -- the Go provider's default
    """Sockets to listen on; one named openbao.sock speaks OpenBao's parameter names."""

    health_addr: str = ":8080"
    """host:port of the HTTP health server; "" starts none. Under hostNetwork the port must be free on the node."""

    log_level: str = "info"
    """trace, debug, info, warn, error or off."""

    mount_timeout: float = 90.0
    """Seconds for one mount with all its retries: under the two minutes that the kubelet gives the whole call."""

    shutdown: Shutdown = SHUTDOWN
    """How long each part of the end may take."""

    admin_socket: Path | None = None
    """Where `refresh` and `status` find the daemon; None for nowhere: a read-only root has no place of its own."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Where the SPC is silent.

    There is one set a dialect: VAULT_* and -vault-* come first for vault.sock, BAO_* and -openbao-* for openbao.sock.
    """

    address: str = ""
    """One URL, or several with commas between; "" is Vault's own default, https://127.0.0.1:8200."""

    namespace: str = ""
    """Sent as X-Vault-Namespace."""

    auth_mount: str = "kubernetes"
    """Path of the auth method, without auth/."""

    tls: model.Tls = field(default_factory=model.Tls)
    """CA, server name, client certificate."""


@dataclass(frozen=True, slots=True)
class Access:
    """How Vault is talked to."""

    vault: Vault = field(default_factory=Vault)
    """For vault.sock and any other name."""

    openbao: Vault = field(default_factory=Vault)
    """For openbao.sock."""

    cache_size: int = 1000
    """Vault tokens kept in memory, one a pod and role; 0 logs in at every mount."""

    retries: int | None = None
    """More tries after the first (VAULT_MAX_RETRIES); None for as many as the mount's time allows."""

    patience: float | None = None
    """Seconds for one request with its retries (VAULT_CLIENT_TIMEOUT); None for the mount's whole time.

    Where it is over 5, a single try may take as long too: set it for engines that are slow to answer.
    """


@dataclass(frozen=True, slots=True)
class Refresh:
    """What is mounted, and how long it is good."""

    interval: float = model.Refresh().interval
    """Seconds that a static secret is good for, where the SPC is silent; 0 reads it at every republish."""

    max_renew_interval: float = 900.0
    """Seconds between two renewals of a lease at most, however long it lives, so that one which Vault has lost (to a
    restored snapshot, or `lease revoke`) is noticed by then: one request each time. inf for two thirds of its TTL."""

    max_stale: float | None = None
    """Seconds that a volume whose refresh fails goes on with what it has; None for ever, 0 not at all."""

    cache_bytes: int = 32 * 1024 * 1024
    """Bytes of all records together: answers, files and what belongs to them. The oldest go first."""

    revoke: bool = False
    """Whether a pod's Vault token is revoked when the pod is gone, where the SPC is silent."""

    state_dir: Path | None = None
    """Where records are kept over a restart, sealed; a directory on a tmpfs, mode 0700. None for memory only."""


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The API server."""

    kubeconfig: str = ""
    """A file, used outside a cluster; "" and no service account means: no API server at all."""

    service_account_dir: str = "/var/run/secrets/kubernetes.io/serviceaccount"
    """Where the kubelet mounts our own token, CA and namespace."""

    hmac_secret_name: str = "vault-csi-provider-hmac-key"  # noqa: S105 -- a name
    """The Secret that holds the key of versions."""

    namespace: str = ""
    """Of that Secret (POD_NAMESPACE); "" for the namespace of our own service account."""

    node_name: str = ""
    """This node (NODE_NAME), whose pods are watched to see when one is gone; "" for no watch: that goes by time."""

    pod_events: bool = True
    """Whether rotations, and refreshes that fail, are reported in Events on the pods."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them."""

    serve: Serve = field(default_factory=Serve)
    access: Access = field(default_factory=Access)
    refresh: Refresh = field(default_factory=Refresh)
    kubernetes: Kubernetes = field(default_factory=Kubernetes)
