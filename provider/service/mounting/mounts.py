"""One call of the driver, from call to answer: what is mounted while nothing is due, a refresh, or the last good files.

The order of things lives here; how a refresh is done is `refresh`'s.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import Mapping
from typing import Final

from provider import errors, model
from provider.base import clock
from provider.observe import events, observers
from provider.service import ports
from provider.service.mounting import fingerprint, refresh
from provider.service.volumes import spec_digest, volume_content, volume_files, volume_state, volume_store
from provider.spec import attributes, check, parameters
from provider.vault.auth import registry

_log: Final = logging.getLogger("provider.mount")

_GRACE: Final = 0.5
"""Seconds beyond the deadline in which a failing read can still say why, before the mount is cut off."""

_CALLER_MARGIN: Final = 1.0
"""Seconds before the caller's own deadline at which we answer, so that our words reach it."""

REFRESH_PATIENCE: Final = 15.0
"""Seconds for a call that has good files to fall back to: enough for an election, and the kubelet's worker, which does
nothing else for the pod meanwhile, is soon free."""


class Mounts:
    """Mounts volumes. Everything that outlives a mount is handed in.

    Args:
        defaults: what flags and environment say where the SPC is silent, by the name of the socket's dialect.
        auth_methods: the ways to log in.
        refresher: asks Vault and renders.
        key: the key of versions.
        volumes: what is mounted.
        observer: learns of everything that happens.
        time: the clock.
        patience: seconds for one mount.
        max_stale: seconds for which a volume whose refresh fails goes on with what it has; None for ever, 0 not at all.
    """

    def __init__(
        self,
        *,
        defaults: Mapping[str, parameters.Defaults],
        auth_methods: registry.AuthMethods,
        refresher: refresh.Refresher,
        key: ports.VersionKey,
        volumes: volume_store.VolumeStore,
        observer: observers.Observer,
        time: clock.Clock,
        patience: float,
        max_stale: float | None,
    ) -> None:
        self._defaults = defaults
        self._auth_methods = auth_methods
        self._refresher = refresher
        self._key = key
        self._volumes = volumes
        self._observer = observer
        self._time = time
        self._patience = patience
        self._max_stale = max_stale
        self._fingerprint_key = secrets.token_bytes(32)

    async def mount(self, call: ports.Call) -> volume_files.VolumeFiles:
        """Everything the volume holds.

        A volume that was mounted before and cannot be refreshed goes on with what it has.

        Raises:
            errors.ProviderError: nothing is mounted; says what to change, and never a value.
        """
        attempt = refresh.Attempt(self._time.monotonic(), model.Origin(mount=secrets.token_hex(4)))
        # The largest would hold up other mounts; they are parsed in a thread, and need no shortcut.
        seen = fingerprint.of(call, self._fingerprint_key) if len(call.attributes) < model.LARGE else None
        files = (seen and await self._unchanged(seen, attempt)) or await self._attempt(call, seen, attempt)
        await self._observer.settled(attempt.who)
        return files

    async def _unchanged(
        self, seen: fingerprint.Fingerprint, attempt: refresh.Attempt
    ) -> volume_files.VolumeFiles | None:
        """The answer to a call that repeats the last one while nothing is due; None where there is more to do."""
        volume = self._volumes.find(seen.pod_uid, seen.target_path)
        if volume is None or volume.request_digest != seen.digest or volume.lock.locked():
            return None
        now, content = self._time.monotonic(), volume.content
        if content is None or not (self._waits(volume, now) or volume.is_good(now)):
            return None
        attempt.who = model.Origin(volume.pod, volume.provider_class, attempt.who.mount)
        self._volumes.touch(volume)
        volume.called(now)
        return await self._as_it_is(volume, content, now, attempt)

    async def _as_it_is(
        self, volume: volume_state.Volume, content: volume_content.Content, now: float, attempt: refresh.Attempt
    ) -> volume_files.VolumeFiles:
        waits = self._waits(volume, now)
        if not waits:
            volume.last_good = now
        self._observer.observe(
            events.Republished(who=attempt.who, requests=0, seconds=attempt.seconds(self._time), waits=waits)
        )
        return volume.files(content, await self._key.settled(0))

    async def _attempt(
        self, call: ports.Call, seen: fingerprint.Fingerprint | None, attempt: refresh.Attempt
    ) -> volume_files.VolumeFiles:
        try:
            sent = attributes.parse(call.attributes, call.secrets, call.permission)
            attempt.who = model.Origin(sent.pod, sent.provider_class, attempt.who.mount)
            spec = await self._understand(sent, call)
            attempt.role = spec.login.role
            for warning in spec.warning_texts:
                self._observer.observe(events.SpecWarned(who=attempt.who, warning=warning))
            files = await self._within(self._budget(call, spec), spec, attempt)
        except asyncio.CancelledError:
            self._observer.observe(events.MountCancelled(who=attempt.who, seconds=attempt.seconds(self._time)))
            raise
        except Exception as raised:
            error = self._understood(raised, attempt.who.mount)
            last_good = await self._fall_back(call.target_path, error, attempt)
            if last_good is None:
                self._observer.observe(
                    events.MountFailed(
                        who=attempt.who,
                        role=attempt.role,
                        reason=error.cause,
                        message=error.full_message(),
                        seconds=attempt.seconds(self._time),
                    )
                )
                raise error from raised
            return last_good
        volume = self._volumes.find(spec.pod.uid, spec.target_path)
        if volume is not None and seen is not None:
            volume.request_digest = seen.digest
        return files

    def _understood(self, error: Exception, mount_id: str) -> errors.ProviderError:
        """Any exception as one of ours: whatever it is, one SPC must not take the process down."""
        if isinstance(error, errors.ProviderError):
            return error
        _log.error("internal error", exc_info=error)
        return errors.InternalError(
            f"internal error ({type(_first(error)).__name__}), mount id {mount_id}",
            hint="the provider's log on this node has the details",
        )

    async def _fall_back(
        self, target_path: str, error: errors.ProviderError, attempt: refresh.Attempt
    ) -> volume_files.VolumeFiles | None:
        """What the volume has, if it was mounted before and that is not too old."""
        volume = self._volumes.find(attempt.who.pod.uid, target_path)
        content = volume.content if volume is not None else None
        if volume is None or content is None or not content.has_files:
            return None
        volume.health = volume.health.failed(
            error.cause,
            now=self._time.monotonic(),
            epoch=self._time.now(),
            chance=random.random(),  # noqa: S311 -- jitter
        )
        # The digest of the last call says that nothing stands between it and its files; now something does.
        volume.request_digest = b""
        failure = volume.health.failure
        if failure is None or self._is_stale(volume):
            return None
        self._observer.observe(
            events.RefreshFailed(
                who=attempt.who,
                role=attempt.role,
                reason=error.cause,
                message=error.full_message(),
                since=failure.since,
                failures=failure.times,
                seconds=attempt.seconds(self._time),
            )
        )
        return volume.files(content, await self._key.settled(0))

    def _is_stale(self, volume: volume_state.Volume) -> bool:
        """Whether what the volume has is too old to go on with."""
        if self._max_stale is None or volume.content is None:
            return False
        return self._time.monotonic() - volume.last_good > self._max_stale

    def _waits(self, volume: volume_state.Volume, now: float) -> bool:
        """Whether a refresh failed a moment ago, so that it is too early for another."""
        has_files = volume.content is not None and volume.content.has_files
        return has_files and now < volume.health.retry_after and not self._is_stale(volume)

    async def _understand(self, sent: attributes.Attributes, call: ports.Call) -> model.MountSpec:
        def build() -> model.MountSpec:
            return check.build(
                sent,
                target_path=call.target_path,
                defaults=self._defaults[call.dialect.name],
                dialect=call.dialect,
                auth_methods=self._auth_methods,
            )

        # Most take less than a millisecond; the largest, and those whose aliases expand, would hold up other mounts.
        quick = len(call.attributes) < model.LARGE and not ("&" in call.attributes and "*" in call.attributes)
        return build() if quick else await asyncio.to_thread(build)

    def _budget(self, call: ports.Call, spec: model.MountSpec) -> float:
        volume = self._volumes.find(spec.pod.uid, spec.target_path)
        patience = self._patience
        if volume is not None and volume.content and not self._is_stale(volume):
            patience = min(patience, REFRESH_PATIENCE)
        if call.remaining is None:
            return patience
        return max(_CALLER_MARGIN, min(patience, call.remaining - _CALLER_MARGIN))

    async def _within(self, budget: float, spec: model.MountSpec, attempt: refresh.Attempt) -> volume_files.VolumeFiles:
        deadline = self._time.monotonic() + budget
        try:
            async with asyncio.timeout(budget + _GRACE):
                return await self._mount(spec, deadline, attempt)
        except TimeoutError as error:
            raise errors.DeadlineSpent(
                f"the mount took longer than {budget:.0f} s (Vault at {','.join(spec.target.addresses)})",
                hint="look for a slow secrets engine or API server; the time is set by -mount-timeout",
            ) from error

    async def _mount(
        self, spec: model.MountSpec, deadline: float, attempt: refresh.Attempt
    ) -> volume_files.VolumeFiles:
        volume = self._volumes.open(spec.pod, spec.target_path)
        async with volume.lock:
            now = self._time.monotonic()
            volume.called(now)
            volume.provider_class = spec.provider_class or volume.provider_class
            digest = spec_digest.of(spec)
            volume.warned(spec.warning_texts)
            same = volume.content if volume.is_made_by(digest) else None
            if same is not None and (self._waits(volume, now) or volume.is_good(now)):
                return await self._as_it_is(volume, same, now, attempt)
            return await self._refresher.refresh(volume, spec, digest, deadline=deadline, attempt=attempt)


def _first(error: Exception) -> Exception:
    """What really happened, inside the group that a TaskGroup makes of it."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
