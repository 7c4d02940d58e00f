"""A real Vault server with integrated storage: alone, or one of several that form a cluster."""

import contextlib
import json
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.doubles import certificates
from tests.real.servers import processes, programs

REQUEST_HEADERS: Final = (
    "X-Vault-Csi-Pod",
    "X-Vault-Csi-Namespace",
    "X-Vault-Csi-Service-Account",
    "X-Vault-Csi-Spc",
    "X-Vault-Csi-Mount-Id",
)
"""What the provider sends with each request, for Vault's audit log."""


class Refused(Exception):
    """Vault answered with an error.

    Attributes:
        status: the HTTP status.
        errors: what it said.
    """

    def __init__(self, status: int, said: Sequence[str]) -> None:
        super().__init__(f"{status}: {'; '.join(said)}")
        self.status = status
        self.errors = tuple(said)


class Vault:
    """One server. `start`, then `initialize` one of a cluster, then `unseal` each.

    Attributes:
        address: its URL.
        ca_file: the CA to trust; None for plain HTTP.
        root_token: may do everything; "" until `initialize`.
        unseal_key: opens it; "" until `initialize`.
        process: the process itself.
        audit_log: the file of its audit device; there once `enable_audit` was called.
    """

    def __init__(
        self,
        binary: Path,
        directory: Path,
        *,
        authority: certificates.Authority | None = None,
        name: str = "vault",
        join: Sequence["Vault"] = (),
        port: int | None = None,
    ) -> None:
        """Describe it.

        Args:
            binary: see programs.VAULT.
            directory: for its files.
            authority: issues its certificate; None for plain HTTP.
            name: of this server in its cluster.
            join: other servers of the cluster, of which one is or will be initialized.
            port: where it listens; None for any free one. The port after it serves the cluster.
        """
        self.name = name
        self.directory = directory / name
        self.directory.mkdir(parents=True, exist_ok=True)
        port = port or processes.free_port()
        scheme = "https" if authority else "http"
        self.port = port
        self.address = f"{scheme}://127.0.0.1:{port}"
        self.ca_file = authority.file if authority else None
        self.root_token = ""
        self.unseal_key = ""
        self.audit_log = self.directory / "audit.log"
        self._tls = ssl.create_default_context(cafile=str(self.ca_file)) if authority else None
        configuration = self._configuration(authority, processes.free_port(), join)
        file = self.directory / "vault.json"
        file.write_text(json.dumps(configuration))
        self.process = processes.Process(
            name,
            [str(binary), "server", f"-config={file}", "-log-level=info"],
            self.directory,
            env=processes.environment(HOME=str(self.directory)),
            ready=self._answers,
        )

    def _configuration(
        self, authority: certificates.Authority | None, cluster_port: int, join: Sequence["Vault"]
    ) -> dict[str, Any]:
        listener: dict[str, Any] = {"address": f"127.0.0.1:{self.port}", "cluster_address": f"127.0.0.1:{cluster_port}"}
        if authority is None:
            listener["tls_disable"] = True
        else:
            certificate, key = authority.issue("127.0.0.1", "localhost", file=f"{self.directory.name}-server")
            listener |= {"tls_cert_file": str(certificate), "tls_key_file": str(key)}
        (self.directory / "raft").mkdir(exist_ok=True)
        leaders = [
            {"leader_api_addr": other.address, **({"leader_ca_cert_file": str(authority.file)} if authority else {})}
            for other in join
        ]
        return {
            "storage": {
                "raft": {
                    "path": str(self.directory / "raft"),
                    "node_id": self.name,
                    # The shortest timeouts there are: a lost leader is missed in seconds.
                    "performance_multiplier": 1,
                    **({"retry_join": leaders} if leaders else {}),
                }
            },
            "listener": {"tcp": listener},
            "api_addr": self.address,
            "cluster_addr": f"https://127.0.0.1:{cluster_port}",
            "disable_mlock": True,
            "raw_storage_endpoint": False,
        }

    def _answers(self) -> bool:
        return self.health() != 0

    def health(self) -> int:
        """The status of sys/health: 200 active, 429 standby, 501 not initialized, 503 sealed; 0 for no answer."""
        with contextlib.suppress(OSError):
            url = f"{self.address}/v1/sys/health"
            try:
                with urllib.request.urlopen(url, timeout=2, context=self._tls) as answer:  # noqa: S310
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                return error.code
        return 0

    def request(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, namespace: str = ""
    ) -> Any:
        """The JSON that Vault answers with; None for an empty answer.

        Args:
            method: GET, LIST, PUT, POST or DELETE.
            path: without /v1/.
            body: a JSON value.
            token: None for the root token, "" for none.
            namespace: where the server has them.

        Raises:
            Refused: any status over 299.
        """
        token = self.root_token if token is None else token
        request = urllib.request.Request(  # noqa: S310 -- our own server
            f"{self.address}/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Vault-Request": "true"}
            | ({"X-Vault-Token": token} if token else {})
            | ({"X-Vault-Namespace": namespace} if namespace else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:  # noqa: S310
                content = answer.read()
        except urllib.error.HTTPError as error:
            said = json.loads(error.read() or b"{}").get("errors") or ["no text"]
            raise Refused(error.code, said) from error
        return json.loads(content) if content else None

    def start(self) -> None:
        """Start it, sealed or not yet initialized."""
        self.process.start()

    def stop(self) -> None:
        """End it."""
        self.process.stop()

    def initialize(self) -> None:
        """Make the cluster's keys, with one share, and unseal this server."""
        keys = self.request("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1}, token="")
        self.root_token, self.unseal_key = keys["root_token"], keys["keys_base64"][0]
        self.unseal()
        self.wait_for(200)

    def unseal(self) -> None:
        """Open it, where it is sealed."""
        self.request("PUT", "sys/unseal", {"key": self.unseal_key}, token="")

    def seal(self) -> None:
        """Close it; it must be the active one."""
        self.request("PUT", "sys/seal")

    def wait_for(self, *healths: int, patience: float = 60.0) -> None:
        """Wait until `health` is one of `healths`.

        Raises:
            programs.NotAvailable: it is not, after `patience` seconds.
        """
        deadline = time.monotonic() + patience
        while (health := self.health()) not in healths:
            if time.monotonic() > deadline:
                raise programs.NotAvailable(f"{self.name} stayed at health {health}:\n{self.process.tail()}")
            time.sleep(0.05)

    def enable_audit(self) -> None:
        """Log every request to `audit_log`, with the provider's headers in plain."""
        self.request("PUT", "sys/audit/file", {"type": "file", "options": {"file_path": str(self.audit_log)}})
        for header in REQUEST_HEADERS:
            self.request("PUT", f"sys/config/auditing/request-headers/{header}", {"hmac": False})

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the audit log so far."""
        if not self.audit_log.exists():
            return []
        return [json.loads(line) for line in self.audit_log.read_text().splitlines() if line.endswith("}")]

    def set_policy(self, name: str, paths: Mapping[str, Sequence[str]], *, namespace: str = "") -> None:
        """A policy, from capabilities by path."""
        body = {"path": {path: {"capabilities": list(granted)} for path, granted in paths.items()}}
        self.request("PUT", f"sys/policies/acl/{name}", {"policy": json.dumps(body)}, namespace=namespace)


@contextlib.contextmanager
def running(
    binary: Path, directory: Path, *, authority: certificates.Authority | None = None, name: str = "vault"
) -> Iterator[Vault]:
    """One server, unsealed, with a key-value engine of version 2 at secret/; ended and removed afterwards."""
    vault = Vault(binary, directory, authority=authority, name=name)
    try:
        vault.start()
        vault.initialize()
        vault.request("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        yield vault
    finally:
        vault.stop()
        shutil.rmtree(vault.directory / "raft", ignore_errors=True)
