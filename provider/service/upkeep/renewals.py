"""Keeps tokens and leases of mounted volumes alive, alongside the mounts and whether or not they are called again.

Every second the volumes are looked through. Leases are renewed when they are due, and tokens while leases depend on
them. What Vault refuses to renew is marked, so that the volume's next call requests it again; no credentials are read
here, since only a call can write them into a pod. One lane per Vault: a slow one keeps no other waiting, and one in
trouble gets one request at a time, less and less often, while everything it issued stays valid as long as its lease.
"""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from typing import Final

from provider import errors, model
from provider.base import backoff, cache, clock, tasks
from provider.observe import events, observers
from provider.service.upkeep import token_leases
from provider.service.volumes import response_cache, volume_store
from provider.vault import client, cluster_pool, failover, leases, renewal_results, sessions, transport

_log: Final = logging.getLogger("provider.renewals")

TICK: Final = 1.0
"""Seconds between two looks. A look at 1,000 leases takes about 2 ms."""

AT_ONCE: Final = 8
"""Renewals under way at one Vault: many are due together after an outage, and mounts come first."""

PATIENCE: Final = 10.0
"""Seconds for one renewal; an engine may have to ask its database."""

_WORTH_REPORTING: Final = 2
"""Failures in a row: a failover of Vault is over by then."""

_REMEMBERED: Final = 1000


