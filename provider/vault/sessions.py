"""Vault tokens: one login a pod identity, kept until shortly before it ends, made again when it turns out dead.

A session belongs to one identity: who (pod, service account), as what (role, mount, namespace), where (target). Two
pods never share one. Concurrent mounts of one identity join the same login. A lease dies with its token, so `expires`
bounds both: from then on the token is no longer handed out, and what hangs on it is asked for anew with another.
"""

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from provider import errors, model
from provider.base import cache, clock, secret
from provider.observe import watch as watching
from provider.vault import client, failover, faults, leases, login_backoff, transport

_EARLY_SHARE: Final = 0.1
_EARLY_MOST: Final = 30.0
"""A token is given up a tenth of its TTL, at most so many seconds, before its end: a mount must finish with it."""

_NOBODY: Final = model.Origin()


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
        index: X-Vault-Index of the login, "" where the server is no performance replica.
        context: for error texts.
        accessor: the token's accessor, no secret: Vault's audit log names it.
        born: the clock's monotonic seconds of the login.
        expires: the same, at which it is no longer handed out, nor anything that hangs on it.
        served: whether any read has succeeded with it; a token that dies after that was used up or revoked.
        denied: reads that were refused while the token was proven alive.
        ttl: seconds that the login granted, 0 for a token that never ends.
        ends: monotonic seconds at which Vault ends it, unless it is renewed.
        due: monotonic seconds at which it is renewed, while leases hang on it.
        renewable: whether a renewal is worth a try.
        renews_leases: whether renewing a lease with it is.
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

    def died(self) -> None:
        """Vault does not know the token any more: its leases are gone as well."""
        self.expires = self.ends = -math.inf
        self.renewable = False


JwtSource = Callable[[], Awaitable[secret.Secret]]
"""How to come by the pod's service-account token; asked only when a login is needed."""


class Pool(Protocol):
    """Where a mount gets its session from: by login (`Sessions`), or from a token that is there (`Given`)."""

    async def open(
        self,
        identity: Identity,
        cluster: failover.Cluster,
        jwt: JwtSource,
        *,
        deadline: float,
        watch: watching.Watch,
        origin: model.Origin = _NOBODY,
        dead: Session | None = None,
    ) -> Session:
        """A live session; see `Sessions.open`."""


class Given:
    """One Vault token that somebody already has, for work at a desk. `source` says where it came from."""

    def __init__(self, token: secret.Secret, source: str) -> None:
        self._token = token
        self._source = source

    async def open(
        self,
        identity: Identity,
        cluster: failover.Cluster,
        jwt: JwtSource,  # noqa: ARG002 -- the protocol's own signature
        *,
        deadline: float,  # noqa: ARG002
        watch: watching.Watch,  # noqa: ARG002
        origin: model.Origin = _NOBODY,  # noqa: ARG002
        dead: Session | None = None,
    ) -> Session:
        """The session of that token.

        Raises:
            errors.LoginRefused: Vault does not accept it.
        """
        if dead is not None:
            raise errors.LoginRefused(
                f"Vault at {cluster.address} does not accept the token of {self._source}",
                status=403,
                hint="it may have expired: log in again",
            )
        return Session(self._token, "", faults.Context(cluster.address, identity.login, identity.pod))


