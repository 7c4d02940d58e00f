"""Revokes Vault tokens that no volume depends on any more, where an SPC asked for it.

The ledger says which. It is asked again before each request: a token that is in use again is left alone. What fails is
tried again for as long as the token lives, also by the next process; what Vault denies is reported, and the token ends
with its TTL.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from provider import errors, model, settings
from provider.base import backoff, clock, tasks
from provider.observe import events, observers
from provider.service.volumes import token_ledger
from provider.vault import client, cluster_pool, renewal_results, sessions

_log: Final = logging.getLogger("provider.revocation")

GRACE: Final = 10.0
"""Seconds between the end of a token's last user and its own. The API server may call a pod gone while the kubelet, cut
off from it, still ends its containers: they close their connections with the credentials they have. A shared identity
may have a new pod by then."""

LOOK: Final = 1.0
"""Seconds between two looks at the ledger."""

REPORTED: Final = 5
"""Failures in a row after which it is reported that a token could not be revoked; it is tried further."""

_AT_ONCE: Final = 8
_PATIENCE: Final = 10.0

_FINAL: Final = (renewal_results.Cause.DENIED, renewal_results.Cause.UNCLEAR)
_DONE: Final = (renewal_results.Cause.DEAD, renewal_results.Cause.OVER)


class Revocation:
    """Revokes what leaves the ledger.

    Args:
        ledger: which volumes depend on which token.
        clusters: connections to Vault.
        session_pool: Vault tokens.
        time: the clock.
        observer: learns what was revoked.
        is_owner: whether the tokens are this process's to revoke.
        grace: see `GRACE`.
    """

    def __init__(
        self,
        ledger: token_ledger.Ledger,
        clusters: cluster_pool.Clusters,
        session_pool: sessions.Sessions,
        time: clock.Clock,
        observer: observers.Observer,
        *,
        is_owner: Callable[[], bool] = lambda: True,
        grace: float = GRACE,
    ) -> None:
        self._ledger = ledger
        self._clusters = clusters
        self._sessions = session_pool
        self._time = time
        self._observer = observer
        self._is_owner = is_owner
        self._grace = grace
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._backoff = backoff.Backoff(time)
        self._under_way: set[token_ledger.Entry] = set()
        self._tasks = tasks.Tasks(_log, time)

    def start(self) -> None:
        """Begin; inside a running loop."""
        self._tasks.every("look for tokens to revoke", LOOK, self._look)

    async def round(self) -> None:
        """One look, and all that came of it."""
        self._look()
        await self._tasks.join()

    async def close(self, patience: float = settings.SHUTDOWN.revoke) -> None:
        """Revoke at once what waits for its grace, within `patience` seconds, and end."""
        self._grace = 0.0
        self._look()
        await self._tasks.close(patience)

    def _look(self) -> None:
        if not self._is_owner():
            return
        due = self._ledger.due(self._grace)
        self._backoff.retain(due)
        for entry in due:
            if entry not in self._under_way and not self._backoff.is_on(entry):
                self._under_way.add(entry)
                # All of them at once, before the first request: nobody shall be given one that is about to be revoked.
                self._sessions.withhold(entry.identity, entry.session)
                self._tasks.start("revoke a token", self._revoke(entry))

    async def _revoke(self, entry: token_ledger.Entry) -> None:
        """Revoke one token; a batch token cannot be, so its leases are, one by one."""
        try:
            if entry.session.is_batch:
                orders = [(namespace, lease) for lease, namespace in entry.leases.items()]
            else:
                orders = [(entry.identity.login.namespace, "")]
            for namespace, lease in orders:
                async with self._places:
                    if not entry.is_leaving or self._time.monotonic() >= entry.session.ends:
                        return
                    refused = await self._order(entry, namespace, lease)
                if refused is None or refused.cause in _DONE:
                    entry.leases.pop(lease, None)
                    continue
                self._failed(entry, refused, lease)
                return
            self._ledger.end(entry)
            if orders:
                role = entry.identity.login.role
                self._observer.observe(events.Revoked(who=_who(entry), role=role, batch=entry.session.is_batch))
        finally:
            self._under_way.discard(entry)

    def _failed(self, entry: token_ledger.Entry, refused: renewal_results.Refused, lease: str) -> None:
        failures = self._backoff.failed(entry)
        is_final = refused.cause in _FINAL
        if is_final or failures == REPORTED:
            role = entry.identity.login.role
            path = "sys/leases/revoke" if lease else "auth/token/revoke-self"
            default = "" if lease else ", as Vault's default policy does"
            self._observer.observe(
                events.RevocationFailed(
                    who=_who(entry),
                    role=role,
                    what="a lease of a batch token" if lease else "a vault token",
                    why=refused.message,
                    hint=f"give role {role} `update` on {path}{default}",
                )
            )
        if is_final:
            self._ledger.end(entry)

    async def _order(self, entry: token_ledger.Entry, namespace: str, lease: str) -> renewal_results.Refused | None:
        try:
            vault = client.Client(
                await self._clusters.get(entry.identity.target),
                deadline=self._time.monotonic() + _PATIENCE,
                reporter=observers.Reporter(self._observer, _who(entry)),
                namespace=namespace,
                token=entry.session.token,
                index=entry.session.index,
            )
            answer = await (vault.revoke_lease(lease) if lease else vault.revoke_self())
            result = renewal_results.of_revocation(answer)
        except errors.VaultError as error:
            result = renewal_results.of_failure(error)
        return result if isinstance(result, renewal_results.Refused) else None


def _who(entry: token_ledger.Entry) -> model.Origin:
    return entry.left_by.origin if entry.left_by is not None else model.Origin()
