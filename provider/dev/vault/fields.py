"""Request fields in every shape Vault accepts: a duration as 90, "90" or "90s", a list also as text with commas."""

from collections.abc import Mapping
from typing import Any

from provider.base import units
from provider.dev.vault import replies
from provider.golang import gojson

Data = Mapping[str, Any]


def text(data: Data, name: str, default: str = "") -> str:
    """A string; numbers keep their text."""
    value = data.get(name)
    return default if value is None else str(value)


def flag(data: Data, name: str, default: bool = False) -> bool:
    """A boolean, also as text.

    Raises:
        replies.Refusal: neither.
    """
    value = data.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    try:
        return units.parse_bool(str(value))
    except ValueError:
        raise replies.bad_request(f"error converting input for field \"{name}\": cannot parse '' as bool") from None


def number(data: Data, name: str, default: int = 0) -> int:
    """A whole number, also as text.

    Raises:
        replies.Refusal: no number.
    """
    value = data.get(name)
    if value is None or value == "":
        return default
    try:
        return int(str(value))
    except ValueError:
        raise replies.bad_request(
            f'Field validation failed: error converting input for field "{name}": '
            f"cannot parse '' as int: strconv.ParseInt: parsing {gojson.dumps(str(value))}: invalid syntax"
        ) from None


def seconds(data: Data, name: str, default: int = 0) -> int:
    """A duration in whole seconds.

    Raises:
        replies.Refusal: no duration.
    """
    value = data.get(name)
    return default if value is None or value == "" else parse_seconds(str(value))


def parse_seconds(value: str) -> int:
    """A duration in whole seconds: a number of seconds, Go's spelling, or days.

    Raises:
        replies.Refusal: none of them.
    """
    if value.lstrip("-").isdigit():
        return int(value)
    if value.endswith("d") and value[:-1].isdigit():
        return int(value[:-1]) * 86400
    try:
        return int(units.parse_duration(value))
    except ValueError:
        raise replies.bad_request(f"time: invalid duration {gojson.dumps(value)}") from None


def strings(data: Data, name: str) -> list[str]:
    """A list of strings.

    Raises:
        replies.Refusal: no list.
    """
    value = data.get(name)
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [str(item) for item in value]
    if isinstance(value, dict | bool):
        raise replies.bad_request(f'error converting input for field "{name}": expected a list')
    return [part.strip() for part in str(value).split(",") if part.strip()]


def mapping(data: Data, name: str) -> dict[str, Any] | None:
    """An object; None where it was not given.

    Raises:
        replies.Refusal: something else.
    """
    value = data.get(name)
    if value is None or isinstance(value, dict):
        return value
    kind = "string" if isinstance(value, str) else "bool" if isinstance(value, bool) else "slice"
    raise replies.bad_request(f"error converting input for field \"{name}\": '' expected a map, got '{kind}'")


def long_duration(total: int) -> str:
    """Go's spelling.

    >>> long_duration(259200), long_duration(90), long_duration(0)
    ('72h0m0s', '1m30s', '0s')
    """
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"


def short_duration(total: int) -> str:
    """Go's spelling without the zeros at its end.

    >>> short_duration(7200), short_duration(60), short_duration(3660), short_duration(1)
    ('2h', '1m', '1h1m', '1s')
    """
    spelled = long_duration(total)
    if spelled.endswith("m0s"):
        spelled = spelled[:-2]
    return spelled[:-2] if spelled.endswith("h0m") else spelled
