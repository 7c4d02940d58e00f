"""When to try again, as pure decisions. Immutable; `failover` acts on them.

A mount has one deadline, and everything in it retries inside that: with no count of its own a short outage costs
nobody a failed pod. What is most likely permanent (an internal error, a redirect that leads nowhere) gets `flaky`
seconds only, so that its owner reads about it soon.
"""

from dataclasses import dataclass

from provider.vault import transport


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be. All times in seconds.

    Attributes:
        first: pause after the first failed round; doubles each round.
        longest: pause at most. After an outage the first success follows within this and a try.
        throttled: pause at most where Vault answered 429: more, since many are asking.
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

    def pause(self, rounds: int, *, throttled: bool, asked: float | None, chance: float) -> float:
        """Seconds to wait before the next round.

        Args:
            rounds: failed rounds so far, from 1; a round is one try at every address.
            throttled: whether the last answer was 429.
            asked: Vault's Retry-After, before which there is no next round.
            chance: a random number from 0 to 1; spreads clients over half of our own pause, or over a half more than
                was asked for.
        """
        most = self.throttled if throttled else self.longest
        own = min(most, self.first * 2.0 ** min(rounds - 1, 16)) * (0.75 + chance / 2)
        return max(own, (asked or 0.0) * (1.0 + chance / 2))


@dataclass(frozen=True, slots=True)
class Again:
    """A failed try that may be repeated.

    `message` says what happened; `flaky`: most likely permanent; `broke`: the other side hung up.
    """

    message: str
    status: int | None = None
    flaky: bool = False
    throttled: bool = False
    after: float | None = None
    broke: bool = False
    at_once: bool = False


# Vault says this with status 500 while no node is active; a moment later one is.
_LEADERLESS = ("active cluster node not found", "node is not active", "error during forwarding", "forwarding RPC")


def after_answer(answer: transport.Answer, *, once: bool) -> Again | None:
    """Whether an answer is worth another try; None where it is the answer.

    A request that must not be sent twice is repeated only where Vault refused it before doing anything: throttled
    (429), not yet caught up (412), sealed.
    """
    status = answer.status
    message = f"answered {answer.said}"
    if status == 429:
        return Again(message, status, throttled=True, after=_retry_after(answer))
    if status == 412:
        return Again(message, status)
    if status < 500 or status == 501:
        return None
    text = answer.body[:2000].decode("utf-8", "replace")
    if status == 503 and "sealed" in text:
        return Again("is sealed", status, after=_retry_after(answer))
    if once:
        return None
    passing = status in (502, 503, 504) or any(phrase in text for phrase in _LEADERLESS)
    return Again(message, status, flaky=not passing, after=_retry_after(answer))


def after_loss(lost: transport.Lost, attempt: int, *, once: bool) -> Again | None:
    """Whether a try without an answer is worth another; None where it must not or can not be repeated.

    The first broken connection is repeated at once: most often it was a kept one that the other side had closed.
    """
    if lost.hint is not None or (once and lost.maybe_sent):
        return None
    return Again(lost.message, broke=lost.broke, at_once=lost.broke and attempt == 0)


def _retry_after(answer: transport.Answer) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 30.0) if text.isascii() and text.isdecimal() else None
