"""The daemon's whole inside on real sockets, in the test's own event loop: dev Vault, dev API server, driver double."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from provider import app, model, settings
from provider.base import clock, secret
from provider.dev import driver
from provider.dev.kube import server as kube_server
from provider.dev.vault import server as vault_server
from provider.wire import server

READ_ALL = 'path "*" { capabilities = ["create", "read", "update", "delete", "list"] }'


@dataclass
class Harness:
    """The parts, and short ways to use them."""

    directory: Path
    kube: kube_server.DevKube
    vault: vault_server.DevVault
    double: driver.DevDriver
    listeners: list[server.Listener]
    service: app.Service
    targets: dict[str, int] = field(default_factory=dict)

    def pod(self, name: str = "api-0", account: str = "api-service", namespace: str = "production") -> model.Pod:
        """A new pod, on the node called node-1."""
        return self.kube.create_pod(namespace, name, account, node="node-1")

    def tokens(self, pod: model.Pod, audience: str = "vault") -> dict[str, secret.Secret]:
        """What the CSIDriver's tokenRequests give it."""
        return {audience: self.kube.issue_token(pod, [audience])}

    def target(self, pod: model.Pod) -> Path:
        """Where its volume is."""
        return self.directory / "pods" / pod.uid / "mount"

    async def role(self, name: str = "api-service", policy: str = READ_ALL, **options: Any) -> None:
        """A policy and a role of that name, for the service account of that name in production."""
        await self.vault.write(f"sys/policies/acl/{name}", {"policy": policy})
        bound = {
            "bound_service_account_names": [name],
            "bound_service_account_namespaces": ["production"],
            "token_policies": [name],
            "token_ttl": "1h",
            "audience": "vault",
        }
        await self.vault.write(f"auth/kubernetes/role/{name}", {**bound, **options})

    async def kv(self, path: str, **data: Any) -> None:
        """A KV version 2 secret under secret/."""
        await self.vault.write(f"secret/data/{path}", {"data": data})

    async def mount(
        self, pod: model.Pod, objects: str, *, provider: str = "vault", tokens: Any = None, **parameters: str
    ) -> driver.Mounted:
        """Mount `objects` for `pod`, with its token unless others are given."""
        return await self.double.mount(
            provider,
            {"roleName": "api-service", "objects": objects, **parameters},
            pod,
            self.target(pod),
            self.tokens(pod) if tokens is None else tokens,
            provider_class="spc",
        )

    async def refused(self, pod: model.Pod, objects: str, **options: Any) -> tuple[grpc.StatusCode, str]:
        """The status of a mount that must fail."""
        with pytest.raises(driver.PublishFailed) as caught:
            await self.mount(pod, objects, **options)
        assert caught.value.code is not None
        return caught.value.code, caught.value.details

    def text(self, pod: model.Pod, name: str) -> str:
        """A mounted file."""
        return (self.target(pod) / name).read_text()


@contextlib.asynccontextmanager
async def running(
    directory: Path,
    chosen: settings.Settings | None = None,
    prepare: Callable[[kube_server.DevKube], None] = lambda _: None,
) -> AsyncIterator[Harness]:
    """All parts started, with kubernetes auth and a role for api-service; `prepare` sees the API server first."""
    async with contextlib.AsyncExitStack() as stack:
        kube, vault = kube_server.DevKube(), vault_server.DevVault()
        await kube.start()
        stack.push_async_callback(kube.stop)
        await vault.start()
        stack.push_async_callback(vault.stop)
        kube.create_namespace("vault-csi")
        prepare(kube)
        kubeconfig = directory / "kubeconfig"
        kubeconfig.write_text(kube.kubeconfig(namespace="vault-csi"))
        own = settings.Vault(address=vault.address)
        # What a test changes in Vault shall show at once, where the test does not say otherwise.
        chosen = chosen or settings.Settings(refresh=settings.Refresh(interval=0.0))
        chosen = settings.Settings(
            chosen.serve,
            settings.Access(
                vault=own,
                openbao=own,
                cache_size=chosen.access.cache_size,
                retries=chosen.access.retries,
                patience=chosen.access.patience,
            ),
            chosen.refresh,
            dataclasses.replace(chosen.kubernetes, kubeconfig=str(kubeconfig)),
        )
        service = await stack.enter_async_context(app.assembled(chosen))
        listeners = []
        for name in ("vault", "openbao"):
            path = directory / f"{name}.sock"
            listener = server.Listener(
                server.Endpoint(path, server.dialect_of(path)), service.mounts, clock.SystemClock()
            )
            await listener.start()
            # The driver's double has left by then: no call can be on its way.
            stack.push_async_callback(listener.stop, settings.Shutdown(settle=0.0, drain=1.0))
            listeners.append(listener)
        double = driver.DevDriver(directory)
        stack.push_async_callback(double.close)
        harness = Harness(directory, kube, vault, double, listeners, service)
        await vault.write("sys/auth/kubernetes", {"type": "kubernetes"})
        await vault.write("auth/kubernetes/config", {"kubernetes_host": kube.address})
        await harness.role()
        yield harness
