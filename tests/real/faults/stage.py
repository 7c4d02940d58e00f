"""What a scenario plays on: an API server, a highly available Vault behind one address, the provider, and its pods."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from provider import model
from provider.base import secret
from tests.doubles import certificates
from tests.real import bed
from tests.real.servers import api_server, cluster, programs, provider, proxy, vault_cluster

READS: Final = 5
"""Secrets that each pod mounts."""

ROLE: Final = "faults"
JWT: Final = "faults-jwt"
"""Path of a jwt auth method that needs no API server."""

VALUES: Final = {f"f{number}": f"value {number}" for number in range(READS)}
"""What each file must hold, always."""

OBJECTS: Final = "".join(
    f"- {{objectName: f{number}, secretPath: secret/data/faults/{number}, secretKey: k}}\n" for number in range(READS)
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A pod with the tokens that its kubelet brings."""

    pod: model.Pod
    tokens: Mapping[str, secret.Secret]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs.

    Attributes:
        vaults: three servers.
        service: the one address before them, which the provider has as its default.
        provider: the provider; `server` and `cluster`: the API server.
    """

    directory: Path
    authority: certificates.Authority
    server: api_server.ApiServer
    cluster: cluster.Cluster
    vaults: vault_cluster.VaultCluster
    service: proxy.Proxy
    provider: provider.Provider
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def subjects(self, count: int) -> list[Subject]:
        """New pods, made before the fault: the API server may be its victim."""
        made = []
        for _ in range(count):
            pod = self.cluster.pod("production", f"{ROLE}-{next(self._numbers)}", ROLE)
            made.append(Subject(pod, self.cluster.kubelet_tokens(pod, bed.AUDIENCES)))
        return made

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """An administrator's request to the active server."""
        return self.vaults.active().request(method, path, body)

    def audited(self) -> list[dict[str, Any]]:
        """The requests in the audit logs of all servers, oldest first."""
        lines = [line for node in self.vaults.nodes for line in node.audit() if line["type"] == "request"]
        return sorted(lines, key=lambda line: str(line["time"]))

    def logins(self, since: int, *pods: str) -> int:
        """Login requests that reached Vault after `audited` had `since` lines; of these pods, or of all."""
        found = [line for line in self.audited()[since:] if line["request"]["path"].endswith("/login")]
        named = [(line["request"].get("headers") or {}).get("x-vault-csi-pod", [""])[0] for line in found]
        return sum(not pods or name in pods for name in named)

    def healed(self) -> None:
        """Every server as it was: running, unsealed, with a leader."""
        for node in self.vaults.nodes:
            node.process.resume()
            if node.process.pid == 0 or node.process.exit_code is not None:
                node.start()
        for node in self.vaults.nodes:
            self.vaults.unseal(node)
        self.vaults.settle()
        self.server.process.resume()
        if self.server.process.pid == 0:
            self.server.process.start()


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Stage]:
    """Start it all; about 25 seconds.

    Raises:
        programs.NotAvailable: a program is missing; the text says how to get it.
    """
    binary = programs.need(programs.VAULT)
    authority = certificates.Authority(directory)
    with (
        bed.kubernetes(directory, authority) as (server, kube),
        vault_cluster.running(binary, directory, authority) as vaults,
        contextlib.ExitStack() as stack,
    ):
        service = proxy.Proxy(vaults.nodes)
        service.start()
        stack.callback(service.stop)
        _prepare(vaults, kube, server)
        ours = stack.enter_context(
            bed.provider_process(directory, server, kube, vault_address=service.address, authority=authority)
        )
        yield Stage(directory, authority, server, kube, vaults, service, ours)


def _prepare(vaults: vault_cluster.VaultCluster, kube: cluster.Cluster, server: api_server.ApiServer) -> None:
    active = vaults.active()
    # One device for the cluster: each server writes its own file under the path's name in its own directory.
    active.request("PUT", "sys/audit/file", {"type": "file", "options": {"file_path": "audit.log"}})
    active.request("PUT", "sys/config/auditing/request-headers/X-Vault-Csi-Pod", {"hmac": False})
    bed.configure_kubernetes_auth(active, kube, server)
    active.set_policy(ROLE, {"secret/data/faults/*": ["read"]})
    bound = {
        "bound_service_account_names": [ROLE],
        "bound_service_account_namespaces": ["production"],
        "audience": "vault",
        "token_policies": [ROLE],
        "token_ttl": "1h",
    }
    active.request("POST", f"auth/kubernetes/role/{ROLE}", bound)
    active.request("POST", f"sys/auth/{JWT}", {"type": "jwt"})
    keys = {"jwt_validation_pubkeys": server.public_key.read_text()}
    active.request("POST", f"auth/{JWT}/config", keys)
    by_jwt = {"role_type": "jwt", "bound_audiences": ["vault"], "user_claim": "sub", "token_policies": [ROLE]}
    active.request("POST", f"auth/{JWT}/role/{ROLE}", by_jwt)
    for number in range(READS):
        active.request("POST", f"secret/data/faults/{number}", {"data": {"k": VALUES[f"f{number}"]}})
