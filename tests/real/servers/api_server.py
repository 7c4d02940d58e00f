"""A real API server with its etcd: RBAC, TokenRequest, TokenReview, custom resources.

Pods are objects only, unless a kubelet runs them (tests/real/node).
"""

import json
import shutil
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from tests.doubles import certificates
from tests.real.servers import processes, programs

AUDIENCE: Final = "https://kubernetes.default.svc"
"""Of tokens for the API server itself."""


CLUSTER_ADDRESS: Final = "10.96.0.1"
"""What pods are told that the API server is at; nothing answers there but where a node has put something."""


class ApiServer:
    """kube-apiserver over etcd, on loopback.

    Attributes:
        address: its URL, and the issuer of service-account tokens.
        ca_file: the CA of its certificate.
        public_key: a PEM file with the key that checks service-account tokens.
        admin: certificate and key files of a member of system:masters.
        process: the API server; `etcd` the other.
    """

    def __init__(
        self, binary: Path, etcd: Path, directory: Path, authority: certificates.Authority, *, host: str = "127.0.0.1"
    ) -> None:
        """Describe both; `host` is the address they listen on."""
        directory.mkdir(parents=True, exist_ok=True)
        port, client_port, peer_port = (processes.free_port() for _ in range(3))
        self.host, self.port = host, port
        self.address = f"https://{host}:{port}"
        self.ca_file = authority.file
        self._authority, self._directory = authority, directory
        self._data = directory / "etcd"
        client_url, peer_url = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
        names = {"127.0.0.1", CLUSTER_ADDRESS, host}
        certificate, key = authority.issue("kubernetes.default.svc", *sorted(names), file="api-server")
        signing_certificate, signing_key = authority.issue("service-accounts")
        kubelet_client, kubelet_client_key = authority.issue("kube-apiserver-kubelet-client")
        self.admin = authority.issue("admin", organization="system:masters")
        self.public_key = directory / "service-accounts.pub"
        self.public_key.write_bytes(certificates.public_key(signing_certificate))
        self._tls = ssl.create_default_context(cafile=str(authority.file))
        self._tls.load_cert_chain(*self.admin)
        self.etcd = processes.Process(
            "etcd",
            [
                str(etcd),
                f"--data-dir={self._data}",
                f"--listen-client-urls={client_url}",
                f"--advertise-client-urls={client_url}",
                f"--listen-peer-urls={peer_url}",
                f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=default={peer_url}",
                "--unsafe-no-fsync",
                "--log-level=warn",
            ],
            directory,
            ready=lambda: processes.listening(client_port),
        )
        self.process = processes.Process(
            "kube-apiserver",
            [
                str(binary),
                f"--etcd-servers={client_url}",
                f"--bind-address={host}",
                f"--secure-port={port}",
                f"--tls-cert-file={certificate}",
                f"--tls-private-key-file={key}",
                f"--client-ca-file={authority.file}",
                # A kubelet may ask for tokens of its own pods, for the audiences of their volumes, and for no others.
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                f"--kubelet-client-certificate={kubelet_client}",
                f"--kubelet-client-key={kubelet_client_key}",
                f"--kubelet-certificate-authority={authority.file}",
                "--kubelet-preferred-address-types=InternalIP",
                # Who checks tokens by discovery finds the issuer at its own address.
                f"--service-account-issuer={self.address}",
                f"--service-account-jwks-uri={self.address}/openid/v1/jwks",
                f"--service-account-key-file={self.public_key}",
                f"--service-account-signing-key-file={signing_key}",
                f"--api-audiences={AUDIENCE},vault",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--endpoint-reconciler-type=none",
                "--allow-privileged=true",
                f"--cert-dir={directory}",
                "--profiling=false",
            ],
            directory,
            ready=self._is_ready,
        )

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=2, context=self._tls) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False

    def kubeconfig(self, user: str = "admin", group: str = "system:masters") -> Path:
        """A file with which kubectl and others are that user; the administrator unless told."""
        # JSON is YAML. A component's user has colons in its name, which a file's should not.
        name = user.replace(":", "-")
        certificate, key = map(str, self._authority.issue(user, organization=group, file=name))
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "bed",
            "contexts": [{"name": "bed", "context": {"cluster": "bed", "user": user}}],
            "clusters": [
                {"name": "bed", "cluster": {"server": self.address, "certificate-authority": str(self.ca_file)}}
            ],
            "users": [{"name": user, "user": {"client-certificate": certificate, "client-key": key}}],
        }
        file = self._directory / f"{name}.kubeconfig"
        file.write_text(json.dumps(content))
        return file

    def start(self) -> None:
        """Start both."""
        self.etcd.start()
        self.process.start()

    def stop(self) -> None:
        """End both and drop their data."""
        self.process.stop()
        self.etcd.stop()
        shutil.rmtree(self._data, ignore_errors=True)


def find() -> tuple[Path, Path]:
    """The programs: the API server, etcd.

    Raises:
        programs.NotAvailable: one is missing; the text says how to get it.
    """
    return programs.need(programs.API_SERVER), programs.need(programs.ETCD)
