"""One Vault as we reach it: its addresses in turn, tries inside a deadline, a standby's redirect, a fair queue.

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
from provider.observe import watch as watching
from provider.vault import retry, transport

PLACES: Final = 16
"""Mounts that read from one Vault at the same time. More cost memory at the peak and win no throughput."""

PLACE_TIME: Final = 0.25
"""Seconds after which a mount gives its place to the next and goes on without. The queue paces a burst; it is no
limit, so that mounts that hang never keep the others waiting."""

_REDIRECTS: Final = (301, 302, 303, 307, 308)

_MARGIN: Final = 0.05

_WORTH_A_TRY: Final = 0.5
"""Seconds that must be left for another try; a shorter one would only put its own time-out over the true cause."""


class Cluster:
    """The way to one target, shared by all mounts. Build it inside a running loop."""

    def __init__(
        self, target: model.Target, connections: transport.Transport, policy: retry.Policy, time: clock.Clock
    ) -> None:
        self.target = target
        self._connections = connections
        self._policy = policy
        self._time = time
        self._good = 0
        self._leader = ""
        self._queue = asyncio.Semaphore(PLACES)

    @property
    def address(self) -> str:
        """The addresses as one text, for people."""
        return ",".join(self.target.addresses)

    @property
    def opened(self) -> int:
        """Connections made so far."""
        return self._connections.opened

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place in the queue of this target, first come first served, for at most `PLACE_TIME`."""
        await self._queue.acquire()
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._queue.release()

        timer = asyncio.get_running_loop().call_later(PLACE_TIME, leave)
        try:
            yield
        finally:
            timer.cancel()
            leave()

    async def call(
        self, request: transport.Request, *, deadline: float, watch: watching.Watch, rounds: int | None = None
    ) -> transport.Answer:
        """The answer to `request`, whatever its meaning, after as many tries as make sense.

        Args:
            request: what to send.
            deadline: the mount's end, in the clock's monotonic seconds.
            watch: the mount's observer; each failed try is a step.
            rounds: tries at each address, of which the last answer counts whatever it says; None for as many as make
                sense. One more follows at once where a kept connection had been closed.

        Raises:
            errors.VaultUnavailable: no try succeeded in time.
            errors.VaultFailed: a request that is sent once only was lost on its way or back.
            errors.BadReply: the answer is larger than we take.
            errors.TargetError: no try can ever succeed as this target is configured.
        """
        policy = self._policy
        if policy.patience is not None:
            deadline = min(deadline, self._time.monotonic() + policy.patience)
        start, count = self._good, len(self.target.addresses)
        flaky_since: float | None = None
        attempt = 0
        while True:
            place = (start + attempt) % count
            address = self.target.addresses[place]
            timeout = min(self._left(deadline), policy.try_time(once=request.once))
            outcome, again = await self._try(address, request, attempt, timeout, watch)
            if again is None and isinstance(outcome, transport.Answer):
                self._good = place
                return outcome
            if again is None and isinstance(outcome, transport.Lost):
                if outcome.hint is None or attempt + 1 >= count:
                    self._good = (place + 1) % count
                    raise self._hopeless(address, request, outcome)
                again = retry.Retry(outcome.message)
            assert again is not None  # noqa: S101 -- for the type checker: both other cases returned or raised
            watch.step("vault did not answer", address=address, path=request.path, why=again.message, tries=attempt + 1)
            now = self._time.monotonic()
            flaky_since = (now if flaky_since is None else flaky_since) if again.flaky else None
            attempt += 1
            pause = 0.0
            if attempt % count == 0 and not again.at_once:
                pause = policy.pause(
                    attempt // count,
                    throttled=again.throttled,
                    retry_after=again.after,
                    chance=random.random(),  # noqa: S311 -- jitter
                )
            last = rounds is not None and attempt >= rounds * count and not again.at_once
            hopeless = flaky_since is not None and now + pause - flaky_since > policy.flaky
            if isinstance(outcome, transport.Answer) and (hopeless or last):
                return outcome
            if isinstance(outcome, transport.Lost) and hopeless:
                raise self._hopeless(address, request, outcome)
            over = last or (policy.retries is not None and attempt >= (policy.retries + 1) * count)
            spent = now + pause + _WORTH_A_TRY >= deadline
            if over or spent:
                raise self._given_up(address, request, again, attempt, spent=spent)
            if pause:
                await self._time.sleep(pause)

    async def _try(
        self, address: str, request: transport.Request, attempt: int, seconds: float, watch: watching.Watch
    ) -> tuple[transport.Answer | transport.Lost, retry.Retry | None]:
        until = self._time.monotonic() + seconds
        try:
            answer = await self._connections.attempt(address, request, timeout=seconds, fresh=attempt > 0)
            if answer.status in _REDIRECTS:
                return await self._follow(answer, request, until, watch, fresh=attempt > 0)
        except transport.Lost as lost:
            return lost, retry.after_loss(lost, attempt, once=request.once)
        return answer, retry.after_answer(answer, once=request.once)

    async def _follow(
        self,
        answer: transport.Answer,
        request: transport.Request,
        until: float,
        watch: watching.Watch,
        *,
        fresh: bool,
    ) -> tuple[transport.Answer | transport.Lost, retry.Retry | None]:
        """One hop, and only to the leader of this very cluster: the request carries a token or a pod's identity."""
        origin = _origin(answer.headers.get("Location", ""), answer.address)
        if answer.status in (307, 308) and origin and await self._is_ours(origin, answer.address, self._left(until)):
            watch.step("following a standby to its leader", standby=answer.address, leader=origin)
            hop = await self._connections.attempt(origin, request, timeout=self._left(until), fresh=fresh)
            if hop.status not in _REDIRECTS:
                return hop, retry.after_answer(hop, once=request.once)
        self._leader = ""
        message = f"redirects to {origin or 'nowhere'}, which is not the leader of this cluster"
        lost = transport.Lost(
            message, maybe_sent=False, hint=f"write {origin} in vaultAddress if that is your Vault" if origin else None
        )
        # While a new leader is elected the standbys may still name the old one.
        return lost, (retry.Retry(message, answer.status, flaky=True) if answer.status in (307, 308) else None)

    def _left(self, until: float) -> float:
        return max(_MARGIN, until - self._time.monotonic())

    async def _is_ours(self, origin: str, standby: str, seconds: float) -> bool:
        if not standby.startswith("http://") and origin.startswith("http://"):
            return False
        if origin == self._leader or origin in map(_origin, self.target.addresses):
            return True
        answer = await self._connections.attempt(
            standby, transport.Request("GET", "/v1/sys/leader"), timeout=seconds, fresh=False
        )
        try:
            named = _origin(str(gojson.loads(answer.body).get("leader_address", "")))
        except (ValueError, AttributeError):
            return False
        if named == origin:
            self._leader = origin
        return named == origin

    def _hopeless(self, address: str, request: transport.Request, lost: transport.Lost) -> errors.VaultError:
        if lost.hint is not None:
            # What may have reached Vault shows that the way there is right: its answer is at fault (too large).
            kind = errors.BadReply if lost.maybe_sent else errors.TargetError
            return kind(f"Vault at {address}: {lost.message}", hint=lost.hint, path=request.path)
        return errors.VaultFailed(
            f"Vault at {address}: {lost.message}; {request.method} is not sent twice",
            hint="the request may have been carried out; the pod's next try sends it anew",
            path=request.path,
        )

    def _given_up(
        self, address: str, request: transport.Request, again: retry.Retry, tries: int, *, spent: bool
    ) -> errors.VaultUnavailable:
        others = len(self.target.addresses) - 1
        also = f" (and {others} other address{'es' if others > 1 else ''})" if others else ""
        return errors.VaultUnavailable(
            f"Vault at {address}{also} {_as_sentence(again.message)} after {tries} {'tries' if tries > 1 else 'try'}",
            status=again.status,
            hint=_advice(again, self.target),
            path=request.path,
            spent=spent,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()


def _origin(url: str, base: str = "") -> str:
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


def _advice(again: retry.Retry, target: model.Target) -> str:
    if again.throttled:
        return "a rate limit quota of Vault is in force: raise it, or spread the load"
    if again.message == "is sealed":
        return "unseal it; mounts succeed within seconds then"
    if again.status is not None:
        return "see Vault's server log"
    if again.broke and target.addresses[0].startswith("https://") and not target.tls.client_cert_path:
        # In TLS 1.3 a server that misses our certificate says so after the handshake, often just by hanging up.
        return "see Vault's server log; if it wants client certificates, set vaultTLSClientCertPath and ...KeyPath"
    return "check that this address is reachable from the node, and that Vault runs"
