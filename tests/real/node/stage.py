"""Everything on one node: API server, controllers, Vault, kubelet, driver, and the provider from its own manifests."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.doubles import certificates
from tests.real import bed
from tests.real.node import machine, namespaces
from tests.real.node.pods import Pods, until
from tests.real.servers import api_server, cluster, control_plane, driver, forwarder, programs, vault


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs.

    Attributes:
        server: the API server; `cluster`, an administrator's hands on it.
        vault: has what deploy/examples takes for granted.
        machine: the node.
        pods: of the namespace production; `providers`: those of the DaemonSet.
    """

    directory: Path
    server: api_server.ApiServer
    cluster: cluster.Cluster
    vault: vault.Vault
    machine: machine.Machine
    pods: Pods
    providers: Pods

    def provider(self) -> str:
        """The pod of the DaemonSet on this node, once it is ready."""

        def look() -> str | None:
            names = self.providers.names("app.kubernetes.io/name=vault-csi-provider")
            return names[0] if names else None

        name = until(look, self.progress)
        self.providers.ready(name)
        return name

    def progress(self) -> str:
        """The ends of all logs, for a message."""
        logs = sorted(self.directory.glob("*.log"))
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Stage]:
    """Start it all in the namespaces of the node, where this process must be.

    Raises:
        programs.NotAvailable: something is missing or did not start; the text says what.
    """
    binary = programs.need(programs.VAULT)
    authority = certificates.Authority(directory)
    with contextlib.ExitStack() as stack:
        server, kube = stack.enter_context(bed.kubernetes(directory, authority))
        vaults = stack.enter_context(vault.running(binary, directory, authority=authority))
        vaults.enable_audit()
        bed.configure_kubernetes_auth(vaults, kube, server)
        bed.example(vaults)
        for address, port, target in (
            (api_server.CLUSTER_ADDRESS, 443, server.port),
            (namespaces.VAULT_ADDRESS, 8200, vaults.port),
        ):
            passing = forwarder.Forwarder(address, port, lambda target=target: target)  # type: ignore[misc]
            passing.start()
            stack.callback(passing.stop)
        controllers = control_plane.ControlPlane(*control_plane.find(), directory, server)
        controllers.start()
        stack.callback(controllers.stop)
        node = machine.Machine(directory, server, authority)
        stack.callback(node.stop)
        node.start()
        kube.apply(driver.described(), *_provider(authority))
        made = Stage(directory, server, kube, vaults, node, Pods(kube, node), Pods(kube, node, cluster.HOME))
        made.provider()
        yield made


def _provider(authority: certificates.Authority) -> list[dict[str, object]]:
    """What `kubectl apply -k` applies, with the settings of this Vault."""
    manifests = cluster.base()
    [settings] = [each for each in manifests if each["kind"] == "ConfigMap"]
    settings["data"] = {
        "VAULT_ADDR": f"https://{namespaces.VAULT_ADDRESS}:8200",
        "VAULT_CACERT_BYTES": authority.pem,
        "VAULT_TLS_SERVER_NAME": "localhost",
    }
    return manifests
