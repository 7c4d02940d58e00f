"""What an API server checks of an Event before it takes it (core v1)."""

from typing import Any, Final

from provider.dev.kube import status

_NEEDED_WITH_TIME: Final = ("reportingComponent", "reportingInstance", "action", "reason")
_LONGEST_WITH_TIME: Final = 1024


def check(namespace: str, event: dict[str, Any]) -> None:
    """Refuse what is no Event of this namespace.

    Raises:
        status.Refusal: with the field.
    """
    metadata = event.get("metadata") or {}
    name = str(metadata.get("name") or "")
    if metadata.get("namespace", namespace) != namespace:
        raise status.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if not name and not metadata.get("generateName"):
        raise _invalid(name, "metadata.name", "Required value: name or generateName is required")
    if "/" in name or "%" in name:
        raise _invalid(name, "metadata.name", f"Invalid value: \"{name}\": may not contain '/' or '%'")
    about = str((event.get("involvedObject") or {}).get("namespace") or "")
    if about != namespace and not (namespace == "default" and not about):
        raise _invalid(name, "involvedObject.namespace", f'Invalid value: "{about}": does not match event.namespace')
    if not event.get("eventTime"):
        return
    for field in _NEEDED_WITH_TIME:
        if not event.get(field):
            raise _invalid(name, field, "Required value")
    if len(str(event.get("message") or "")) > _LONGEST_WITH_TIME:
        raise _invalid(name, "message", f"Invalid value: can have at most {_LONGEST_WITH_TIME} characters")


def _invalid(name: str, field: str, why: str) -> status.Refusal:
    return status.invalid("Event", name, field, why)
