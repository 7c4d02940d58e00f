"""How often an SPC and its objects want their answers anew."""

from collections.abc import Mapping
from typing import Final

from provider import model
from provider.base import messages, nearest, units
from provider.golang.yaml import decode_v3

FIELDS: Final = {
    "refreshInterval": (
        "duration",
        "the SecretProviderClass's",
        "How old a static secret may get before a republish reads it again; 0 reads it every time.",
    ),
    "refresh": (
        "text",
        "always",
        "For writes: always makes one at every republish; onExpiry when its end nears; once never again.",
    ),
}
"""The fields of an object that concern its refresh, for the table of all fields."""

WRITES: Final = tuple(model.WritePolicy)


class BadInterval(ValueError):
    """No interval. The message says what to write."""


def interval(text: str) -> float:
    """Seconds of a refreshInterval: a Go duration, 0 or more.

    Raises:
        BadInterval: it is none.
    """
    try:
        seconds = units.parse_duration(text)
    except ValueError:
        raise BadInterval(f"{messages.quoted(text)} is no duration; write for example 30s, 5m or 1h30m") from None
    if seconds < 0:
        raise BadInterval(f"{messages.quoted(text)} is negative; write 0 to read at every republish")
    return seconds


def read(
    entries: Mapping[str, decode_v3.Entry], texts: Mapping[str, str], usual: float, *, writes: bool
) -> tuple[model.Refresh, list[str], list[str]]:
    """An object's refresh, with the problems and the doubts about it.

    Args:
        entries: the object's fields, for their places.
        texts: the texts of those in `FIELDS`, "" where one is not given.
        usual: the interval where the object is silent, in seconds.
        writes: whether the object may make a write.
    """
    problems: list[str] = []
    doubts: list[str] = []

    def where(name: str) -> str:
        return messages.at("objects", entries[name].value.line, entries[name].value.column)

    seconds = usual
    if texts["refreshInterval"]:
        try:
            seconds = interval(texts["refreshInterval"])
        except BadInterval as error:
            problems.append(f"refreshInterval {error}{where('refreshInterval')}")
    policy = texts["refresh"] or "always"
    if policy not in WRITES:
        problems.append(
            f"refresh {messages.quoted(policy)} is unknown; write always, onExpiry or once"
            f"{nearest.advice(policy, WRITES)}{where('refresh')}"
        )
    elif texts["refresh"] and not writes:
        doubts.append("refresh has no effect on a read; refreshInterval is for those")
    writes_again = model.WritePolicy(policy) if policy in WRITES else model.WritePolicy.ALWAYS
    return model.Refresh(seconds, writes_again), problems, doubts
