"""One API server, dev or real, as these tests use it: an administrator's hands, and the provider's own client."""

import abc
import asyncio
import contextlib
import itertools
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from provider import model
from provider.dev.kube import DevKube
from provider.kube import api_client
from tests.doubles import clocks
from tests.real.servers import api_server, cluster

ROLE: Final = "vault-csi-provider-pods"
"""The ClusterRole that the rights in question come from."""


async def until(look: Callable[[], object], patience: float = clocks.HANGS) -> None:
    """Wait until `look` finds something."""
    async with asyncio.timeout(patience):
        while not look():
            await asyncio.sleep(0.01)


class Api(abc.ABC):
    """An API server.

    Attributes:
        session: HTTP as an administrator.
        address: the server's URL.
    """

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session = session
        self.address = address
        self._unique = uuid.uuid4().hex[:8]
        self._numbers = itertools.count()

    def name(self, stem: str = "t") -> str:
        """A name that no other test uses."""
        return f"{stem}-{self._unique}-{next(self._numbers)}"

    async def ask(self, method: str, path: str, body: Any = None, accept: str = "*/*") -> tuple[int, dict[str, Any]]:
        """Status and body of one request."""
        headers = {"Accept": accept}
        async with self.session.request(method, f"{self.address}{path}", json=body, headers=headers) as answer:
            return answer.status, json.loads(await answer.read())

    async def watch(self, path: str, accept: str = "*/*") -> AsyncIterator[dict[str, Any]]:
        """The events of a watch until it ends."""
        async with self.session.get(f"{self.address}{path}", headers={"Accept": accept}) as answer:
            assert answer.status == 200, await answer.read()
            async for line in answer.content:
                yield json.loads(line)

    async def events(self, pod: model.Pod) -> list[dict[str, Any]]:
        """The Events of a pod, as `kubectl describe` finds them."""
        query = f"fieldSelector=involvedObject.uid%3D{pod.uid}"
        _, found = await self.ask("GET", f"/api/v1/namespaces/{pod.namespace}/events?{query}")
        items: list[dict[str, Any]] = found["items"]
        return items

    @abc.abstractmethod
    async def namespace(self) -> str:
        """A new namespace; its name."""

    @abc.abstractmethod
    async def pod(self, namespace: str, node: str, name: str = "") -> model.Pod:
        """A pod on a node; one of that name is replaced."""

    @abc.abstractmethod
    async def delete(self, pod: model.Pod) -> None:
        """Delete it at once."""

    @abc.abstractmethod
    def provider(self) -> contextlib.AbstractAsyncContextManager[api_client.Client]:
        """A client with the rights that deploy/ gives the provider."""

    @abc.abstractmethod
    async def forbid(self) -> None:
        """Take the rights on pods and Events away."""

    @abc.abstractmethod
    async def permit(self) -> None:
        """Give them back."""

    @abc.abstractmethod
    async def forget(self) -> None:
        """Make it forget what happened until now."""

    @abc.abstractmethod
    async def stop(self) -> None:
        """Stop the server; what it holds stays."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Start it again, where it was."""


_RIGHTS: Final = (("list", "pods"), ("watch", "pods"), ("create", "events"))


class Dev(Api):
    """The dev API server."""

    def __init__(self, session: aiohttp.ClientSession, dev: DevKube, directory: Path) -> None:
        super().__init__(session, dev.address)
        self.dev = dev
        self._directory = directory

    async def namespace(self) -> str:
        name = self.name("ns")
        self.dev.create_namespace(name)
        return name

    async def pod(self, namespace: str, node: str, name: str = "") -> model.Pod:
        name = name or self.name("pod")
        if ("pods", namespace, name) in self.dev.objects:
            self.dev.delete("pods", namespace, name)
        return self.dev.create_pod(namespace, name, node=node)

    async def delete(self, pod: model.Pod) -> None:
        self.dev.delete("pods", pod.namespace, pod.name)

    @contextlib.asynccontextmanager
    async def provider(self) -> AsyncIterator[api_client.Client]:
        config = self._directory / "kubeconfig"
        config.write_text(self.dev.kubeconfig())
        connected = await api_client.connect(kubeconfig=str(config), environ={})
        assert connected
        try:
            yield connected
        finally:
            await connected.close()

    async def forbid(self) -> None:
        for right in _RIGHTS:
            self.dev.deny(*right)

    async def permit(self) -> None:
        for right in _RIGHTS:
            self.dev.allow(*right)

    async def forget(self) -> None:
        self.dev.forget()

    async def stop(self) -> None:
        await self.dev.stop()

    async def start(self) -> None:
        await self.dev.start(port=urlsplit(self.address).port or 0)


class Real(Api):
    """kube-apiserver. Its client is blocking, hence the threads."""

    def __init__(
        self, session: aiohttp.ClientSession, server: api_server.ApiServer, admin: cluster.Cluster, directory: Path
    ) -> None:
        super().__init__(session, server.address)
        self._server = server
        self._admin = admin
        self._directory = directory

    async def namespace(self) -> str:
        name = self.name("ns")
        await asyncio.to_thread(self._admin.namespace, name)
        return name

    async def pod(self, namespace: str, node: str, name: str = "") -> model.Pod:
        name = name or self.name("pod")
        return await asyncio.to_thread(self._admin.pod, namespace, name, "default", node=node)

    async def delete(self, pod: model.Pod) -> None:
        await asyncio.to_thread(self._admin.delete_pod, pod)

    @contextlib.asynccontextmanager
    async def provider(self) -> AsyncIterator[api_client.Client]:
        account = self._directory / "serviceaccount"
        account.mkdir()
        token = await asyncio.to_thread(self._admin.account_token, cluster.HOME, cluster.PROVIDER)
        (account / "token").write_text(token)
        (account / "ca.crt").write_bytes(self._server.ca_file.read_bytes())
        (account / "namespace").write_text(cluster.HOME)
        environ = {"KUBERNETES_SERVICE_HOST": self._server.host, "KUBERNETES_SERVICE_PORT": str(self._server.port)}
        connected = await api_client.connect(in_cluster_dir=str(account), environ=environ)
        assert connected
        try:
            yield connected
        finally:
            await connected.close()

    async def forbid(self) -> None:
        path = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{ROLE}"
        await self.ask("DELETE", path)
        await asyncio.to_thread(self._settled, 403)

    async def permit(self) -> None:
        binding = cluster.manifest(cluster.BASE / "cluster-role-pods-binding.yaml")
        await asyncio.to_thread(self._admin.apply, binding)
        await asyncio.to_thread(self._settled, 200)

    def _settled(self, status: int) -> None:
        """The authorizer hears of a binding a moment later."""
        token = self._admin.account_token(cluster.HOME, cluster.PROVIDER)
        ours = cluster.Cluster(self._server, token=token)
        while ours.status("GET", "/api/v1/pods?limit=1") != status:
            pass
        ours.close()

    async def forget(self) -> None:
        # What a fresh process has not seen itself, it does not remember.
        await self.stop()
        await self.start()

    async def stop(self) -> None:
        await asyncio.to_thread(self._server.process.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.process.start)
