"""One mount from call to result: understand, log in, read, render, version. The order of things lives here."""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from provider import cache, clock, errors, model, secret
from provider.mount import run, versions
from provider.observe import watch as watching
from provider.render import templates
from provider.service import ports, records
from provider.spec import attributes, check, parameters
from provider.vault import origin, pools, reads, sessions

_log = logging.getLogger("provider.mount")

_GRACE: Final = 0.5
"""Seconds beyond the deadline in which a failing read can still say why, before the mount is cut off."""

_CALLER_MARGIN: Final = 1.0
"""Seconds before the caller's own deadline at which we answer, so that our words reach it."""

_WARNED: Final = 1000


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
        time: the clock.
        patience: seconds for one mount.
    """

    def __init__(
        self,
        *,
        defaults: Mapping[str, parameters.Defaults],
        clusters: pools.Pools,
        kept: sessions.Pool,
        tokens: ports.PodTokens,
        key: ports.VersionKey,
        record: records.Records,
        templating: templates.Templates,
        time: clock.Clock,
        patience: float,
    ) -> None:
        self._defaults = defaults
        self._clusters = clusters
        self._kept = kept
        self._tokens = tokens
        self._key = key
        self._records = record
        self._templates = templating
        self._time = time
        self._patience = patience
        self._warned: cache.Bounded[tuple[str, str, str], bool] = cache.Bounded(_WARNED, time)

    async def mount(self, call: ports.Call) -> Mounted:
        """Everything the volume holds.

        Raises:
            errors.ProviderError: nothing is mounted; says what to change, and never a value.
        """
        mount_id = secrets.token_hex(4)
        facts: dict[str, object] = {"mount": mount_id}
        watch = watching.LogWatch(_log, self._time, facts)
        try:
            sent = attributes.parse(call.attributes, call.secrets, call.permission)
            facts.update(pod=sent.pod, spc=sent.provider_class or "-")
            spec = await self._understand(sent, call)
            facts.update(role=spec.login.role)
            self._warn(spec, watch)
            whose = origin.Origin(spec.pod, spec.provider_class, mount_id)
            mounted = await self._within(self._budget(call), spec, whose, watch)
        except errors.ProviderError as error:
            watch.closed(logging.ERROR, "mount failed", reason=error.reason, error=error.told())
            raise
        except asyncio.CancelledError:
            watch.closed(logging.WARNING, "mount cancelled by the caller")
            raise
        except Exception as error:
            # Whatever this is, it is ours; one SPC must not take the process down.
            cause = _first(error)
            watch.closed(logging.ERROR, "mount failed", reason="internal", error=type(cause).__name__)
            _log.exception("internal error")
            raise errors.InternalError(
                f"internal error ({type(cause).__name__}), mount id {mount_id}",
                hint="the provider's log on this node has the details",
            ) from error
        size = sum(len(file.contents) for file in mounted.files)
        watch.closed(logging.INFO, "mounted", files=len(mounted.files), reads=mounted.reads, bytes=size)
        return mounted

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

    def _budget(self, call: ports.Call) -> float:
        if call.remaining is None:
            return self._patience
        return max(_CALLER_MARGIN, min(self._patience, call.remaining - _CALLER_MARGIN))

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
        self._key.look()
        await self._templates.prepare(spec.objects)
        cluster = await self._clusters.get(spec.target)
        reader = reads.Reader(
            cluster,
            self._kept,
            sessions.Identity(spec.target, spec.login, spec.pod, "" if spec.pod.uid else secrets.token_hex(8)),
            lambda: self._jwt(spec, deadline),
            deadline=deadline,
            time=self._time,
            watch=watch,
            origin=whose,
        )
        volume = self._records.volume(spec)
        await reader.open()
        async with cluster.place():
            result = await run.run(spec, reader, volume.envelope, self._templates)
        key = await self._key.current()
        made = tuple(
            Made(one.wanted, one.files, versions.of_object(key, one.wanted, one.stable)) for one in result.rendered
        )
        return Mounted(made, spec.warnings, result.reads)

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


def _first(error: Exception) -> Exception:
    """What really happened, inside the group that a TaskGroup makes of it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
