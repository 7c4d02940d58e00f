"""One mount from call to result: understand, log in, read, render, version. The order of things lives here."""

import asyncio
import logging
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provider import errors, model
from provider.base import backoff, cache, clock, secret
from provider.observe import watch as watching
from provider.service import ports
from provider.service.mounting import cached_reader, passes, versions
from provider.service.volumes import volume_store
from provider.shapes import jobs
from provider.shapes.templating import template_renderer
from provider.spec import attributes, check, parameters
from provider.vault import cluster_pool, origin, reads, sessions

_log = logging.getLogger("provider.mount")

_GRACE: Final = 0.5
"""Seconds beyond the deadline in which a failing read can still say why, before the mount is cut off."""

_CALLER_MARGIN: Final = 1.0
"""Seconds before the caller's own deadline at which we answer, so that our words reach it."""

_WARNED: Final = 1000

REFRESH_PATIENCE: Final = 15.0
"""Seconds for a call that has good files to fall back to: enough for an election, and the kubelet's worker, which does
nothing else for the pod meanwhile, is soon free."""

_RESTS: Final = backoff.Exponential(first=2.0, longest=120.0)
"""Seconds for which a volume whose refresh failed is not tried again, doubled each time: once its interval is over,
the driver passes on every sync of the kubelet, Vault up or not."""


