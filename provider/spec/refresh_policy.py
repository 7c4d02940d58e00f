"""Reads how often an SPC and its objects want their secrets read again."""

from typing import Final

from provider import findings, model
from provider.base import invalid, messages, nearest, units
from provider.shapes import contract, fields

WRITES: Final = tuple(model.WritePolicy)

FIELDS: Final = (
    contract.Field(
        "refreshInterval",
        "duration",
        "the SecretProviderClass's",
        "How old a static secret may get before a republish reads it again; 0 reads it every time.",
    ),
    contract.Field(
        "refresh",
        "choice",
        "always",
        "For writes: always makes one at every republish; onExpiry when its end nears; once never again.",
        WRITES,
    ),
)
"""The fields of an object that concern its refresh."""


class BadInterval(invalid.Invalid):
    """An interval that is not valid."""


def interval(text: str) -> float:
    """Parse a refreshInterval, a Go duration of 0 or more, into seconds.

    Raises:
        BadInterval: it is not one.
    """
    try:
        seconds = units.parse_duration(text)
    except ValueError:
        raise BadInterval(f"{messages.quoted(text)} is no duration", "write for example 30s, 5m or 1h30m") from None
    if seconds < 0:
        raise BadInterval(f"{messages.quoted(text)} is negative", "write 0 to read at every republish")
    return seconds


def read(entry: fields.Fields, usual: float, *, writes: bool) -> model.Refresh:
    """Read how an object is refreshed.

    Args:
        entry: the object's fields.
        usual: the interval where the object is silent, in seconds.
        writes: whether the object may make a write.
    """
    seconds = usual
    if text := entry.text("refreshInterval"):
        try:
            seconds = interval(text)
        except BadInterval as error:
            entry.error("refreshInterval", f"refreshInterval {error.message}", error.fix)
    given = entry.text("refresh")
    policy = given or "always"
    if policy not in WRITES:
        fix = findings.joined("write always, onExpiry or once", nearest.advice(policy, WRITES))
        entry.error("refresh", f"refresh {messages.quoted(policy)} is unknown", fix)
    elif given and not writes:
        entry.warn("refresh", "refresh has no effect on a read", "refreshInterval is for those")
    return model.Refresh(seconds, model.WritePolicy(policy) if policy in WRITES else model.WritePolicy.ALWAYS)