class Renewals:
    """Renews tokens and leases.

    Args:
        volumes: what is mounted.
        clusters: connections to Vault.
        session_pool: Vault tokens.
        time: the clock.
        observer: learns of every renewal.
        is_owner: whether the leases are this process's to renew.
        max_interval: seconds between two renewals of a lease at most, so that one which Vault has lost is noticed.
    """

    def __init__(
        self,
        volumes: volume_store.VolumeStore,
        clusters: cluster_pool.Clusters,
        session_pool: sessions.Sessions,
        time: clock.Clock,
        observer: observers.Observer,
        *,
        is_owner: Callable[[], bool] = lambda: True,
        max_interval: float = math.inf,
    ) -> None:
        self._volumes = volumes
        self._clusters = clusters
        self._sessions = session_pool
        self._time = time
        self._observer = observer
        self._is_owner = is_owner
        self._max_interval = max_interval
        self._backoff = backoff.Backoff(time)
        self._tasks = tasks.Tasks(_log, time)
        self._lanes: set[model.Target] = set()
        self._reported: cache.Bounded[Hashable, bool] = cache.Bounded(_REMEMBERED, time)

    def start(self) -> None:
        """Begin; inside a running loop."""
        self._tasks.every("look for what is due for renewal", TICK, self._look)

    async def close(self) -> None:
        """End, with what is under way."""
        await self._tasks.close()

    async def round(self) -> None:
        """One look, and all that came of it."""
        self._look()
        await self._tasks.join()

    def _look(self) -> None:
        if not self._is_owner():
            return
        now = self._time.monotonic()
        groups = token_leases.by_token(self._volumes, now)
        self._backoff.retain(_keys(groups))
        lanes: dict[model.Target, list[token_leases.TokenLeases]] = {}
        for group in groups:
            if not group.session.renewable:
                self._settle(group)
            if self._is_due(group, now):
                lanes.setdefault(group.identity.target, []).append(group)
        for target, due in lanes.items():
            if target not in self._lanes and not self._backoff.is_on(target):
                self._lanes.add(target)
                self._tasks.start("renew tokens and leases at one Vault", self._lane(target, due))

    def _is_due(self, group: token_leases.TokenLeases, now: float) -> bool:
        if self._backoff.is_on(_fault(group)):
            return False
        return self._is_token_due(group, now) or any(
            not self._backoff.is_on(cached.lease.id) for _, cached in group.due(now)
        )

    def _is_token_due(self, group: token_leases.TokenLeases, now: float) -> bool:
        return group.is_token_due(now) and not self._backoff.is_on(group.session)

    def _settle(self, group: token_leases.TokenLeases) -> None:
        """Have a token that is not renewed any more replaced before it ends, for the leases on it."""
        self._sessions.replace_in_time(group.identity, group.session)
        read = group.outlives()
        if read is not None:
            role = group.identity.login.role
            self._report_once(
                group,
                events.TokenEndsFirst(
                    who=group.origin,
                    role=role,
                    path=read.path,
                    hint=f"let the tokens of role {role} live longer (token_max_ttl, token_period)",
                ),
            )

    async def _lane(self, target: model.Target, groups: list[token_leases.TokenLeases]) -> None:
        """Renew what is due at one Vault: one token's where it was in trouble, else several at once."""
        failing = self._backoff.failures(target)
        waiting = iter(groups[:1] if failing else groups)

        async def work(cluster: failover.Cluster) -> None:
            for group in waiting:
                if self._backoff.is_on(target):
                    return
                try:
                    await self._tend(cluster, group)
                    for volume in group.volumes:
                        self._volumes.changed(volume)
                except Exception:  # noqa: BLE001 -- whatever it is, the others' turn comes
                    _log.exception("internal error")
                    self._backoff.failed(_fault(group))

        try:
            cluster = await self._clusters.get(target)
            await asyncio.gather(*(work(cluster) for _ in range(1 if failing else AT_ONCE)))
        except errors.VaultError as error:
            self._failed(target, renewal_results.of_failure(error).message)
        except Exception:  # noqa: BLE001 -- whatever it is, the next look comes
            _log.exception("internal error")
            self._failed(target, "internal error")
        finally:
            self._lanes.discard(target)
        if failing and not self._backoff.is_on(target):
            self._backoff.succeeded(target)
            if failing >= _WORTH_REPORTING:
                self._observer.observe(events.RenewalsRecovered(address=",".join(target.addresses)))

    def _failed(self, target: model.Target, why: str) -> None:
        if self._backoff.is_on(target):
            return
        if self._backoff.failed(target) == _WORTH_REPORTING:
            self._observer.observe(events.RenewalsFailing(address=",".join(target.addresses), why=why))

    async def _tend(self, cluster: failover.Cluster, group: token_leases.TokenLeases) -> None:
        now = self._time.monotonic()
        if self._is_token_due(group, now) and not await self._renew_token(cluster, group):
            return
        for read, cached in list(group.due(now)):
            if not group.session.renews_leases:
                cached.is_lost = True
            elif not self._backoff.is_on(cached.lease.id) and not await self._renew_lease(cluster, group, read, cached):
                return

    async def _renew_token(self, cluster: failover.Cluster, group: token_leases.TokenLeases) -> bool:
        """Whether the leases' turn comes."""
        sent = self._time.monotonic()
        vault = self._client(cluster, group, group.identity.login.namespace)
        result = await self._asked(vault, vault.renew_self(), renewal_results.of_token)
        if isinstance(result, renewal_results.Renewed):
            self._backoff.succeeded(group.session)
            self._sessions.extend(
                group.identity,
                group.session,
                ttl=result.ttl,
                renewable=result.renewable,
                sent=sent,
                spread=_chance(),
            )
            self._observer.observe(
                events.TokenRenewed(who=group.origin, role=group.identity.login.role, ttl=result.ttl)
            )
            return True
        match result.cause:
            case renewal_results.Cause.DENIED | renewal_results.Cause.OVER:
                self._sessions.replace_in_time(group.identity, group.session)
                self._report_once(
                    group,
                    events.TokenNotRenewable(who=group.origin, role=group.identity.login.role, why=result.message),
                )
                return True
            case renewal_results.Cause.TROUBLE:
                self._backoff.failed(group.session)
                self._observer.observe(
                    events.TokenRenewalFailed(who=group.origin, role=group.identity.login.role, why=result.message)
                )
                return True
            case _:
                return self._stopped(group, result)

    async def _renew_lease(
        self,
        cluster: failover.Cluster,
        group: token_leases.TokenLeases,
        read: model.Read,
        cached: response_cache.CachedResponse,
    ) -> bool:
        """Whether the next one's turn comes."""
        sent = self._time.monotonic()
        lease = cached.lease
        vault = self._client(cluster, group, read.namespace)
        result = await self._asked(vault, vault.renew_lease(lease.id, lease.ttl), renewal_results.of_lease)
        if isinstance(result, renewal_results.Renewed):
            self._backoff.succeeded(lease.id)
            cached.lease = leases.renewed(
                lease,
                ttl=result.ttl,
                renewable=result.renewable,
                sent=sent,
                spread=_chance(),
                max_interval=self._max_interval,
            )
            self._observer.observe(events.LeaseRenewed(who=group.origin, path=read.path, ttl=result.ttl))
            return True
        match result.cause:
            case renewal_results.Cause.DENIED:
                group.session.renews_leases = False
                # A check that is denied says nothing: the credentials are good until they are due.
                cached.is_lost = lease.is_due(sent)
                role = group.identity.login.role
                self._report_once(
                    group,
                    events.LeasesNotRenewable(
                        who=group.origin,
                        role=role,
                        path=read.path,
                        hint=f"give the policies of role {role} `update` on sys/leases/renew",
                    ),
                )
                return True
            case renewal_results.Cause.OVER if renewal_results.is_fixed(result):
                cached.lease = leases.fixed(lease)
                return True
            case renewal_results.Cause.OVER:
                cached.is_lost = True
                self._observer.observe(events.LeaseLost(who=group.origin, path=read.path, why=result.message))
                return True
            case renewal_results.Cause.TROUBLE:
                self._backoff.failed(lease.id)
                self._observer.observe(events.LeaseRenewalFailed(who=group.origin, path=read.path, why=result.message))
                return True
            case _:
                return self._stopped(group, result)

    def _stopped(self, group: token_leases.TokenLeases, refused: renewal_results.Refused) -> bool:
        """The token is dead, or Vault is down: nothing more to do for this token now."""
        if refused.cause is renewal_results.Cause.DEAD:
            self._sessions.forget(group.identity, group.session)
            self._observer.observe(events.TokenExpired(who=group.origin, role=group.identity.login.role))
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
            reporter=observers.Reporter(self._observer, group.origin),
            namespace=namespace,
            token=group.session.token,
            index=group.session.index,
        )

    def _report_once(
        self,
        group: token_leases.TokenLeases,
        event: events.TokenEndsFirst | events.TokenNotRenewable | events.LeasesNotRenewable,
    ) -> None:
        """Report what is so for a whole role once, not for each of its pods and at each renewal."""
        key = (group.identity.target, group.identity.login, type(event))
        if self._reported.get(key) is None:
            self._reported.put(key, True)
            self._observer.observe(event)


def _keys(groups: Iterable[token_leases.TokenLeases]) -> Iterator[Hashable]:
    for group in groups:
        yield group.identity.target
        yield group.session
        yield _fault(group)
        yield from (cached.lease.id for _, cached in group.responses)


def _fault(group: token_leases.TokenLeases) -> Hashable:
    """The key of a pause after a fault of ours."""
    return group.session, "fault"


def _chance() -> float:
    return random.random()  # noqa: S311 -- jitter
