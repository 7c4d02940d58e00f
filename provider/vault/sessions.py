"""Keeps Vault tokens: logs in once per pod identity, and again shortly before a token ends or when it turns out dead.

A session belongs to one identity: who (pod, service account), as what (role, mount, namespace), where (target). Two
pods never share one. Concurrent mounts of one identity join the same login. A lease ends with its token, so `expires`
bounds both: from then on the token is no longer given out, and what depends on it is requested again with another.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from provider import errors, model
from provider.base import cache, clock, secret
from provider.observe import events, observers
from provider.vault import client, failover, faults, leases, login_backoff, transport
from provider.vault.auth import method

_EARLY_SHARE: Final = 0.1
_EARLY_MOST: Final = 30.0
"""A token is given out up to a tenth of its TTL, at most so many seconds, before its end: a mount has to finish."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose session it is; the key of the cache.

    `mark` sets apart what nothing else does: mounts whose caller does not say which pod they are for.
    """

    target: model.Target
    login: model.Login
    pod: model.Pod
    mark: str = ""


@dataclass(slots=True, eq=False)
class Session:
    """A Vault token and what is known of it.

    Attributes:
        token: the token.
        index: X-Vault-Index of the login, "" where the server is not a performance replica.
        context: for error texts.
        accessor: the token's accessor, which is not secret: Vault's audit log names it.
        born: the clock's monotonic seconds of the login.
        expires: the same, from which on neither it nor anything that depends on it is given out.
        served: whether any read has succeeded with it; a token that dies after that was used up or revoked.
        denied: reads that were refused while the token was proven alive.
        ttl: seconds that the login granted, 0 for a token that never ends.
        ends: monotonic seconds at which Vault ends it, unless it is renewed.
        due: monotonic seconds at which it is renewed, while leases depend on it.
        renewable: whether a renewal is worth a try.
        renews_leases: whether renewing a lease with it is worth a try.
        is_batch: whether it is a batch token, which can be neither renewed nor revoked.
    """

    token: secret.Secret
    index: str
    context: faults.Context
    accessor: str = ""
    born: float = 0.0
    expires: float = math.inf
    served: bool = False
    denied: set[model.Read] = field(default_factory=set)
    ttl: float = 0.0
    ends: float = math.inf
    due: float = math.inf
    renewable: bool = False
    renews_leases: bool = True
    is_batch: bool = False

    def mark_dead(self) -> None:
        """Note that Vault does not know the token any more, so that its leases have ended too."""
        self.expires = self.ends = -math.inf
        self.renewable = False


@dataclass(frozen=True, slots=True)
class Caller:
    """One mount that needs a session.

    Attributes:
        identity: whose session.
        cluster: its Vault.
        auth_method: how it logs in.
        sources: what its call brings to log in with.
        deadline: the mount's end, in monotonic seconds.
        reporter: learns of logins, retries and the like.
        given: called with each session that the mount is given.
    """

    identity: Identity
    cluster: failover.Cluster
    auth_method: method.Method
    sources: method.Sources
    deadline: float
    reporter: observers.Reporter
    given: Callable[[Session], None] = lambda _: None

    def client(self, namespace: str, session: Session | None = None) -> client.Client:
        """Vault's API for this mount, with the token of `session` if there is one."""
        return client.Client(
            self.cluster,
            deadline=self.deadline,
            reporter=self.reporter,
            namespace=namespace,
            token=session.token if session else None,
            index=session.index if session else "",
        )


class Pool(Protocol):
    """Gives a mount its session: by login (`Sessions`), or from a token that exists (`fixed_token.FixedToken`)."""

    async def open(self, caller: Caller, *, dead: Session | None = None) -> Session:
        """Return a live session; see `Sessions.open`."""


