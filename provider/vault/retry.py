"""Decides whether and when a request to Vault is tried again. Pure and immutable; `failover` acts on it.

A mount has one deadline, and everything in it retries within that: without a limit of its own, a short outage fails no
pod. What is most likely permanent (an internal error, a redirect that leads nowhere) gets `flaky` seconds only, so that
the pod's owner reads about it soon.
"""

from dataclasses import dataclass

from provider.base import backoff
from provider.vault import transport


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how long to try. All times in seconds.

    Attributes:
        first: pause after the first failed round; doubles each round.
        longest: pause at most. After an outage the first success follows within this and a try.
        throttled: pause at most where Vault answered 429: more, since it has many clients then.
        flaky: how long to go on after answers that are most likely permanent.
        read: seconds for each try of a read or login, short, since the next try on a new connection finds a healthy
            node. Where an engine needs longer to answer, VAULT_CLIENT_TIMEOUT lengthens it.
        once: seconds for a request that is sent once only (an RSA key takes seconds).
        retries: at most so many more tries; None for as many as time allows (VAULT_MAX_RETRIES).
        patience: seconds for one request with all its tries; None for the mount's whole time (VAULT_CLIENT_TIMEOUT).
    """

    first: float = 0.1
    longest: float = 1.0
    throttled: float = 4.0
    flaky: float = 15.0
    read: float = 5.0
    once: float = 60.0
    retries: int | None = None
    patience: float | None = None

    def try_time(self, *, once: bool) -> float:
        """Seconds for one try."""
        return self.once if once else max(self.read, self.patience or 0.0)

    def pause(self, rounds: int, *, throttled: bool, retry_after: float | None, chance: float) -> float:
        """Seconds to wait before the next round.

        Args:
            rounds: failed rounds so far, from 1; a round is one try at every address.
            throttled: whether the last answer was 429.
            retry_after: Vault's Retry-After, before which there is no next round.
            chance: a random number from 0 to 1; spreads clients over half of our own pause, or over half as much again
                as Vault's Retry-After.
        """
        longest = self.throttled if throttled else self.longest
        own = backoff.Exponential(first=self.first, longest=longest).pause(rounds, chance)
        return max(own, (retry_after or 0.0) * (1.0 + chance / 2))


@dataclass(frozen=True, slots=True)
class Retry:
    """A failed try that may be repeated.

    Attributes:
        message: what happened.
        status: of Vault's answer, None where there was none.
        flaky: most likely permanent.
        throttled: Vault answered 429.
        after: Vault's Retry-After in seconds, None where it sent none.
        broke: the other side closed the connection.
        at_once: without a pause.
    """

    message: str
    status: int | None = None
    flaky: bool = False
    throttled: bool = False
    after: float | None = None
    broke: bool = False
    at_once: bool = False


# Vault answers 500 with these while no node is active; a moment later one is.
_LEADERLESS = ("active cluster node not found", "node is not active", "error during forwarding", "forwarding RPC")


def after_answer(answer: transport.Answer, *, once: bool) -> Retry | None:
    """Decide whether a request that was answered is tried again; None where this is its answer.

    A request that must not be sent twice is repeated only where Vault refused it before doing anything: throttled
    (429), not yet caught up (412), sealed.
    """
    status = answer.status
    message = f"answered {answer.status_text}"
    if status == 429:
        return Retry(message, status, throttled=True, after=_retry_after(answer))
    if status == 412:
        return Retry(message, status)
    if status < 500 or status == 501:
        return None
    text = answer.body[:2000].decode("utf-8", "replace")
    if status == 503 and "sealed" in text:
        return Retry("is sealed", status, after=_retry_after(answer))
    if once:
        return None
    passing = status in (502, 503, 504) or any(phrase in text for phrase in _LEADERLESS)
    return Retry(message, status, flaky=not passing, after=_retry_after(answer))


def after_no_response(failure: transport.NoResponse, attempt: int, *, once: bool) -> Retry | None:
    """Decide whether a request without an answer is tried again; None where it must not or cannot be.

    The first broken connection is repeated at once: most often it was a kept-alive one that the other side had closed.
    """
    if failure.hint is not None or (once and failure.maybe_sent):
        return None
    return Retry(failure.message, broke=failure.broke, at_once=failure.broke and attempt == 0)


def _retry_after(answer: transport.Answer) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 30.0) if text.isascii() and text.isdecimal() else None
