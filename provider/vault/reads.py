"""The reads of one mount, with one session that is renewed by login when it proves dead.

A 403 has two causes that need opposite cures. A dead token (expired, revoked, used up) needs a login and another try;
a policy denial needs neither, however often the pod is tried again. Vault's words tell them apart; where they do not
(older servers), the token is asked about itself.
"""

import asyncio
from typing import Final

from provider import errors, model
from provider.base import clock
from provider.observe import watch as watching
from provider.vault import client, failover, faults, replies, sessions, transport

_BARREN_MOST: Final = 2
"""Sessions of one mount that may die without having served a single read, before we stop logging in."""


POLICIES_AGE: Final = 600.0
"""Seconds after a login from which on a denial may be its age's fault: a role's policies are fixed at the login. Then
one new login is made; before that a denied path never causes one, however often the pod is tried again."""


class Reader:
    """Reads for one mount.

    Args:
        cluster: the way to Vault.
        pool: where sessions are kept.
        identity: whose reads.
        jwt: gives the pod's token when a login is needed.
        deadline: the mount's end, in monotonic seconds.
        time: the clock the deadline is read from.
        watch: the mount's observer.
        origin: which mount it is, for Vault's audit log.
    """

    def __init__(
        self,
        cluster: failover.Cluster,
        pool: sessions.Pool,
        identity: sessions.Identity,
        jwt: sessions.JwtSource,
        *,
        deadline: float,
        time: clock.Clock,
        watch: watching.Watch,
        origin: model.Origin = model.Origin(),  # noqa: B008 -- frozen
    ) -> None:
        self._cluster = cluster
        self._pool = pool
        self._identity = identity
        self._jwt = jwt
        self._deadline = deadline
        self._watch = watch
        self._origin = origin
        self._started = time.monotonic()
        self._current: sessions.Session | None = None
        self._renewing = asyncio.Lock()
        self._barren = 0

    async def open(self) -> sessions.Session:
        """The session, by login if need be: done first, so that a refused login is told once and not by every object.

        Raises:
            errors.VaultError: no login.
            errors.IdentityError: no token for the pod.
        """
        return await self._session(None)

    async def read(self, read: model.Read) -> model.Reply:
        """What Vault answers to `read`.

        Raises:
            errors.VaultError: nothing usable came back; says why, and what to change.
        """
        session = await self._session(None)
        while True:
            with self._watch.timed("read", method=read.method, path=read.path, namespace=read.namespace or "-"):
                answer = await self._client(session, read.namespace).read(read)
            if answer.status != 403:
                session.served = session.served or answer.status < 500
                return await self._understand(answer, read, session)
            if await self._is_dead(session, read, answer):
                session.died()
                self._watch.step("the vault token is dead", path=read.path)
            elif session.born < self._started - POLICIES_AGE:
                # Policies given to the role after the login count from the next one.
                self._watch.step("denied with an old vault token", path=read.path)
            else:
                session.denied.add(read)
                raise faults.of_read(answer, read, session.context)
            session = await self._session(session)

    async def _understand(self, answer: transport.Answer, read: model.Read, session: sessions.Session) -> model.Reply:
        if len(answer.body) < model.LARGE:
            reply = replies.of_read(answer, read, session.context)
        else:
            reply = await asyncio.to_thread(replies.of_read, answer, read, session.context)
        for warning in reply.warnings:
            self._watch.step("vault warns", path=read.path, warning=warning)
        return reply

    async def _session(self, dead: sessions.Session | None) -> sessions.Session:
        """The mount's session, a new one in place of `dead`; reads that find the same one dead share one login."""
        async with self._renewing:
            if self._current is not None and self._current is not dead:
                return self._current
            if dead is not None and dead.born >= self._started and not dead.served:
                self._barren += 1
            if self._barren > _BARREN_MOST:
                raise errors.LoginRefused(
                    f"Vault at {self._cluster.address} does not accept the tokens it has just issued for "
                    f"{self._identity.login.role}",
                    status=403,
                    hint="check the role's token_num_uses and token_ttl, and the clocks of the Vault servers",
                )
            self._current = await self._pool.open(
                self._identity,
                self._cluster,
                self._jwt,
                deadline=self._deadline,
                watch=self._watch,
                origin=self._origin,
                dead=dead,
            )
            return self._current

    def _client(self, session: sessions.Session, namespace: str) -> client.Client:
        return client.Client(
            self._cluster,
            deadline=self._deadline,
            watch=self._watch,
            namespace=namespace,
            token=session.token,
            index=session.index,
            origin=self._origin,
        )

    async def _is_dead(self, session: sessions.Session, read: model.Read, answer: transport.Answer) -> bool:
        """Whether this 403 is for the token. In doubt a token made within this mount counts as alive."""
        result = faults.is_dead_token(answer)
        if result is None and read in session.denied:
            return False
        if result is None:
            asked = await self._client(session, self._identity.login.namespace).look_up_self()
            result = False if asked.status == 200 else faults.is_dead_token(asked)
        return session.born < self._started if result is None else result