class Sessions:
    """All sessions of this process. `limit` of them are kept (-cache-size); 0 keeps none."""

    def __init__(self, limit: int, time: clock.Clock) -> None:
        self._sessions: cache.Bounded[Identity, Session] = cache.Bounded(limit, time)
        self._logins: cache.SingleFlight[Identity, Session] = cache.SingleFlight()
        self._backoff = login_backoff.LoginBackoff(time)
        self._time = time

    async def open(self, caller: Caller, *, dead: Session | None = None) -> Session:
        """Return a live session, by login if need be.

        Args:
            caller: the mount.
            dead: the session that turned out dead, which must not be returned again.

        Raises:
            errors.LoginRefused: Vault did not accept the credentials or the role, now or a moment ago.
            errors.VaultError: the login could not be made.
            errors.IdentityError: the mount has nothing to log in with.
        """
        identity = caller.identity
        while True:
            found = self._sessions.get(identity)
            if found is not None and found is not dead:
                return found
            if found is not None:
                self._sessions.drop(identity)

            self._backoff.check(identity)
            joined = True

            async def log_in() -> Session:
                nonlocal joined
                joined = False
                return await self._reported_log_in(caller)

            try:
                return await self._logins.run(identity, log_in)
            except (errors.VaultUnavailable, errors.DeadlineSpent):
                # A login that was another mount's may have ended with that mount's time; ours goes on.
                if self._time.monotonic() + 1.0 >= caller.deadline or not joined:
                    raise

    def find(self, identity: Identity) -> Session | None:
        """The session that the next mount of `identity` would get without a login."""
        return self._sessions.get(identity)

    def extend(
        self, identity: Identity, session: Session, *, ttl: float, renewable: bool, sent: float, spread: float
    ) -> None:
        """Give out a token for longer, since Vault has renewed it.

        A renewal that grants clearly less than the login did has reached the max TTL; then it was the last.

        Args:
            identity: whose.
            session: which.
            ttl: what the renewal granted, in seconds.
            renewable: what Vault says now.
            sent: when the renewal was sent, in monotonic seconds.
            spread: 0 to 1, this token's place in the jitter.
        """
        if ttl > 0.0:
            session.ends, session.expires = sent + ttl, sent + ttl - _early(ttl)
            session.due = leases.token_due(ttl, sent, spread)
        session.renewable = renewable and leases.is_worth_renewing(ttl, session.ttl)
        if session.renewable:
            self._keep(identity, session)
        else:
            self.replace_in_time(identity, session)

    def replace_in_time(self, identity: Identity, session: Session) -> None:
        """Stop giving out a token that leases depend on and that is not renewed any more, in time for new files."""
        session.renewable = False
        until = session.ends - leases.margin(session.ttl)
        if until < session.expires:
            session.expires = until
            self._keep(identity, session)

    def forget(self, identity: Identity, session: Session) -> None:
        """Never give out a token again: it is dead, or about to be."""
        session.mark_dead()
        if self._sessions.get(identity) is session:
            self._sessions.drop(identity)

    def withhold(self, identity: Identity, session: Session) -> None:
        """Never give out a token again that lives, and is about to be revoked."""
        session.expires = -math.inf
        session.renewable = False
        if self._sessions.get(identity) is session:
            self._sessions.drop(identity)

    def restore(self, identity: Identity, session: Session) -> None:
        """Take the session of an earlier process, unless there is a new one."""
        self._keep(identity, session)

    def _keep(self, identity: Identity, session: Session) -> None:
        if self._sessions.get(identity) in (None, session):
            self._sessions.put(identity, session, session.expires)

    async def _reported_log_in(self, caller: Caller) -> Session:
        started, login, who = self._time.monotonic(), caller.identity.login, caller.reporter.who
        address = caller.cluster.address
        try:
            session = await self._log_in(caller)
        except errors.ProviderError as error:
            caller.reporter.report(
                events.LoginFailed(
                    who=who,
                    address=address,
                    auth=login.mount,
                    role=login.role,
                    reason=error.reason,
                    seconds=self._time.monotonic() - started,
                )
            )
            raise
        caller.reporter.report(
            events.LoggedIn(
                who=who,
                address=address,
                auth=login.mount,
                role=login.role,
                accessor=session.accessor,
                seconds=self._time.monotonic() - started,
            )
        )
        return session

    async def _log_in(self, caller: Caller) -> Session:
        identity, login = caller.identity, caller.identity.login
        context = faults.Context(caller.cluster.address, login, identity.pod)
        credentials = await caller.auth_method.credentials(caller.sources)
        vault = caller.client(login.namespace)
        sent = self._time.monotonic()
        answer = await caller.auth_method.log_in(vault, login, credentials)
        if answer.status != 200:
            error = faults.of_login(
                answer,
                tuple(credentials.values()),
                context,
                lambda words: caller.auth_method.advice(method.Refusal(words, login, identity.pod, credentials)),
            )
            if isinstance(error, errors.LoginRefused):
                self._backoff.refused(identity, error)
            raise error
        self._backoff.accepted(identity)
        auth = faults.parse(answer, f"POST auth/{login.mount}/login", hint=faults.NOT_VAULT).get("auth")
        spread = random.random()  # noqa: S311 -- jitter
        session = _session(auth, answer, context, expected=caller.auth_method.description, sent=sent, spread=spread)
        self._sessions.put(identity, session, session.expires)
        return session


def _session(
    auth: Any,  # noqa: ANN401
    answer: transport.Answer,
    context: faults.Context,
    *,
    expected: str,
    sent: float,
    spread: float,
) -> Session:
    token = auth.get("client_token") if isinstance(auth, dict) else None
    if type(token) is not str or not token or not (token.isascii() and token.isprintable()):
        raise errors.BadReply(
            f"Vault at {answer.address} answered the login for {context.login} with {answer.status_text}, "
            "but with no token",
            status=answer.status,
            hint=f"check that this mount is {expected}, and that its role wants no second factor",
        )
    ttl = _seconds(auth.get("lease_duration"))
    policies = auth.get("policies")
    named = tuple(str(name) for name in policies) if isinstance(policies, list) else ()
    index = answer.headers.get("X-Vault-Index", "")
    # Every request costs a token with num_uses one of its uses; none are spent on renewals.
    is_counted = _seconds(auth.get("num_uses")) > 0
    return Session(
        token=secret.Secret(token),
        index=index if index.isascii() and index.isprintable() else "",
        context=faults.Context(context.address, context.login, context.pod, named),
        accessor=str(auth.get("accessor") or ""),
        born=sent,
        expires=sent + ttl - _early(ttl) if ttl else math.inf,
        ttl=ttl,
        ends=sent + ttl if ttl else math.inf,
        due=leases.token_due(ttl, sent, spread),
        renewable=auth.get("renewable") is True and not is_counted,
        renews_leases=not is_counted,
        is_batch=auth.get("token_type") == "batch",
    )


def _early(ttl: float) -> float:
    return min(ttl * _EARLY_SHARE, _EARLY_MOST)


def _seconds(value: object) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return 0.0
