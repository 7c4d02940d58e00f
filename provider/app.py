"""The composition root: from settings to a running daemon, and back to nothing in the reverse order."""

import asyncio
import contextlib
import functools
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
from provider.kube import api_client, event_recorder, hmac_key, pod_watch, tokens
from provider.observe import log_lines, observers
from provider.service.admin import admin_api
from provider.service.mounting import mounts, refresh
from provider.service.persistence import state, state_directory
from provider.service.upkeep import pod_cleanup, renewals, revocation
from provider.service.volumes import token_ledger, volume_store
from provider.shapes.templating import template_renderer
from provider.spec import parameters
from provider.vault import cluster_pool, retry, sessions
from provider.vault.auth import registry
from provider.wire import admin, server

_log = logging.getLogger("provider.app")

_STOP_PATIENCE: Final = 1.0

_TOKEN_PATIENCE: Final = 25.0
"""Seconds that the API server has for a pod's token, tries included."""


class _PodTokens:
    """Tokens for pods from the API server, or the reason why there are none."""

    def __init__(self, api: api_client.Client | None, time: clock.Clock) -> None:
        self._api = api
        self._time = time

    async def __call__(self, pod: model.Pod, audience: str, patience: float) -> secret.Secret:
        if self._api is None:
            raise errors.IdentityError(
                f"the mount request carries no token for audience {audience or 'vault'}, and there is no API server",
                hint="set tokenRequests in the CSIDriver object, or give the provider -kubeconfig",
            )
        return await tokens.request_pod_token(
            self._api, pod, audience, time=self._time, patience=min(_TOKEN_PATIENCE, patience)
        )


@dataclass(frozen=True, slots=True)
class Local:
    """A mount outside any cluster: versions come from a key of this process, never from one in a cluster.

    `session` stands in for the pod's login, None to log in as the pod would.
    """

    session: sessions.Pool | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What the sockets need: mounts for the driver, the volumes and the observer for operators."""

    mounts: mounts.Mounts
    volumes: volume_store.VolumeStore
    observer: observers.Observer


@contextlib.asynccontextmanager
async def assembled(chosen: settings.Settings, local: Local | None = None) -> AsyncIterator[Service]:
    """Everything a mount needs, connected; closed on leaving, last made first.

    Args:
        chosen: the settings.
        local: what differs for a mount outside any cluster; None in the daemon.
    """
    time = clock.SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        kubernetes = chosen.kubernetes
        api = await api_client.connect(kubeconfig=kubernetes.kubeconfig, in_cluster_dir=kubernetes.service_account_dir)
        if api is None and local is None:
            _log.info("no API server: pods must bring their tokens; versions are stable within this process only")
        if api is not None:
            stack.push_async_callback(api.close)
        namespace = kubernetes.namespace or (api.namespace if api is not None else "")
        key = hmac_key.HmacKey(None if local else api, namespace=namespace, name=kubernetes.hmac_secret_name, time=time)
        stack.push_async_callback(key.close)
        key.look()
        observing: list[observers.Observer] = [log_lines.LogLines(time)]
        if api is not None and local is None and kubernetes.pod_events:
            recorder = event_recorder.EventRecorder(api, node=kubernetes.node_name, time=time)
            stack.push_async_callback(recorder.close)
            recorder.start()
            observing.append(recorder)
        observer = observers.FanOut(observing)
        access = chosen.access
        clusters = cluster_pool.Clusters(retry.Policy(retries=access.retries, patience=access.patience), time)
        stack.push_async_callback(clusters.close)
        stored = None if local else await _state(chosen.refresh.state_dir, key if api else None, time, observer)
        ledger = token_ledger.Ledger(time)
        volumes = volume_store.VolumeStore(chosen.refresh.cache_bytes, stored, observer)
        session_pool = sessions.Sessions(access.cache_size, time)
        if stored is not None:
            stack.push_async_callback(stored.close, chosen.serve.shutdown.store)
            await stored.start(volumes, ledger, session_pool)
        templating = template_renderer.TemplateRenderer(time)
        stack.push_async_callback(templating.close)
        if local is None:
            # A local mount ends before anything of it is due.
            is_owner = (lambda: stored.is_owner) if stored is not None else (lambda: True)
            renewing = renewals.Renewals(
                volumes,
                clusters,
                session_pool,
                time,
                observer,
                is_owner=is_owner,
                max_interval=chosen.refresh.max_renew_interval,
            )
            revoking = revocation.Revocation(ledger, clusters, session_pool, time, observer, is_owner=is_owner)
            cleanup = pod_cleanup.PodCleanup(volumes, ledger, time, observer)
            pods = _pod_watch(api, kubernetes.node_name, cleanup, volumes, time)
            revoke = functools.partial(revoking.close, chosen.serve.shutdown.revoke)
            for close in (renewing.close, revoke, cleanup.close):
                stack.push_async_callback(close)
            renewing.start()
            revoking.start()
            cleanup.start(lambda: pods is not None and pods.watching)
            if pods is not None:
                stack.push_async_callback(pods.close)
                pods.start()
        auth_methods = registry.AuthMethods()
        refresher = refresh.Refresher(
            clusters=clusters,
            session_pool=local.session if local and local.session else session_pool,
            auth_methods=auth_methods,
            tokens=_PodTokens(api, time),
            key=key,
            volumes=volumes,
            ledger=ledger,
            templating=templating,
            observer=observer,
            time=time,
            max_interval=chosen.refresh.max_renew_interval,
        )
        mounter = mounts.Mounts(
            defaults={
                parameters.VAULT.name: _defaults(access.vault, chosen.refresh),
                parameters.OPENBAO.name: _defaults(access.openbao, chosen.refresh),
            },
            auth_methods=auth_methods,
            refresher=refresher,
            key=key,
            volumes=volumes,
            observer=observer,
            time=time,
            patience=chosen.serve.mount_timeout,
            max_stale=chosen.refresh.max_stale,
        )
        yield Service(mounter, volumes, observer)


def _pod_watch(
    api: api_client.Client | None,
    node: str,
    cleanup: pod_cleanup.PodCleanup,
    volumes: volume_store.VolumeStore,
    time: clock.Clock,
) -> pod_watch.PodWatch | None:
    """The watch of this node's pods; None where there can be none."""
    if api is None:
        return None
    if not node:
        _log.info("pod watch disabled; deleted pods are detected by timeout: name this node by -node-name or NODE_NAME")
        return None
    return pod_watch.PodWatch(
        api, node=node, gone=cleanup.pod_gone, held=lambda: {volume.pod.uid for volume in volumes}, time=time
    )