class Sessions:
    """All sessions of this process. `limit` of them are kept (-cache-size); 0 keeps none."""

    def __init__(self, limit: int, time: clock.Clock) -> None:
        self._kept: cache.Bounded[Identity, Session] = cache.Bounded(limit, time)
        self._logins: cache.SingleFlight[Identity, Session] = cache.SingleFlight()
        self._refused = login_backoff.LoginBackoff(time)
        self._time = time

    async def open(
        self,
        identity: Identity,
        cluster: failover.Cluster,
        jwt: JwtSource,
        *,
        deadline: float,
        watch: watching.Watch,
        origin: model.Origin = _NOBODY,
        dead: Session | None = None,
    ) -> Session:
        """A live session, by login if need be.

        Args:
            identity: whose.
            cluster: the way to its Vault.
            jwt: gives the pod's token.
            deadline: the mount's end, in monotonic seconds.
            watch: the mount's observer.
            origin: which mount it is, for Vault's audit log.
            dead: the session that turned out dead, which must not come back.

        Raises:
            errors.LoginRefused: Vault did not accept the token or the role, now or a moment ago.
            errors.VaultError: the login could not be made.
            errors.IdentityError: no token for the pod.
        """
        while True:
            held = self._kept.get(identity)
            if held is not None and held is not dead:
                return held
            if held is not None:
                self._kept.drop(identity)

            self._refused.check(identity)
            joined = True

            async def log_in() -> Session:
                nonlocal joined
                joined = False
                with watch.timed("logged in", address=cluster.address, auth=identity.login.mount):
                    token = await jwt()
                    vault = client.Client(
                        cluster, namespace=identity.login.namespace, deadline=deadline, watch=watch, origin=origin
                    )
                    return await self._log_in(identity, vault, cluster.address, token)

            try:
                return await self._logins.run(identity, log_in)
            except (errors.VaultUnavailable, errors.DeadlineSpent):
                # A login that was another mount's may have ended with that mount's time; ours goes on.
                if self._time.monotonic() + 1.0 >= deadline or not joined:
                    raise

    def kept(self, identity: Identity) -> Session | None:
        """The session that the next mount of `identity` would get without a login."""
        return self._kept.get(identity)

    def extended(
        self, identity: Identity, session: Session, *, ttl: float, renewable: bool, asked: float, spread: float
    ) -> None:
        """Vault has renewed the token: it is handed out for longer.

        A renewal that grants clearly less than the login did has met the max TTL; then it was the last.

        Args:
            identity: whose.
            session: which.
            ttl: what the renewal granted, in seconds.
            renewable: what Vault says now.
            asked: when the renewal was sent, in monotonic seconds.
            spread: 0 to 1, this token's place in the jitter.
        """
        if ttl > 0.0:
            session.ends, session.expires = asked + ttl, asked + ttl - _early(ttl)
            session.due = leases.token_due(ttl, asked, spread)
        session.renewable = renewable and leases.goes_on(ttl, session.ttl)
        if session.renewable:
            self._keep(identity, session)
        else:
            self.replace_in_time(identity, session)

    def replace_in_time(self, identity: Identity, session: Session) -> None:
        """Leases hang on a token that is not renewed any more: it is given up while there is time for new files."""
        session.renewable = False
        until = session.ends - leases.margin(session.ttl)
        if until < session.expires:
            session.expires = until
            self._keep(identity, session)

    def forget(self, identity: Identity, session: Session) -> None:
        """The token is dead, or about to be: it is never handed out again."""
        session.died()
        if self._kept.get(identity) is session:
            self._kept.drop(identity)

    def restore(self, identity: Identity, session: Session) -> None:
        """Take in the session of an earlier process, unless there is one again."""
        self._keep(identity, session)

    def _keep(self, identity: Identity, session: Session) -> None:
        if self._kept.get(identity) in (None, session):
            self._kept.put(identity, session, session.expires)

    async def _log_in(self, identity: Identity, vault: client.Client, address: str, jwt: secret.Secret) -> Session:
        login = identity.login
        context = faults.Context(address, login, identity.pod)
        asked = self._time.monotonic()
        answer = await vault.log_in(login.mount, login.role, jwt)
        if answer.status != 200:
            error = faults.of_login(answer, jwt, context)
            if isinstance(error, errors.LoginRefused):
                self._refused.refused(identity, error)
            raise error
        self._refused.accepted(identity)
        auth = faults.parse(answer, f"POST auth/{login.mount}/login", hint=faults.NOT_VAULT).get("auth")
        session = _session(auth, answer, context, asked, random.random())  # noqa: S311 -- jitter
        self._kept.put(identity, session, session.expires)
        return session


def _session(
    auth: Any,  # noqa: ANN401
    answer: transport.Answer,
    context: faults.Context,
    asked: float,
    spread: float,
) -> Session:
    token = auth.get("client_token") if isinstance(auth, dict) else None
    if type(token) is not str or not token or not (token.isascii() and token.isprintable()):
        raise errors.BadReply(
            f"Vault at {answer.address} answered the login for {context.who} with {answer.status_text}, "
            "but with no token",
            status=answer.status,
            hint="check that this mount is a kubernetes or jwt auth method, and that its role wants no second factor",
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
        born=asked,
        expires=asked + ttl - _early(ttl) if ttl else math.inf,
        ttl=ttl,
        ends=asked + ttl if ttl else math.inf,
        due=leases.token_due(ttl, asked, spread),
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