@dataclass(frozen=True, slots=True)
class Made:
    """One object of a mount: its files, one or more, and its version."""

    wanted: model.Object
    files: tuple[model.File, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Mounted:
    """A mount's result, object by object in the order of the SPC. `reads` counts the requests it took."""

    objects: tuple[Made, ...]
    warnings: tuple[str, ...]
    reads: int

    @property
    def files(self) -> tuple[model.File, ...]:
        """Every file of the volume."""
        return tuple(file for made in self.objects for file in made.files)


class Mounts:
    """Mounts volumes. Everything that outlives a mount is handed in.

    Args:
        defaults: what flags and environment say where the SPC is silent, by the name of the socket's dialect.
        clusters: connections to Vault.
        kept: Vault tokens.
        tokens: makes tokens for pods.
        key: the key of versions.
        record: what is mounted.
        templating: renders templates, and keeps what it compiled.
        teller: tells pods' owners what became of their volumes.
        time: the clock.
        patience: seconds for one mount.
        max_stale: seconds for which a volume whose refresh fails goes on with what it has; None for ever, 0 not at all.
    """

    def __init__(
        self,
        *,
        defaults: Mapping[str, parameters.Defaults],
        clusters: cluster_pool.Clusters,
        kept: sessions.Pool,
        tokens: ports.PodTokens,
        key: ports.VersionKey,
        record: volume_store.VolumeStore,
        templating: template_renderer.Templates,
        teller: ports.Teller,
        time: clock.Clock,
        patience: float,
        max_stale: float | None,
    ) -> None:
        self._defaults = defaults
        self._clusters = clusters
        self._kept = kept
        self._tokens = tokens
        self._key = key
        self._records = record
        self._templates = templating
        self._teller = teller
        self._time = time
        self._patience = patience
        self._max_stale = max_stale
        self._warned: cache.Bounded[tuple[str, str, str], bool] = cache.Bounded(_WARNED, time)

    @property
    def record(self) -> volume_store.VolumeStore:
        """What is mounted, for those who look after it beside the calls."""
        return self._records

    async def mount(self, call: ports.Call) -> Mounted:
        """Everything the volume holds.

        A volume that was mounted before and cannot be refreshed goes on with what it has.

        Raises:
            errors.ProviderError: nothing is mounted; says what to change, and never a value.
        """
        mount_id = secrets.token_hex(4)
        facts: dict[str, object] = {"mount": mount_id}
        watch = watching.LogWatch(_log, self._time, facts)
        pod: model.Pod | None = None
        try:
            sent = attributes.parse(call.attributes, call.secrets, call.permission)
            pod = sent.pod
            facts.update(pod=pod, spc=sent.provider_class or "-")
            spec = await self._understand(sent, call)
            facts.update(role=spec.login.role)
            self._warn(spec, watch)
            whose = origin.Origin(spec.pod, spec.provider_class, mount_id)
            mounted = await self._within(self._budget(call, spec), spec, whose, watch)
        except asyncio.CancelledError:
            watch.closed(logging.WARNING, "mount cancelled by the caller")
            raise
        except Exception as raised:
            error = self._understood(raised, mount_id)
            held = await self._last_good(pod, call.target_path, error)
            if held is None:
                watch.closed(logging.ERROR, "mount failed", reason=error.cause, error=error.full_message())
                raise error from raised
            watch.closed(logging.WARNING, "refresh failed, files stay", reason=error.cause, error=error.full_message())
            return held
        size = sum(len(file.contents) for file in mounted.files)
        watch.closed(logging.INFO, "mounted", files=len(mounted.files), reads=mounted.reads, bytes=size)
        return mounted

    def _understood(self, error: Exception, mount_id: str) -> errors.ProviderError:
        """Any exception as one of ours: whatever it is, one SPC must not take the process down."""
        if isinstance(error, errors.ProviderError):
            return error
        _log.error("internal error", exc_info=error)
        return errors.InternalError(
            f"internal error ({type(_first(error)).__name__}), mount id {mount_id}",
            hint="the provider's log on this node has the details",
        )

    async def _last_good(self, pod: model.Pod | None, target_path: str, error: errors.ProviderError) -> Mounted | None:
        """What the volume has, if it was mounted before and that is not too old."""
        volume = self._records.find(pod, target_path) if pod is not None else None
        if volume is None or not volume.rendered:
            return None
        now = self._time.now()
        before = volume.failing or volume_store.RefreshFailure(now, error.cause, 0)
        volume.failing = volume_store.RefreshFailure(before.since, error.cause, before.times + 1)
        rest = _RESTS.pause(before.times + 1, random.random())  # noqa: S311 -- jitter
        volume.rests = self._time.monotonic() + rest
        self._teller.refresh_failed(volume.pod, error.cause, error.full_message(), before.since)
        if self._is_stale(volume):
            return None
        return _mounted(volume, await self._key.settled(0), 0)

    def _is_stale(self, volume: volume_store.Volume) -> bool:
        """Whether what the volume has is too old to go on with."""
        return self._max_stale is not None and self._time.now() - volume.refreshed > self._max_stale

    async def _understand(self, sent: attributes.Attributes, call: ports.Call) -> model.MountSpec:
        def build() -> model.MountSpec:
            return check.build(
                sent,
                target_path=call.target_path,
                defaults=self._defaults[call.dialect.name],
                dialect=call.dialect,
            )

        # Most take less than a millisecond; the largest, and those whose aliases unfold, would hold up other mounts.
        quick = len(call.attributes) < model.LARGE and not ("&" in call.attributes and "*" in call.attributes)
        return build() if quick else await asyncio.to_thread(build)

    def _budget(self, call: ports.Call, spec: model.MountSpec) -> float:
        volume = self._records.find(spec.pod, spec.target_path)
        patience = self._patience
        if volume is not None and volume.rendered and not self._is_stale(volume):
            patience = min(patience, REFRESH_PATIENCE)
        if call.remaining is None:
            return patience
        return max(_CALLER_MARGIN, min(patience, call.remaining - _CALLER_MARGIN))

    async def _within(
        self, budget: float, spec: model.MountSpec, whose: origin.Origin, watch: watching.LogWatch
    ) -> Mounted:
        deadline = self._time.monotonic() + budget
        try:
            async with asyncio.timeout(budget + _GRACE):
                return await self._mount(spec, deadline, whose, watch)
        except TimeoutError as error:
            raise errors.DeadlineSpent(
                f"the mount took longer than {budget:.0f} s (Vault at {','.join(spec.target.addresses)})",
                hint="look for a slow secrets engine or API server; the time is set by -mount-timeout",
            ) from error

    async def _mount(
        self, spec: model.MountSpec, deadline: float, whose: origin.Origin, watch: watching.LogWatch
    ) -> Mounted:
        volume = self._records.open(spec.pod, spec.target_path)
        async with volume.lock:
            now = self._time.monotonic()
            volume.seen, volume.provider_class = now, spec.provider_class or volume.provider_class
            volume.again = now if volume.rendered else volume.again
            volume.life, volume.warnings = spec.life, spec.warnings
            digest = volume_store.digest(spec)
            if volume.is_good(digest, now):
                watch.step("nothing is due")
                return _mounted(volume, await self._key.settled(0), 0)
            if volume.rendered and volume.digest == digest and now < volume.rests and not self._is_stale(volume):
                watch.step("a refresh failed a moment ago; files stay")
                return _mounted(volume, await self._key.settled(0), 0)
            relied = volume.relied()
            self._records.hold(volume, _identity(spec), digest, spec.life)
            try:
                reader = await self._reader(spec, volume, deadline, whose, watch)
                return await self._refresh(spec, volume, digest, reader)
            except BaseException:
                volume.leave(relied)
                raise

    async def _reader(
        self,
        spec: model.MountSpec,
        volume: volume_store.Volume,
        deadline: float,
        whose: origin.Origin,
        watch: watching.LogWatch,
    ) -> reads.Reader:
        """The way to Vault for this mount, logged in: a refused login is told once, and not by every object."""
        self._key.look()
        await self._templates.prepare(spec.objects)
        reader = reads.Reader(
            await self._clusters.get(spec.target),
            self._kept,
            volume.identity or _identity(spec),
            lambda: self._jwt(spec, deadline),
            deadline=deadline,
            time=self._time,
            watch=watch,
            origin=whose,
        )
        await reader.open()
        return reader

    async def _refresh(
        self, spec: model.MountSpec, volume: volume_store.Volume, digest: str, reader: reads.Reader
    ) -> Mounted:
        answered = cached_reader.CachedReader(
            volume.held, reader, spec.objects, self._time, early=bool(volume.rendered)
        )
        async with (await self._clusters.get(spec.target)).place():
            try:
                result = await passes.run(spec, answered, volume.envelope, self._templates)
            finally:
                # Answered or not: what was issued by now is not issued again.
                self._records.weigh(volume)
        key = await self._key.current()
        earlier = volume.rendered
        volume.digest, volume.rendered, volume.reads = digest, result.rendered, tuple(answered.used)
        volume.dates, volume.left = dict(answered.used), ()
        if spec.life.scope == "pod":
            volume.held.retain(answered.used)
        volume.refreshed, volume.failing, volume.rests = self._time.now(), None, 0.0
        self._records.weigh(volume)
        mounted = _mounted(volume, key, answered.asked)
        before = {one.wanted.name: one.stable for one in earlier}
        changed = [one.wanted.name for one in result.rendered if before.get(one.wanted.name, one.stable) != one.stable]
        if changed:
            old = _versions(earlier, key)
            new = {made.wanted.name: made.version for made in mounted.objects}
            self._teller.rotated(volume.pod, [(name, old[name], new[name]) for name in changed])
        await self._records.kept(volume)
        return mounted

    async def _jwt(self, spec: model.MountSpec, deadline: float) -> secret.Secret:
        """The pod's token: from the driver by audience, else made by the API server."""
        login = spec.login
        given = spec.tokens.get(login.audience or login.default_audience)
        if given:
            return given
        return await self._tokens(spec.pod, login.audience, max(0.1, deadline - self._time.monotonic()))

    def _warn(self, spec: model.MountSpec, watch: watching.LogWatch) -> None:
        """Each warning of an SPC once, not at every republish."""
        for text in spec.warnings:
            key = (spec.pod.namespace, spec.provider_class, text)
            if self._warned.get(key) is None:
                self._warned.put(key, True)
                watch.warn("the SecretProviderClass is unclear", warning=text)


def _versions(rendered: tuple[jobs.Rendered, ...], key: secret.Secret | None) -> dict[str, str]:
    return {one.wanted.name: versions.of_object(key, one.wanted, one.stable) for one in rendered}


def _mounted(volume: volume_store.Volume, key: secret.Secret | None, asked: int) -> Mounted:
    named = _versions(volume.rendered, key)
    made = tuple(Made(one.wanted, one.files, named[one.wanted.name]) for one in volume.rendered)
    return Mounted(made, volume.warnings, asked)


def _identity(spec: model.MountSpec) -> sessions.Identity:
    """Whose login it is: the pod's own, or that of all pods of its service account on this node."""
    pod = spec.pod
    if spec.life.scope == "serviceAccount" and pod.service_account:
        return sessions.Identity(spec.target, spec.login, model.Pod(pod.namespace, "", "", pod.service_account))
    return sessions.Identity(spec.target, spec.login, pod, "" if pod.uid else secrets.token_hex(8))


def _first(error: Exception) -> Exception:
    """What really happened, inside the group that a TaskGroup makes of it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
