"""Sends requests to one Vault: tries its addresses in turn within a deadline, follows a standby, queues bursts.

Every try starts at a configured address, never at the leader a standby once named: that leader may be the node that
died. Each try after the first uses a new connection, since the old one may be pinned to a sealed or frozen node.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Final
from urllib import parse

from provider import errors, model
from provider.base import clock
from provider.golang import gojson
from provider.observe import events, observers
from provider.vault import retry, transport

SLOTS: Final = 16
"""Mounts that read from one Vault at the same time. More cost memory at the peak and win no throughput."""

SLOT_TIME: Final = 0.25
"""Seconds after which a mount passes its slot to the next and goes on without one. The queue paces a burst and limits
nothing, so that mounts that hang never keep the others waiting."""

_REDIRECTS: Final = (301, 302, 303, 307, 308)

_MARGIN: Final = 0.05

_SHORTEST_TRY: Final = 0.5
"""Seconds that must remain for another try; a shorter one would only put its own time-out over the true cause."""


class Cluster:
    """One target's addresses and connections, shared by all mounts. Build it inside a running loop."""

    def __init__(
        self, target: model.Target, connections: transport.Transport, policy: retry.Policy, time: clock.Clock
    ) -> None:
        self.target = target
        self._connections = connections
        self._policy = policy
        self._time = time
        self._preferred = 0
        self._leader = ""
        self._queue = asyncio.Semaphore(SLOTS)

    @property
    def address(self) -> str:
        """The addresses as one text, for messages."""
        return ",".join(self.target.addresses)

    @property
    def opened(self) -> int:
        """Connections made so far."""
        return self._connections.opened

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A slot in the queue of this target, first come first served, for at most `SLOT_TIME`."""
        await self._queue.acquire()
        is_held = True

        def release() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._queue.release()

        timer = asyncio.get_running_loop().call_later(SLOT_TIME, release)
        try:
            yield
        finally:
            timer.cancel()
            release()

    async def call(
        self, request: transport.Request, *, deadline: float, reporter: observers.Reporter, rounds: int | None = None
    ) -> transport.Answer:
        """Send `request`, with as many tries as make sense, and return the answer, whatever it means.

        Args:
            request: what to send.
            deadline: the mount's end, in the clock's monotonic seconds.
            reporter: learns of each failed try, and of redirects.
            rounds: tries at each address, of which the last answer counts whatever it says; None for as many as make
                sense. One more follows at once where a kept connection had been closed.

        Raises:
            errors.VaultUnavailable: no try succeeded in time.
            errors.VaultFailed: a request that must not be sent twice got no answer.
            errors.BadReply: the answer is larger than we take.
            errors.TargetError: no try can ever succeed as this target is configured.
        """
        policy = self._policy
        if policy.patience is not None:
            deadline = min(deadline, self._time.monotonic() + policy.patience)
        start, count = self._preferred, len(self.target.addresses)
        flaky_since: float | None = None
        attempt = 0
        while True:
            index = (start + attempt) % count
            address = self.target.addresses[index]
            timeout = min(self._remaining(deadline), policy.try_time(once=request.once))
            outcome, decision = await self._try(address, request, attempt, timeout, reporter)
            if decision is None and isinstance(outcome, transport.Answer):
                self._preferred = index
                return outcome
            if decision is None and isinstance(outcome, transport.NoResponse):
                if outcome.hint is None or attempt + 1 >= count:
                    self._preferred = (index + 1) % count
                    raise self._permanent(address, request, outcome)
                decision = retry.Retry(outcome.message)
            assert decision is not None  # noqa: S101 -- for the type checker: both other cases returned or raised
            reporter.report(
                events.RequestRetried(
                    who=reporter.who, address=address, path=request.path, why=decision.message, tries=attempt + 1
                )
            )
            now = self._time.monotonic()
            flaky_since = (now if flaky_since is None else flaky_since) if decision.flaky else None
            attempt += 1
            pause = 0.0
            if attempt % count == 0 and not decision.at_once:
                pause = policy.pause(
                    attempt // count,
                    throttled=decision.throttled,
                    retry_after=decision.after,
                    chance=random.random(),  # noqa: S311 -- jitter
                )
            is_last = rounds is not None and attempt >= rounds * count and not decision.at_once
            is_permanent = flaky_since is not None and now + pause - flaky_since > policy.flaky
            if isinstance(outcome, transport.Answer) and (is_permanent or is_last):
                return outcome
            if isinstance(outcome, transport.NoResponse) and is_permanent:
                raise self._permanent(address, request, outcome)
            is_over = is_last or (policy.retries is not None and attempt >= (policy.retries + 1) * count)
            is_spent = now + pause + _SHORTEST_TRY >= deadline
            if is_over or is_spent:
                raise self._exhausted(address, request, decision, attempt, spent=is_spent)
            if pause:
                await self._time.sleep(pause)

    async def _try(
        self, address: str, request: transport.Request, attempt: int, seconds: float, reporter: observers.Reporter
    ) -> tuple[transport.Answer | transport.NoResponse, retry.Retry | None]:
        until = self._time.monotonic() + seconds
        try:
            answer = await self._connections.attempt(address, request, timeout=seconds, fresh=attempt > 0)
            if answer.status in _REDIRECTS:
                return await self._follow(answer, request, until, reporter, fresh=attempt > 0)
        except transport.NoResponse as failure:
            return failure, retry.after_no_response(failure, attempt, once=request.once)
        return answer, retry.after_answer(answer, once=request.once)

    async def _follow(
        self,
        answer: transport.Answer,
        request: transport.Request,
        until: float,
        reporter: observers.Reporter,
        *,
        fresh: bool,
    ) -> tuple[transport.Answer | transport.NoResponse, retry.Retry | None]:
        """One hop, and only to the leader of this very cluster: the request carries a token or a pod's identity."""
        leader = _base_url(answer.headers.get("Location", ""), answer.address)
        if (
            answer.status in (307, 308)
            and leader
            and await self._is_ours(leader, answer.address, self._remaining(until))
        ):
            reporter.report(events.RedirectFollowed(who=reporter.who, standby=answer.address, leader=leader))
            hop = await self._connections.attempt(leader, request, timeout=self._remaining(until), fresh=fresh)
            if hop.status not in _REDIRECTS:
                return hop, retry.after_answer(hop, once=request.once)
        self._leader = ""
        message = f"redirects to {leader or 'nowhere'}, which is not the leader of this cluster"
        failure = transport.NoResponse(
            message, maybe_sent=False, hint=f"write {leader} in vaultAddress if that is your Vault" if leader else None
        )
        # While a new leader is elected the standbys may still name the old one.
        return failure, (retry.Retry(message, answer.status, flaky=True) if answer.status in (307, 308) else None)

    def _remaining(self, until: float) -> float:
        return max(_MARGIN, until - self._time.monotonic())

    async def _is_ours(self, url: str, standby: str, seconds: float) -> bool:
        if not standby.startswith("http://") and url.startswith("http://"):
            return False
        if url == self._leader or url in map(_base_url, self.target.addresses):
            return True
        answer = await self._connections.attempt(
            standby, transport.Request("GET", "/v1/sys/leader"), timeout=seconds, fresh=False
        )
        try:
            named = _base_url(str(gojson.loads(answer.body).get("leader_address", "")))
        except (ValueError, AttributeError):
            return False
        if named == url:
            self._leader = url
        return named == url

    def _permanent(self, address: str, request: transport.Request, failure: transport.NoResponse) -> errors.VaultError:
        if failure.hint is not None:
            # What may have reached Vault shows that the way there is right: its answer is at fault (too large).
            kind = errors.BadReply if failure.maybe_sent else errors.TargetError
            return kind(f"Vault at {address}: {failure.message}", hint=failure.hint, path=request.path)
        return errors.VaultFailed(
            f"Vault at {address}: {failure.message}; {request.method} is not sent twice",
            hint="the request may have been carried out; the pod's next try sends it again",
            path=request.path,
        )

    def _exhausted(
        self, address: str, request: transport.Request, decision: retry.Retry, tries: int, *, spent: bool
    ) -> errors.VaultUnavailable:
        others = len(self.target.addresses) - 1
        also = f" (and {others} other address{'es' if others > 1 else ''})" if others else ""
        counted = f"{tries} {'tries' if tries > 1 else 'try'}"
        return errors.VaultUnavailable(
            f"Vault at {address}{also} {_as_sentence(decision.message)} after {counted}",
            status=decision.status,
            hint=_advice(decision, self.target),
            path=request.path,
            spent=spent,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()


def _base_url(url: str, base: str = "") -> str:
    try:
        parts = parse.urlsplit(parse.urljoin(base, url))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            return ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def _as_sentence(message: str) -> str:
    return message if message.startswith(("answered", "is ", "redirects")) else f"failed: {message}"


def _advice(decision: retry.Retry, target: model.Target) -> str:
    if decision.throttled:
        return "a rate limit quota of Vault is in force: raise it, or spread the load"
    if decision.message == "is sealed":
        return "unseal it; mounts succeed within seconds then"
    if decision.status is not None:
        return "see Vault's server log"
    if decision.broke and target.addresses[0].startswith("https://") and not target.tls.client_cert_path:
        # In TLS 1.3 a server that misses our certificate says so after the handshake, often just by hanging up.
        return "see Vault's server log; if it wants client certificates, set vaultTLSClientCertPath and ...KeyPath"
    return "check that this address is reachable from the node, and that Vault runs"
