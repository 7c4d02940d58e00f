"""The test bed: an API server with RBAC, Vault with TLS and an audit log, and the provider, all real and all talking.

    with bed.running(directory) as parts:
        parts.cluster.provider_class("production", "api", {"roleName": ...})

No test framework is needed: `python -m tests.real up` starts it for a person.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.doubles import certificates
from tests.real.servers import api_server, cluster, programs, provider, vault

REVIEWER: Final = "vault"
"""Vault's own service account and its namespace: it may review tokens."""

AUDIENCES: Final = ("vault",)
"""What the CSIDriver's tokenRequests ask for."""


@dataclass(frozen=True, slots=True)
class Bed:
    """What runs, and where its files are.

    Attributes:
        directory: of everything.
        authority: the throw-away CA.
        server: the API server with etcd.
        cluster: an administrator's hands on it.
        vault: with the kubernetes auth method configured, an audit log, and a key-value engine at secret/.
        provider: started as the DaemonSet starts it, under its own service account.
    """

    directory: Path
    authority: certificates.Authority
    server: api_server.ApiServer
    cluster: cluster.Cluster
    vault: vault.Vault
    provider: provider.Provider

    def role(self, name: str, policy: Mapping[str, Sequence[str]], *, namespace: str = "", **options: Any) -> None:
        """See `role`."""
        role(self.vault, name, policy, namespace=namespace, **options)


def role(
    server: vault.Vault, name: str, policy: Mapping[str, Sequence[str]], *, namespace: str = "", **options: Any
) -> None:
    """A role of the kubernetes auth method with a policy of its own, both called `name`.

    It is for the service account `name` in the namespace production, audience vault; `options` say otherwise.
    """
    server.set_policy(name, policy, namespace=namespace)
    bound = {
        "bound_service_account_names": [name],
        "bound_service_account_namespaces": ["production"],
        "token_policies": [name],
        "audience": "vault",
        "token_ttl": "1h",
    }
    server.request("POST", f"auth/kubernetes/role/{name}", {**bound, **options}, namespace=namespace)


def example(server: vault.Vault) -> None:
    """What deploy/examples/vault-setup.sh makes: a secret, the policy that may read it, and its role."""
    role(server, "api-service", {"secret/data/api-service/*": ["read"]})
    values = {"host": "db.production.internal", "username": "api_user", "password": "only-for-tests"}
    server.request("POST", "secret/data/api-service/database", {"data": values})


def configure_kubernetes_auth(
    server: vault.Vault, kube: cluster.Cluster, api: api_server.ApiServer, *, namespace: str = ""
) -> None:
    """Enable the kubernetes auth method, with a service account of Vault's own that reviews tokens."""
    kube.service_account(REVIEWER, REVIEWER)
    kube.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "vault-reviews-tokens"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "system:auth-delegator",
            },
            "subjects": [{"kind": "ServiceAccount", "name": REVIEWER, "namespace": REVIEWER}],
        }
    )
    server.request("POST", "sys/auth/kubernetes", {"type": "kubernetes"}, namespace=namespace)
    server.request(
        "POST",
        "auth/kubernetes/config",
        {
            "kubernetes_host": api.address,
            "kubernetes_ca_cert": api.ca_file.read_text(),
            "token_reviewer_jwt": kube.account_token(REVIEWER, REVIEWER, seconds=24 * 3600),
            "disable_local_ca_jwt": True,
        },
        namespace=namespace,
    )


@contextlib.contextmanager
def kubernetes(
    directory: Path, authority: certificates.Authority
) -> Iterator[tuple[api_server.ApiServer, cluster.Cluster]]:
    """An API server with the driver's custom resources and what deploy/ applies, but for the DaemonSet.

    Raises:
        programs.NotAvailable: a program is missing; the text says how to get it.
    """
    server = api_server.ApiServer(*api_server.find(), directory / "kubernetes", authority)
    try:
        server.start()
        kube = cluster.Cluster(server)
        try:
            # RBAC exactly as users apply it. Nothing would run a DaemonSet here.
            kube.apply(*cluster.definitions(), *cluster.base(without=["DaemonSet"]))
            kube.service_account("production", "api-service")
            yield server, kube
        finally:
            kube.close()
    finally:
        server.stop()


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Bed]:
    """Start everything, and end it afterwards. Takes about 12 seconds.

    Raises:
        programs.NotAvailable: a program is missing, or did not start; the text says what to do.
    """
    binary = programs.need(programs.VAULT)
    authority = certificates.Authority(directory)
    with (
        kubernetes(directory, authority) as (server, kube),
        vault.running(binary, directory, authority=authority) as vault_server,
    ):
        vault_server.enable_audit()
        configure_kubernetes_auth(vault_server, kube, server)
        with provider_process(directory, server, kube, vault_address=vault_server.address, authority=authority) as ours:
            yield Bed(directory, authority, server, kube, vault_server, ours)


@contextlib.contextmanager
def provider_process(
    directory: Path,
    server: api_server.ApiServer,
    kube: cluster.Cluster,
    *,
    vault_address: str,
    authority: certificates.Authority,
) -> Iterator[provider.Provider]:
    """The provider under its own service account, for one Vault address or several with commas between."""
    config = {"VAULT_ADDR": vault_address, "VAULT_CACERT_BYTES": authority.pem}
    token = kube.account_token(cluster.HOME, cluster.PROVIDER, seconds=24 * 3600)
    ours = provider.Provider(directory / "provider", server, config, token)
    try:
        ours.start()
        yield ours
    finally:
        ours.stop()