async def _state(
    path: Path | None, key: hmac_key.HmacKey | None, time: clock.Clock, observer: observers.Observer
) -> state.State | None:
    """What keeps the volumes over a restart; None where nothing does.

    Raises:
        errors.SettingsError: not in this directory, or not on this machine.
    """
    if path is None:
        return None
    if key is None:
        _log.warning("-state-dir is not used: state is encrypted with the HMAC key, which is the API server's")
        return None
    directory = state_directory.Directory(path)
    await asyncio.to_thread(directory.prepare)
    return state.State(directory, state_directory.boot_id(), key, time, observer)


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
        shutdown = chosen.serve.shutdown
        service = await stack.enter_async_context(assembled(chosen))
        health = web.Health(chosen.serve.health_addr, lambda: _ready(listeners, stopped))
        stack.push_async_callback(health.stop)
        listeners = [
            server.Listener(server.Endpoint(path, server.dialect_of(path)), service.mounts, clock.SystemClock())
            for path in chosen.serve.endpoints
        ]

        async def stop_listening() -> None:
            await asyncio.gather(*(listener.stop(shutdown) for listener in listeners))

        stack.push_async_callback(stop_listening)
        for listener in listeners:
            await listener.start()
        if chosen.serve.health_addr:
            await health.start()
        if chosen.serve.admin_socket is not None:
            operators = admin_api.AdminApi(service.volumes, clock.SystemClock(), service.observer)
            admin_listener = admin.Listener(chosen.serve.admin_socket, operators.answer)
            stack.push_async_callback(admin_listener.stop)
            await admin_listener.start()
        # What is loaded by now stays: the collector need not walk it in the middle of a mount.
        gc.collect()
        gc.freeze()
        _log.info("ready", extra={"facts": {"version": provider.__version__}})
        await stopped.wait()
        _log.info("stopping: finishing the mounts in flight", extra={"facts": {"at_most_s": shutdown.drain}})
    _log.info("stopped")


async def _ready(listeners: list[server.Listener], stopped: asyncio.Event) -> str:
    if stopped.is_set():
        return "stopping"
    for listener in listeners:
        if not await server.is_serving(listener.endpoint.path, patience=_STOP_PATIENCE):
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
