"""Turns the answer to a read into a `Reply`, in the way Vault's Go client reads it. Pure."""

from typing import Any, Final

from provider import errors, model
from provider.vault import faults, transport

_ENVELOPE: Final = (
    "request_id",
    "lease_id",
    "lease_duration",
    "renewable",
    "warnings",
    "auth",
    "wrap_info",
    "mount_type",
)


def of_read(answer: transport.Answer, read: model.Read, context: faults.Context) -> model.Reply:
    """The reply to a read.

    A flat document (sys/health) is taken as the data. A 200 with nothing but `errors` is an error. No data and
    neither `auth` nor `wrap_info` is an empty response.
    """
    if not (200 <= answer.status < 300 and answer.body.strip()):
        raise faults.of_read(answer, read, context)
    document = faults.parse(answer, f"{read.method} {read.path}")
    envelope = {name: document[name] for name in _ENVELOPE if document.get(name) is not None}
    warnings = document.get("warnings")
    messages = tuple(faults.presentable(str(item)) for item in warnings) if isinstance(warnings, list) else ()
    data = document.get("data")
    if data is None and _is_flat(document):
        words = faults.error_text(document, faults.hidden_args(read.args))
        if words or "errors" in document:
            what = f"{read.method} {read.path} with {answer.status_text}"
            raise errors.BadReply(
                f"Vault at {answer.address} answered {what}, yet with errors{': ' + words if words else ''}",
                status=answer.status,
                path=read.path,
                hint="check secretPath, method and secretArgs",
            )
        data = document
    if isinstance(data, dict):
        if data or "data" in document:
            return model.Reply(data, envelope, messages, len(answer.body), answer.date)
    elif data is not None:
        raise errors.BadReply(
            f"Vault at {answer.address} answered {read.method} {read.path} with `data` that is not an object",
            status=answer.status,
            path=read.path,
            hint="read a path that returns an object",
        )
    if envelope.get("auth") or envelope.get("wrap_info"):
        return model.Reply(None, envelope, messages, len(answer.body), answer.date)
    because = f" (Vault warns: {'; '.join(messages)})" if messages else ""
    raise errors.BadReply(
        f"empty response from {read.path}{because}",
        status=answer.status,
        path=read.path,
        hint="an object needs a path that returns data",
    )


def _is_flat(document: dict[str, Any]) -> bool:
    return not any(document.get(name) for name in _ENVELOPE)
