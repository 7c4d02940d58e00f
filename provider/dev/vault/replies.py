"""Answers and refusals, written as Vault writes JSON: member order, trailing newline, HTML escapes."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from provider.golang import gojson

DENIED: Final = "1 error occurred:\n\t* permission denied\n\n"
DEAD_TOKEN: Final = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"  # noqa: S105 -- a text about tokens
UNSUPPORTED: Final = "1 error occurred:\n\t* unsupported operation\n\n"
JSON_TYPE: Final = "application/json"


class Refusal(Exception):
    """An answer with an `errors` list. Stays inside the dev Vault, where it becomes an HTTP answer."""

    def __init__(self, status: int, *texts: str) -> None:
        super().__init__(", ".join(texts))
        self.status = status
        self.texts = texts

    def body(self) -> bytes:
        """The JSON text."""
        return f"{gojson.dumps({'errors': list(self.texts)})}\n".encode()


def bad_request(text: str) -> Refusal:
    """Most of what an engine refuses."""
    return Refusal(400, text)


def denied() -> Refusal:
    """What policies do not allow."""
    return Refusal(403, DENIED)


def forbidden() -> Refusal:
    """No token at all, or a login that failed for a reason Vault keeps to itself."""
    return Refusal(403, "permission denied")


def nothing_there() -> Refusal:
    """An empty list of errors: the path is right, there is just nothing at it."""
    return Refusal(404)


def unsupported() -> Refusal:
    """An operation this path does not have."""
    return Refusal(405, UNSUPPORTED)


@dataclass(slots=True)
class Reply:
    """An answer before it is JSON.

    Attributes:
        data: the engine's own content.
        auth: the token of a login, as shown to its owner.
        lease_id, lease_duration, renewable: of leased content; the duration in seconds.
        warnings: hints beside the content.
        wrap_info: what stands in for a wrapped answer.
        status: 404 for a deleted version, else 200.
        flat: whether `data` is repeated at the top level, as old paths of sys/ do.
        bare: whether `data` is the whole body: health, seal status.
        raw: a body that is no JSON.
        content_type: of `raw`.
        mount_type: filled in by the core; empty for paths that need no token.
        request_id: filled in by the core.
        final_newline: absent from answers that Vault's KV engine writes itself.
    """

    data: dict[str, Any] | None = None
    auth: dict[str, Any] | None = None
    lease_id: str = ""
    lease_duration: int = 0
    renewable: bool = False
    warnings: list[str] = field(default_factory=list)
    wrap_info: dict[str, Any] | None = None
    status: int = 200
    flat: bool = False
    bare: bool = False
    raw: bytes | None = None
    content_type: str = JSON_TYPE
    mount_type: str = ""
    request_id: str = ""
    final_newline: bool = True

    def body(self) -> bytes:
        """The body, in Vault's member order."""
        if self.raw is not None:
            return self.raw
        if self.bare:
            return f"{ordered(self.data or {})}\n".encode()
        members = [gojson.member(key, value) for key, value in sorted((self.data or {}).items())] if self.flat else []
        members += [
            gojson.member("request_id", self.request_id),
            gojson.member("lease_id", self.lease_id),
            gojson.member("renewable", self.renewable),
            gojson.member("lease_duration", self.lease_duration),
            gojson.member("data", self.data),
            f'"wrap_info":{ordered(self.wrap_info) if self.wrap_info else "null"}',
            gojson.member("warnings", self.warnings or None),
            f'"auth":{ordered(self.auth) if self.auth else "null"}',
            gojson.member("mount_type", self.mount_type),
        ]
        end = "\n" if self.final_newline else ""
        return f"{{{','.join(members)}}}{end}".encode()


def ordered(document: Mapping[str, Any]) -> str:
    """An object whose members keep the order they were given in."""
    return f"{{{','.join(gojson.member(key, value) for key, value in document.items())}}}"


def keys(names: Sequence[str]) -> Reply:
    """A listing.

    Raises:
        Refusal: nothing to list is the same answer as nothing there.
    """
    if not names:
        raise nothing_there()
    return Reply({"keys": sorted(names)})


def timestamp(epoch: float) -> str:
    """RFC 3339 in UTC with fractions of a second, as Go writes it.

    >>> timestamp(0.5), timestamp(0)
    ('1970-01-01T00:00:00.5Z', '1970-01-01T00:00:00Z')
    """
    moment = datetime.datetime.fromtimestamp(epoch, datetime.UTC)
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
