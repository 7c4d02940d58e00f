"""The composition root: from settings to a running daemon, and back to nothing in the reverse order."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import provider
from provider import clock, errors, model, secret, settings, web
from provider.kube import client as kube_client
from provider.kube import hmac_key, tokens
from provider.render import templates
from provider.service import mounts, ports, records
from provider.spec import parameters
from provider.vault import pools, retry, sessions
from provider.wire import server

_log = logging.getLogger("provider.app")

_STOP_PATIENCE: Final = 1.0

_TOKEN_PATIENCE: Final = 25.0
"""Seconds that the API server has for a pod's token, tries included."""


class _PodTokens:
    """Tokens for pods from the API server, or the reason why there are none."""

    def __init__(self, api: kube_client.Client | None) -> None:
        self._api = api

    async def __call__(self, pod: model.Pod, audience: str, patience: float) -> secret.Secret:
        if self._api is None:
            raise errors.IdentityError(
                f"the mount request carries no token for audience {audience or 'vault'}, and there is no API server",
                hint="set tokenRequests in the CSIDriver object, or give the provider -kubeconfig",
            )
        return await tokens.request_pod_token(self._api, pod, audience, patience=min(_TOKEN_PATIENCE, patience))


@dataclass(frozen=True, slots=True)
class Desk:
    """A mount outside any cluster: versions come from a key of this process, never from one in a cluster.

    `session` stands in for the pod's login, None to log in as the pod would.
    """

    session: sessions.Pool | None = None


@contextlib.asynccontextmanager
async def mounting(chosen: settings.Settings, desk: Desk | None = None) -> AsyncIterator[mounts.Mounts]:
    """Everything a mount needs, connected; closed on leaving, last made first.

    Args:
        chosen: the settings.
        desk: what differs for a mount at a desk; None in the daemon.
    """
    time = clock.SystemClock()
    async with contextlib.AsyncExitStack() as stack:
        kubernetes = chosen.kubernetes
        api = await kube_client.connect(kubeconfig=kubernetes.kubeconfig, in_cluster_dir=kubernetes.service_account_dir)
        if api is None and desk is None:
            _log.info("no API server: pods must bring their tokens; versions are stable within this process only")
        if api is not None:
            stack.push_async_callback(api.close)
        namespace = kubernetes.namespace or (api.namespace if api is not None else "")
        key = hmac_key.HmacKey(None if desk else api, namespace=namespace, name=kubernetes.hmac_secret_name, clock=time)
        stack.push_async_callback(key.close)
        key.look()
        access = chosen.access
        clusters = pools.Pools(retry.Policy(retries=access.retries, patience=access.patience), time)
        stack.push_async_callback(clusters.close)
        templating = templates.Templates(time)
        stack.push_async_callback(templating.close)
        yield mounts.Mounts(
            defaults={
                parameters.VAULT.name: _defaults(access.vault, chosen.refresh),
                parameters.OPENBAO.name: _defaults(access.openbao, chosen.refresh),
            },
            clusters=clusters,
            kept=desk.session if desk and desk.session else sessions.Sessions(access.cache_size, time),
            tokens=_PodTokens(api),
            key=key,
            record=records.Records(chosen.refresh.cache_bytes),
            templating=templating,
            teller=ports.Silent(),
            time=time,
            patience=chosen.serve.mount_timeout,
            max_stale=chosen.refresh.max_stale,
        )


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
