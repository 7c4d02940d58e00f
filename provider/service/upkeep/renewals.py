"""Keeping tokens and leases of mounted volumes alive, beside the mounts and whether or not they are called again.

Every second the records are walked. Leases are renewed when they are due, and tokens while leases hang on them. What
Vault refuses to renew is marked, so that the volume's next call asks for it anew; no credentials are read here, since
only a call can write them into a pod. One lane a Vault: a slow one keeps no other waiting, and one in trouble is asked
by one request at a time, less and less often, while everything it gave out stays good for as long as its lease lives.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from typing import Final

from provider import errors, model
from provider.base import backoff, cache, clock
from provider.observe import watch as watching
from provider.service.upkeep import token_leases
from provider.service.volumes import response_cache, volume_store
from provider.vault import client, cluster_pool, failover, leases, origin, renewal_results, sessions, transport

_log = logging.getLogger("provider.renewals")

TICK: Final = 1.0
"""Seconds between two walks. A walk over 1,000 leases takes about 2 ms."""

AT_ONCE: Final = 8
"""Renewals under way at one Vault: many are due together after an outage, and mounts come first."""

PATIENCE: Final = 10.0
"""Seconds for one renewal; an engine may have to ask its database."""

_WORTH_REPORTING: Final = 2
"""Failures in a row: a failover of Vault is over by then."""

_MOST_REPORTED: Final = 1000


class Renewals:
    """The one task that renews.

    Args:
        record: what is mounted.
        clusters: connections to Vault.
        kept: Vault tokens.
        time: the clock.
    """

    def __init__(
        self,
        record: volume_store.VolumeStore,
        clusters: cluster_pool.Clusters,
        kept: sessions.Sessions,
        time: clock.Clock,
    ) -> None:
        self._record = record
        self._clusters = clusters
        self._sessions = kept
        self._time = time
        self._pauses = backoff.Backoff(time)
        self._lanes: dict[model.Target, asyncio.Task[None]] = {}
        self._reported: cache.Bounded[tuple[model.Target, model.Login, str], bool] = cache.Bounded(_MOST_REPORTED, time)
        self._walking: asyncio.Task[None] | None = None
        self._watch = watching.LogWatch(_log, time, {"mount": "renewal"})

    def start(self) -> None:
        """Begin; inside a running loop."""
        self._walking = asyncio.ensure_future(self._walk())

    async def close(self) -> None:
        """End, with what is under way."""
        tasks = [*self._lanes.values(), *([self._walking] if self._walking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def round(self) -> None:
        """One walk, and all that came of it."""
        self._look()
        await asyncio.gather(*self._lanes.values())

    async def _walk(self) -> None:
        while True:
            try:
                self._look()
            except Exception:  # noqa: BLE001 -- whatever it is, renewing goes on
                _log.exception("internal error")
            await self._time.sleep(TICK)

    def _look(self) -> None:
        now = self._time.monotonic()
        groups = token_leases.by_token(self._record, now)
        self._pauses.retain(_keys(groups))
        lanes: dict[model.Target, list[token_leases.TokenLeases]] = {}
        for group in groups:
            if not group.session.renewable:
                self._settle(group)
            if self._is_due(group, now):
                lanes.setdefault(group.identity.target, []).append(group)
        for target, due in lanes.items():
            if target not in self._lanes and not self._pauses.is_on(target):
                self._lanes[target] = asyncio.ensure_future(self._lane(target, due))

    def _is_due(self, group: token_leases.TokenLeases, now: float) -> bool:
        if self._pauses.is_on(_fault(group)):
            return False
        return self._is_token_due(group, now) or any(
            not self._pauses.is_on(kept.lease.id) for _, kept in group.due(now)
        )

    def _is_token_due(self, group: token_leases.TokenLeases, now: float) -> bool:
        return group.is_token_due(now) and not self._pauses.is_on(group.session)

    def _settle(self, group: token_leases.TokenLeases) -> None:
        """A token that is not renewed any more, and leases on it: it is replaced in time."""
        self._sessions.replace_in_time(group.identity, group.session)
        read = group.outlives()
        if read is not None:
            self._report(
                group,
                "the vault token ends before the lease of its credentials; they are asked for anew in time",
                path=read.path,
                hint=f"let the tokens of role {group.identity.login.role} live longer (token_max_ttl, token_period)",
            )

    async def _lane(self, target: model.Target, groups: list[token_leases.TokenLeases]) -> None:
        """Renew what is due at one Vault: one token's where it was in trouble, else several at once."""
        failing = self._pauses.failures(target)
        waiting = iter(groups[:1] if failing else groups)

        async def work(cluster: failover.Cluster) -> None:
            for group in waiting:
                if self._pauses.is_on(target):
                    return
                try:
                    await self._tend(cluster, group)
                    for volume in group.volumes:
                        self._record.changed(volume)
                except Exception:  # noqa: BLE001 -- whatever it is, the others' turn comes
                    _log.exception("internal error")
                    self._pauses.failed(_fault(group))

        try:
            cluster = await self._clusters.get(target)
            await asyncio.gather(*(work(cluster) for _ in range(1 if failing else AT_ONCE)))
        except errors.VaultError as error:
            self._failed(target, renewal_results.of_failure(error).message)
        except Exception:  # noqa: BLE001 -- whatever it is, the next walk comes
            _log.exception("internal error")
            self._failed(target, "internal error")
        finally:
            del self._lanes[target]
        if failing and not self._pauses.is_on(target):
            self._pauses.succeeded(target)
            if failing >= _WORTH_REPORTING:
                _log.info("renewals go on", extra={"facts": {"address": ",".join(target.addresses)}})

    def _failed(self, target: model.Target, why: str) -> None:
        if self._pauses.is_on(target):
            return
        if self._pauses.failed(target) == _WORTH_REPORTING:
            facts = {"address": ",".join(target.addresses), "why": why}
            _log.warning("renewals fail; what was given out stays good while its lease lives", extra={"facts": facts})

    async def _tend(self, cluster: failover.Cluster, group: token_leases.TokenLeases) -> None:
        now = self._time.monotonic()
        if self._is_token_due(group, now) and not await self._renew_token(cluster, group):
            return
        for read, kept in list(group.due(now)):
            if not group.session.renews_leases:
                kept.is_lost = True
            elif not self._pauses.is_on(kept.lease.id) and not await self._renew_lease(cluster, group, read, kept):
                return

    async def _renew_token(self, cluster: failover.Cluster, group: token_leases.TokenLeases) -> bool:
        """Whether the leases' turn comes."""
        asked = self._time.monotonic()
        vault = self._client(cluster, group, group.identity.login.namespace)
        result = await self._asked(vault, vault.renew_self(), renewal_results.of_token)
        if isinstance(result, renewal_results.Renewed):
            self._pauses.succeeded(group.session)
            self._sessions.extended(
                group.identity,
                group.session,
                ttl=result.ttl,
                renewable=result.renewable,
                asked=asked,
                spread=_chance(),
            )
            self._watch.step("renewed a token", role=group.identity.login.role, ttl=result.ttl)
            return True
        match result.cause:
            case renewal_results.Cause.DENIED | renewal_results.Cause.OVER:
                self._sessions.replace_in_time(group.identity, group.session)
                self._report(
                    group, "the vault token cannot be renewed; it is replaced before its end", why=result.message
                )
                return True
            case renewal_results.Cause.TROUBLE:
                self._pauses.failed(group.session)
                self._watch.step("a token was not renewed", role=group.identity.login.role, why=result.message)
                return True
            case _:
                return self._stopped(group, result)

    async def _renew_lease(
        self,
        cluster: failover.Cluster,
        group: token_leases.TokenLeases,
        read: model.Read,
        kept: response_cache.CachedResponse,
    ) -> bool:
        """Whether the next one's turn comes."""
        asked = self._time.monotonic()
        lease = kept.lease
        vault = self._client(cluster, group, read.namespace)
        result = await self._asked(vault, vault.renew_lease(lease.id, lease.ttl), renewal_results.of_lease)
        if isinstance(result, renewal_results.Renewed):
            self._pauses.succeeded(lease.id)
            kept.lease = leases.renewed(
                lease, ttl=result.ttl, renewable=result.renewable, asked=asked, spread=_chance()
            )
            self._watch.step("renewed a lease", path=read.path, ttl=result.ttl)
            return True
        match result.cause:
            case renewal_results.Cause.DENIED:
                group.session.renews_leases = False
                kept.is_lost = True
                self._report(
                    group,
                    "leases cannot be renewed with this vault token; credentials are asked for anew instead",
                    path=read.path,
                    hint=f"give the policies of role {group.identity.login.role} `update` on sys/leases/renew",
                )
                return True
            case renewal_results.Cause.OVER:
                kept.is_lost = True
                self._watch.step("a lease is over", path=read.path, why=result.message)
                return True
            case renewal_results.Cause.TROUBLE:
                self._pauses.failed(lease.id)
                self._watch.step("a lease was not renewed", path=read.path, why=result.message)
                return True
            case _:
                return self._stopped(group, result)

    def _stopped(self, group: token_leases.TokenLeases, refused: renewal_results.Refused) -> bool:
        """The token is dead, or Vault is down: nothing more to do for this token now."""
        if refused.cause is renewal_results.Cause.DEAD:
            self._sessions.forget(group.identity, group.session)
            self._watch.step("the vault token is dead", role=group.identity.login.role)
        else:
            self._failed(group.identity.target, refused.message)
        return False

    async def _asked(
        self,
        vault: client.Client,
        answer: Awaitable[transport.Answer],
        judge: Callable[[transport.Answer], renewal_results.Result],
    ) -> renewal_results.Result:
        """The verdict; where words do not tell a dead token from a denied path, the token is asked about itself."""
        try:
            result = judge(await answer)
            if isinstance(result, renewal_results.Refused) and result.cause is renewal_results.Cause.UNCLEAR:
                lives = (await vault.look_up_self()).status == 200
                return renewal_results.Refused(
                    renewal_results.Cause.DENIED if lives else renewal_results.Cause.DEAD, result.message
                )
        except errors.VaultError as error:
            return renewal_results.of_failure(error)
        return result

    def _client(self, cluster: failover.Cluster, group: token_leases.TokenLeases, namespace: str) -> client.Client:
        return client.Client(
            cluster,
            deadline=self._time.monotonic() + PATIENCE,
            watch=self._watch,
            namespace=namespace,
            token=group.session.token,
            index=group.session.index,
            origin=origin.Origin(group.volumes[0].pod, group.volumes[0].provider_class),
        )

    def _report(self, group: token_leases.TokenLeases, what: str, **facts: object) -> None:
        """A warning once a role, not for each of its pods and at each renewal."""
        key = (group.identity.target, group.identity.login, what)
        if self._reported.get(key) is None:
            self._reported.put(key, True)
            who = {"pod": group.volumes[0].pod, "spc": group.volumes[0].provider_class or "-"}
            _log.warning(what, extra={"facts": {**who, "role": group.identity.login.role, **facts}})


def _keys(groups: Iterable[token_leases.TokenLeases]) -> Iterator[Hashable]:
    for group in groups:
        yield group.identity.target
        yield group.session
        yield _fault(group)
        yield from (kept.lease.id for _, kept in group.kept)


def _fault(group: token_leases.TokenLeases) -> Hashable:
    """The key of a pause after a fault of ours."""
    return group.session, "fault"


def _chance() -> float:
    return random.random()  # noqa: S311 -- jitter
