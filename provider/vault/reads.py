"""Reads secrets for one mount, with one session that a login replaces when it turns out dead.

A 403 has two causes that need opposite cures. A dead token (expired, revoked, used up) needs a login and another try;
a policy denial needs neither, however often the pod is tried again. Vault's text tells them apart; where it does not
(older servers), the token is looked up.
"""

import asyncio
from typing import Final

from provider import errors, model
from provider.base import clock
from provider.observe import events
from provider.vault import faults, replies, sessions, transport

_MAX_USELESS: Final = 2
"""Sessions of one mount that may die without having served a single read, before we stop logging in."""

POLICIES_AGE: Final = 600.0
"""Seconds after a login from which on a denial may be due to its age: a role's policies are fixed at the login. Then
one new login is made; before that a denied path never causes one, however often the pod is tried again."""


class Reader:
    """Reads for one mount.

    Args:
        pool: gives sessions.
        caller: the mount.
        time: the clock that the caller's deadline is read from.
    """

    def __init__(self, pool: sessions.Pool, caller: sessions.Caller, time: clock.Clock) -> None:
        self._pool = pool
        self._caller = caller
        self._report = caller.reporter.report
        self._started = time.monotonic()
        self._current: sessions.Session | None = None
        self._renewing = asyncio.Lock()
        self._useless = 0

    async def open(self) -> sessions.Session:
        """Return the session, by login if need be.

        Called before any read, so that a refused login is reported once and not for every object.

        Raises:
            errors.VaultError: no login.
            errors.IdentityError: the mount has nothing to log in with.
        """
        return await self._session(None)

    async def read(self, read: model.Read) -> tuple[model.Reply, sessions.Session]:
        """Return what Vault answers to `read`, and the session that was given the answer.

        Raises:
            errors.VaultError: nothing usable came back; says why, and what to change.
        """
        session = await self._session(None)
        while True:
            answer = await self._caller.client(read.namespace, session).read(read)
            if answer.status != 403:
                session.served = session.served or answer.status < 500
                return await self._understand(answer, read, session), session
            if await self._is_dead(session, read, answer):
                session.mark_dead()
                role = self._caller.identity.login.role
                self._report(events.TokenExpired(who=self._caller.reporter.who, role=role, path=read.path))
            elif session.born < self._started - POLICIES_AGE:
                # Policies given to the role after the login count from the next one.
                self._report(events.DeniedWithOldToken(who=self._caller.reporter.who, path=read.path))
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
            self._report(events.VaultWarned(who=self._caller.reporter.who, path=read.path, warning=warning))
        return reply

    async def _session(self, dead: sessions.Session | None) -> sessions.Session:
        """The mount's session, a new one in place of `dead`; reads that find the same one dead share one login."""
        async with self._renewing:
            if self._current is not None and self._current is not dead:
                return self._current
            if dead is not None and dead.born >= self._started and not dead.served:
                self._useless += 1
            if self._useless > _MAX_USELESS:
                raise errors.LoginRefused(
                    f"Vault at {self._caller.cluster.address} does not accept the tokens it has just issued for "
                    f"{self._caller.identity.login}",
                    status=403,
                    hint="check the role's token_num_uses and token_ttl, and the clocks of the Vault servers",
                )
            self._current = await self._pool.open(self._caller, dead=dead)
            self._caller.given(self._current)
            return self._current

    async def _is_dead(self, session: sessions.Session, read: model.Read, answer: transport.Answer) -> bool:
        """Whether this 403 is for the token. In doubt a token made within this mount counts as alive."""
        result = faults.is_dead_token(answer)
        if result is None and read in session.denied:
            return False
        if result is None:
            namespace = self._caller.identity.login.namespace
            looked_up = await self._caller.client(namespace, session).look_up_self()
            result = False if looked_up.status == 200 else faults.is_dead_token(looked_up)
        return session.born < self._started if result is None else result
