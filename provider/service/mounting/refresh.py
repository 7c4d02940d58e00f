"""Refreshes one volume: logs in, reads what is due, renders everything, and reports what has changed."""

import math
import secrets
from dataclasses import dataclass
from typing import Final

from provider import model
from provider.base import clock, secret
from provider.observe import events, observers
from provider.service import ports
from provider.service.mounting import cached_reader, passes
from provider.service.volumes import token_ledger, versions, volume_content, volume_files, volume_state, volume_store
from provider.shapes.templating import template_renderer
from provider.vault import cluster_pool, reads, sessions
from provider.vault.auth import method, registry

_REPEATS: Final = 2
"""Times that a mount is rendered again since a token ended under it: once is the rule, more only where tokens are used
up by a few requests."""


@dataclass(slots=True)
class Attempt:
    """One call under way: since when (monotonic seconds), for whom, and as which role, as far as is known by now."""

    started: float
    who: model.Origin
    role: str = ""

    def seconds(self, time: clock.Clock) -> float:
        """How long it has taken by now."""
        return time.monotonic() - self.started


class Refresher:
    """Refreshes volumes.

    Args:
        clusters: connections to Vault.
        session_pool: Vault tokens.
        auth_methods: the ways to log in.
        tokens: makes tokens for pods.
        key: the key of versions.
        volumes: what is mounted.
        ledger: which volumes depend on which token.
        templating: renders templates, and keeps what it compiled.
        observer: learns of everything that happens.
        time: the clock.
        max_interval: seconds between two renewals of a lease at most.
    """

    def __init__(
        self,
        *,
        clusters: cluster_pool.Clusters,
        session_pool: sessions.Pool,
        auth_methods: registry.AuthMethods,
        tokens: ports.PodTokens,
        key: ports.VersionKey,
        volumes: volume_store.VolumeStore,
        ledger: token_ledger.Ledger,
        templating: template_renderer.TemplateRenderer,
        observer: observers.Observer,
        time: clock.Clock,
        max_interval: float = math.inf,
    ) -> None:
        self._clusters = clusters
        self._sessions = session_pool
        self._auth_methods = auth_methods
        self._tokens = tokens
        self._key = key
        self._volumes = volumes
        self._ledger = ledger
        self._templates = templating
        self._observer = observer
        self._time = time
        self._max_interval = max_interval

    async def refresh(
        self, volume: volume_state.Volume, spec: model.MountSpec, digest: str, *, deadline: float, attempt: Attempt
    ) -> volume_files.VolumeFiles:
        """The volume's files after everything that is due was read again.

        Args:
            volume: which, locked by the caller.
            spec: what its SPC says.
            digest: of that SPC.
            deadline: the mount's end, in monotonic seconds.
            attempt: the call.

        Raises:
            errors.ProviderError: it failed; the volume has the content it had.
        """
        used = volume.used_responses()
        identity = _identity(spec)
        self._volumes.assign_responses(volume, identity, spec.lifecycle)
        # Nobody else finds a volume without a pod's UID, so its tokens are not confused with another's.
        key = volume.key if spec.pod.uid else (identity.mark, spec.target_path)
        use = token_ledger.Use(volume.origin, spec.lifecycle.revoke)
        account = token_ledger.Account(self._ledger, identity, key, use)
        try:
            reader = await self._reader(spec, account, deadline, attempt.who)
            return await self._refresh(spec, volume, digest, reader=reader, account=account, attempt=attempt)
        except BaseException:
            volume.supersede(used)
            raise
        finally:
            if not self._volumes.holds(volume):
                # Its pod was deleted meanwhile, or was never named: nobody will come to give these up.
                self._ledger.settle(key, ())

    async def _reader(
        self, spec: model.MountSpec, account: token_ledger.Account, deadline: float, who: model.Origin
    ) -> reads.Reader:
        """The way to Vault for this mount, logged in: a refused login is reported once, and not by every object."""
        self._key.look()
        await self._templates.prepare(spec.objects)
        caller = sessions.Caller(
            identity=account.identity,
            cluster=await self._clusters.get(spec.target),
            auth_method=self._auth_methods.of(spec.login),
            sources=self._sources(spec, deadline),
            deadline=deadline,
            reporter=observers.Reporter(self._observer, who),
            given=account.given,
        )
        reader = reads.Reader(self._sessions, caller, self._time)
        await reader.open()
        return reader

    async def _refresh(
        self,
        spec: model.MountSpec,
        volume: volume_state.Volume,
        digest: str,
        *,
        reader: reads.Reader,
        account: token_ledger.Account,
        attempt: Attempt,
    ) -> volume_files.VolumeFiles:
        before = volume.content
        cached = cached_reader.CachedReader(
            volume.responses,
            reader,
            spec.objects,
            time=self._time,
            observer=self._observer,
            account=account,
            who=attempt.who,
            early=before is not None,
            max_interval=self._max_interval,
        )
        if not volume.is_made_by(digest):
            cached.apply_policies(is_shared=spec.lifecycle.scope is not model.LeaseScope.POD)
        shown = before.shown if before else {}
        async with (await self._clusters.get(spec.target)).slot():
            try:
                result = await passes.run(spec, cached, shown, self._templates)
                for _ in range(_REPEATS):
                    if not cached.has_lost(self._time.monotonic()):
                        break
                    # A token was found dead after a response that ended with it was used.
                    result = await passes.run(spec, cached, shown, self._templates)
            finally:
                # Answered or not: what was issued by now is not issued again.
                self._volumes.recount(volume)
        key = await self._key.current()
        content = volume_content.Content(digest, result.rendered, tuple(cached.used.items()), spec.warning_texts)
        volume.succeeded(content, self._time.monotonic())
        account.settle(volume, await reader.open())
        self._volumes.drop_unused(volume)
        self._volumes.recount(volume)
        files = volume.files(content, key)
        self._report(before, content, _changes(before, content, key), cached.requests, attempt)
        await self._volumes.flushed(volume)
        return files

    def _report(
        self,
        before: volume_content.Content | None,
        content: volume_content.Content,
        changes: tuple[events.Change, ...],
        requests: int,
        attempt: Attempt,
    ) -> None:
        """What a refresh has changed: a first mount (or one by another SPC), a rotation, or nothing."""
        took = attempt.seconds(self._time)
        if not changes and before is not None and before.spec_digest == content.spec_digest:
            self._observer.observe(events.Republished(who=attempt.who, requests=requests, seconds=took))
            return
        about = {"files": content.file_count, "bytes": content.size, "requests": requests}
        self._observer.observe(
            events.Rotated(who=attempt.who, role=attempt.role, changes=changes, seconds=took, **about)
            if changes
            else events.Mounted(who=attempt.who, role=attempt.role, seconds=took, **about)
        )

    def _sources(self, spec: model.MountSpec, deadline: float) -> method.Sources:
        """What the call brings to log in with, and the API server for what it does not bring."""

        async def request_token(audience: str) -> secret.Secret:
            return await self._tokens(spec.pod, audience, max(0.1, deadline - self._time.monotonic()))

        own_secrets = self._auth_methods.of(spec.login).own(spec.secrets)
        return method.Sources(spec.login, spec.tokens, own_secrets, request_token)


def _changes(
    before: volume_content.Content | None, content: volume_content.Content, key: secret.Secret | None
) -> tuple[events.Change, ...]:
    """The objects that were there before with another content."""
    earlier = {one.wanted.name: one for one in before.objects} if before else {}
    pairs = ((earlier.get(one.wanted.name), one) for one in content.objects)
    return tuple(
        events.Change(
            one.wanted.name,
            versions.of_object(key, old.wanted, old.stable) if before and before.has_files else "",
            versions.of_object(key, one.wanted, one.stable),
        )
        for old, one in pairs
        if old is not None and old.digest != one.digest
    )


def _identity(spec: model.MountSpec) -> sessions.Identity:
    """Whose login it is: the pod's own, or that of all pods of its service account on this node."""
    pod = spec.pod
    if spec.lifecycle.scope == model.LeaseScope.SERVICE_ACCOUNT and pod.service_account:
        return sessions.Identity(spec.target, spec.login, model.Pod(pod.namespace, "", "", pod.service_account))
    return sessions.Identity(spec.target, spec.login, pod, "" if pod.uid else secrets.token_hex(8))
