"""The composition root: from settings to a running daemon, and back to nothing in the reverse order."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import provider
from provider import errors, model, settings, web
from provider.base import clock, secret
from provider.kube import api_client, events, hmac_key, pod_watch, tokens
from provider.service import ports
from provider.service.admin import api
from provider.service.mounting import mounts
from provider.service.persistence import state, state_directory
from provider.service.upkeep import renewals, revocation
from provider.service.volumes import volume_store
from provider.shapes.templating import template_renderer
from provider.spec import parameters
from provider.vault import cluster_pool, retry, sessions
from provider.wire import admin, server

_log = logging.getLogger("provider.app")

_STOP_PATIENCE: Final = 1.0

_TOKEN_PATIENCE: Final = 25.0
"""Seconds that the API server has for a pod's token, tries included."""


class _PodTokens:
    """Tokens for pods from the API server, or the reason why there are none."""

    def __init__(self, api: api_client.Client | None) -> None:
        self._api = api

    async def __call__(self, pod: model.Pod, audience: str, patience: float) -> secret.Secret:
        if self._api is None:
            raise errors.IdentityError(
                f"the mount request carries no token for audience {audience or 'vault'}, and there is no API server",
                hint="set tokenRequests in the CSIDriver object, or give the provider -kubeconfig",
            )
        return await tokens.request_pod_token(self._api, pod, audience, patience=min(_TOKEN_PATIENCE, patience))


@dataclass(frozen=True, slots=True)
class Local:
    """A mount outside any cluster: versions come from a key of this process, never from one in a cluster.

    `session` stands in for the pod's login, None to log in as the pod would.
    """

    session: sessions.Pool | None = None


@contextlib.asynccontextmanager
async def mounting(chosen: settings.Settings, desk: Local | None = None) -> AsyncIterator[mounts.Mounts]:
    """Everything a mount needs, connected; closed on leaving, last made first.

    Args:
        chosen: the settings.
        desk: what differs for a mount at a desk; None in the daemon.
    """
    time = clock.SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        kubernetes = chosen.kubernetes
        api = await api_client.connect(kubeconfig=kubernetes.kubeconfig, in_cluster_dir=kubernetes.service_account_dir)
        if api is None and desk is None:
            _log.info("no API server: pods must bring their tokens; versions are stable within this process only")
        if api is not None:
            stack.push_async_callback(api.close)
        namespace = kubernetes.namespace or (api.namespace if api is not None else "")
        key = hmac_key.HmacKey(None if desk else api, namespace=namespace, name=kubernetes.hmac_secret_name, clock=time)
        stack.push_async_callback(key.close)
        key.look()
        access = chosen.access
        clusters = cluster_pool.Clusters(retry.Policy(retries=access.retries, patience=access.patience), time)
        stack.push_async_callback(clusters.close)
        keeper = None if desk else await _keeping(chosen.refresh.state_dir, key if api else None, time)
        record = volume_store.VolumeStore(chosen.refresh.cache_bytes, keeper)
        kept = sessions.Sessions(access.cache_size, time)
        if keeper is not None:
            stack.push_async_callback(keeper.close)
            await keeper.start(record, kept)
        templating = template_renderer.Templates(time)
        stack.push_async_callback(templating.close)
        teller: ports.Teller = ports.Silent()
        if desk is None:
            # A mount at a desk ends before anything of it is due.
            renewing = renewals.Renewals(record, clusters, kept, time)
            stack.push_async_callback(renewing.close)
            renewing.start()
            leaving = revocation.Revocation(record, clusters, kept, time)
            stack.push_async_callback(leaving.close)
            watch = _watch_of(api, kubernetes.node_name, leaving, record, time)
            leaving.start(lambda: watch is not None and watch.watching)
            if watch is not None:
                stack.push_async_callback(watch.close)
                watch.start()
            if api is not None and kubernetes.pod_events:
                teller = telling = events.Events(api, node=kubernetes.node_name, time=time)
                stack.push_async_callback(telling.close)
                telling.start()
        yield mounts.Mounts(
            defaults={
                parameters.VAULT.name: _defaults(access.vault, chosen.refresh),
                parameters.OPENBAO.name: _defaults(access.openbao, chosen.refresh),
            },
            clusters=clusters,
            kept=desk.session if desk and desk.session else kept,
            tokens=_PodTokens(api),
            key=key,
            record=record,
            templating=templating,
            teller=teller,
            time=time,
            patience=chosen.serve.mount_timeout,
            max_stale=chosen.refresh.max_stale,
        )


def _watch_of(
    api: api_client.Client | None,
    node: str,
    leaving: revocation.Revocation,
    record: volume_store.VolumeStore,
    time: clock.Clock,
) -> pod_watch.Watch | None:
    """What tells of this node's pods that are gone; None where nothing can."""
    if api is None:
        return None
    if not node:
        _log.info("pods that are gone are noticed by time only: give this node's name by -node-name or NODE_NAME")
        return None
    return pod_watch.Watch(api, node=node, gone=leaving.gone, held=lambda: {each.pod.uid for each in record}, time=time)


async def _keeping(path: Path | None, key: hmac_key.HmacKey | None, time: clock.Clock) -> state.State | None:
    """What keeps the records over a restart; None where nothing does.

    Raises:
        errors.SettingsError: not in this directory, or not on this machine.
    """
    if path is None:
        return None
    if key is None:
        _log.warning("-state-dir is not used: records are sealed with the HMAC key, which is the API server's")
        return None
    directory = state_directory.Directory(path)
    await asyncio.to_thread(directory.prepare)
    return state.State(directory, state_directory.boot_id(), key, time)


async def serve(chosen: settings.Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        errors.SettingsError: it cannot start; says what to change.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        mounter = await stack.enter_async_context(mounting(chosen))
        health = web.Health(chosen.serve.health_addr, lambda: _ready(listeners, stopped))
        stack.push_async_callback(health.stop)
        listeners = [
            server.Listener(server.Endpoint(path, server.dialect_of(path)), mounter) for path in chosen.serve.endpoints
        ]

        async def stop_listening() -> None:
            await asyncio.gather(*(listener.stop(chosen.serve.drain) for listener in listeners))

        stack.push_async_callback(stop_listening)
        for listener in listeners:
            await listener.start()
        if chosen.serve.health_addr:
            await health.start()
        if chosen.serve.admin_socket is not None:
            operators = api.AdminApi(mounter.record, clock.SystemClock())
            hatch = admin.Listener(chosen.serve.admin_socket, operators.answer)
            stack.push_async_callback(hatch.stop)
            await hatch.start()
        # What is loaded by now stays: the collector need not walk it in the middle of a mount.
        gc.collect()
        gc.freeze()
        _log.info("ready", extra={"facts": {"version": provider.__version__}})
        await stopped.wait()
        _log.info("stopping: finishing the mounts in flight", extra={"facts": {"at_most_s": chosen.serve.drain}})
    _log.info("stopped")


async def _ready(listeners: list[server.Listener], stopped: asyncio.Event) -> str:
    if stopped.is_set():
        return "stopping"
    for listener in listeners:
        if not await server.answers(listener.endpoint.path, patience=_STOP_PATIENCE):
            return f"{listener.endpoint.path} does not answer"
    return ""


def _defaults(vault: settings.Vault, refresh: settings.Refresh) -> parameters.Defaults:
    return parameters.Defaults(
        address=vault.address,
        namespace=vault.namespace,
        auth_mount=vault.auth_mount,
        tls=vault.tls,
        refresh_interval=refresh.interval,
        revoke_on_pod_delete=refresh.revoke,
    )
