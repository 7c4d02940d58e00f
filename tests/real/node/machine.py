"""The node itself: containerd with its images and network, the kubelet, and the driver, all real."""

import itertools
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from tests.doubles import certificates
from tests.real.node import images, namespaces, packages, registrar
from tests.real.servers import api_server, driver, processes, programs

NAME: Final = "node-1"
SOCKETS: Final = Path("/var/run/secrets-store-csi-providers")
"""Where the driver looks for providers; the DaemonSet's hostPath."""


class Machine:
    """One node.

    Attributes:
        pods: the kubelet's directory of pods, each with its volumes.
        processes: containerd, driver, kubelet.
    """

    def __init__(self, directory: Path, server: api_server.ApiServer, authority: certificates.Authority) -> None:
        """Describe it."""
        self._directory = directory
        self._archives = directory / "images"
        self._containerd_socket = directory / "containerd.sock"
        kubelet_root = directory / "kubelet"
        self.pods = kubelet_root / "pods"
        driver_socket = kubelet_root / "plugins" / "csi-secrets-store" / "csi.sock"
        for each in (SOCKETS, driver_socket.parent, directory / "cni", directory / "volume-plugins"):
            each.mkdir(parents=True, exist_ok=True)
        self._executions = itertools.count()
        self._containerd = self._describe_containerd()
        self._kubelet = self._describe_kubelet(kubelet_root, server, authority)
        self._driver = driver.process(driver.find(), directory, driver_socket, SOCKETS, server.kubeconfig(), node=NAME)
        self._registrar = registrar.Registrar(kubelet_root / "plugins_registry", driver_socket)
        self.processes = [self._containerd, self._driver, self._kubelet]

    def start(self) -> None:
        """Start it all; the kubelet has taken the driver when this returns."""
        self._containerd.start()
        for archive in sorted(self._archives.glob("*.tar")):
            done = self._ctr("images", "import", str(archive))
            if done.returncode:
                raise programs.NotAvailable(f"{archive.name} was not imported: {done.stdout}")
        self._driver.start()
        self._kubelet.start()
        self._registrar.start()

    def stop(self) -> None:
        """End what is ours; containers end with the namespaces."""
        self._registrar.stop()
        for process in reversed(self.processes):
            process.stop()

    def run(self, container: str, command: Sequence[str]) -> str:
        """What a command prints in a container, with the container's user and rights."""
        return self._ctr("tasks", "exec", f"--exec-id={next(self._executions)}", container, *command).stdout

    def process(self, container: str) -> int:
        """The id of the container's first process, as this node sees it."""
        listed = [line.split() for line in self._ctr("tasks", "list").stdout.splitlines()]
        [found] = [int(words[1]) for words in listed if words and words[0] == container]
        return found

    def _ctr(self, *words: str) -> subprocess.CompletedProcess[str]:
        ctr = [str(packages.CONTAINERD.executables / "ctr"), f"--address={self._containerd_socket}"]
        return subprocess.run(
            [*ctr, "--namespace=k8s.io", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )

    def _describe_containerd(self) -> processes.Process:
        plugin = {
            "sandbox_image": images.PAUSE,
            # Some machines of tests have a root that may not lower a process's oom score.
            "restrict_oom_score_adj": True,
            "cni": {"bin_dir": str(packages.NETWORK.executables), "conf_dir": str(self._directory / "cni")},
            "containerd": {
                "snapshotter": "overlayfs",
                "default_runtime_name": "runc",
                "runtimes": {
                    "runc": {
                        "runtime_type": "io.containerd.runc.v2",
                        "options": {
                            "BinaryName": str(packages.RUNC.executables / "runc"),
                            "SystemdCgroup": False,
                        },
                    }
                },
            },
        }
        config = {
            "version": 2,
            "root": str(self._directory / "containerd"),
            "state": "/run/containerd",
            "grpc": {"address": str(self._containerd_socket)},
            "plugins": {"io.containerd.grpc.v1.cri": plugin},
        }
        file = self._directory / "containerd.toml"
        file.write_text("\n".join(_toml(config)) + "\n")
        network = {
            "cniVersion": "0.4.0",
            "name": "pods",
            "plugins": [
                {
                    "type": "bridge",
                    "bridge": "pods0",
                    "isGateway": True,
                    "ipam": {
                        "type": "host-local",
                        "ranges": [[{"subnet": "10.88.0.0/24"}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                    },
                }
            ],
        }
        (self._directory / "cni" / "10-pods.conflist").write_text(json.dumps(network))
        # containerd looks for its shim on PATH.
        path = f"{packages.CONTAINERD.executables}:{packages.RUNC.executables}:{os.environ['PATH']}"
        return processes.Process(
            "containerd",
            [str(packages.CONTAINERD.executables / "containerd"), f"--config={file}"],
            self._directory,
            env=processes.environment(PATH=path),
            ready=self._containerd_socket.exists,
        )

    def _describe_kubelet(
        self, root: Path, server: api_server.ApiServer, authority: certificates.Authority
    ) -> processes.Process:
        certificate, key = authority.issue(NAME, namespaces.ADDRESS, file="kubelet-server")
        (self._directory / "resolv.conf").write_text("")
        config = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": namespaces.ADDRESS,
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": False},
                "x509": {"clientCAFile": str(authority.file)},
            },
            "authorization": {"mode": "AlwaysAllow"},
            "tlsCertFile": str(certificate),
            "tlsPrivateKeyFile": str(key),
            "containerRuntimeEndpoint": f"unix://{self._containerd_socket}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{namespaces.cgroup(self._directory)}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "oomScoreAdj": 0,
            "makeIPTablesUtilChains": False,
            # Nothing answers there. Without it each sync warns in each pod's events, and the kubelet, which sends a
            # pod's first 25 and then one in five minutes, drops those that say why a pod does not start.
            "clusterDNS": ["10.96.0.10"],
            "resolvConf": str(self._directory / "resolv.conf"),
            "volumePluginDir": str(self._directory / "volume-plugins"),
            "localStorageCapacityIsolation": False,
            # Neither the machine's other users nor a full disk are this node's business.
            "evictionHard": dict.fromkeys(("memory.available", "nodefs.available", "imagefs.available"), "0%"),
            "imageGCHighThresholdPercent": 100,
            # The kubelet calls the driver again at each sync; a minute by default.
            "syncFrequency": "1s",
        }
        file = self._directory / "kubelet.yaml"
        file.write_text(yaml.safe_dump(config))
        return processes.Process(
            "kubelet",
            [
                str(programs.need(programs.KUBELET)),
                f"--config={file}",
                f"--kubeconfig={server.kubeconfig(f'system:node:{NAME}', 'system:nodes')}",
                f"--root-dir={root}",
                f"--hostname-override={NAME}",
                f"--node-ip={namespaces.ADDRESS}",
                "--v=2",
            ],
            self._directory,
        )


def _toml(table: dict[str, object], path: tuple[str, ...] = ()) -> list[str]:
    """The lines of a table: its values first, then its tables. JSON's strings, numbers and booleans are TOML's."""
    plain = {name: value for name, value in table.items() if not isinstance(value, dict)}
    lines = [f"[{'.'.join(json.dumps(name) for name in path)}]"] if path else []
    lines += [f"{name} = {json.dumps(value)}" for name, value in plain.items()]
    for name, value in table.items():
        if isinstance(value, dict):
            lines += _toml(value, (*path, name))
    return lines
