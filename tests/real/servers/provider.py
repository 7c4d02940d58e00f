"""The provider as a process of its own, started as its DaemonSet starts it: same arguments, same environment."""

import shlex
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.real.servers import api_server, cluster, processes


class Provider:
    """One provider on one node.

    Attributes:
        sockets: the directory of its sockets, which is the driver's --provider-volume.
        environment: its environment.
        command: what it is started with.
        process: the process.
    """

    def __init__(
        self,
        directory: Path,
        server: api_server.ApiServer,
        config: Mapping[str, str],
        token: str,
        *,
        log_level: str = "debug",
    ) -> None:
        """Describe it.

        Args:
            directory: for its sockets, its service account's files and its log.
            server: its API server.
            config: the data of its ConfigMap, over the manifest's.
            token: of its service account, for the API server.
            log_level: over the manifest's.
        """
        self.directory = directory
        self.sockets = directory / "sockets"
        self.account = directory / "serviceaccount"
        for each in (self.sockets, self.account):
            each.mkdir(parents=True, exist_ok=True)
        self.set_token(token)
        shutil.copyfile(server.ca_file, self.account / "ca.crt")
        (self.account / "namespace").write_text(cluster.HOME)
        [container] = cluster.manifest(cluster.BASE / "daemon-set.yaml")["spec"]["template"]["spec"]["containers"]
        # The volumes' paths are directories of ours here; a node has its own port 8080, a machine of tests has not.
        given = [word.replace("=/provider/", f"={self.sockets}/") for word in container["args"]]
        given = [word.replace("=/run/vault-csi-provider/", f"={directory}/") for word in given]
        given = [word.replace("=/state/", f"={directory}/") for word in given]
        self.health_port = processes.free_port()
        self.command = [
            str(Path(sys.executable).with_name("vault-csi-provider")),
            *given,
            # What a test changes in Vault shall show at once.
            "--refresh-interval=0",
            f"--log-level={log_level}",
            f"--health-addr=127.0.0.1:{self.health_port}",
            f"--service-account-dir={self.account}",
        ]
        data = cluster.manifest(cluster.BASE / "config-map.yaml")["data"]
        self.environment = {
            **{name: str(value) for name, value in data.items()},
            **config,
            "POD_NAMESPACE": cluster.HOME,
            "NODE_NAME": "node-1",
            "KUBERNETES_SERVICE_HOST": server.host,
            "KUBERNETES_SERVICE_PORT": str(server.port),
        }
        self.process = processes.Process(
            "provider",
            self.command,
            directory,
            env=processes.environment(**self.environment),
            ready=self._is_ready,
            patience=30.0,
        )

    def set_token(self, token: str) -> None:
        """Put another token of its service account in place, as the kubelet does when one ages."""
        fresh = self.account / "token.new"
        fresh.write_text(token)
        fresh.rename(self.account / "token")

    def _is_ready(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)

    def start(self) -> None:
        """Start it and wait until its readiness probe is content."""
        self.process.start()

    def stop(self) -> None:
        """End it, with the time that its pod is given."""
        self.process.stop(patience=30.0)

    def restart(self) -> None:
        """What a rollout does."""
        self.stop()
        self.start()

    def shown(self) -> str:
        """The command line, for a shell; of values of several lines only their name."""
        words = [
            f"{name}={'...' if len(value) > 200 else shlex.quote(value)}" for name, value in self.environment.items()
        ]
        return " ".join(words + [shlex.quote(word) for word in self.command])
