"""The KV engine, version 2: versions, deletion and its undoing, check-and-set, and the loss of number text.

Vault hands these values to its plugin as 64-bit floats, so 1.10 comes back as 1.1 and twenty digits are rounded.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from provider.base import clock
from provider.dev.vault import engines, fields, kv1, replies
from provider.golang import gojson
from provider.golang.strconv import ftoa

_WRONG_PATH = (
    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. "
    "If using the Vault CLI, use 'vault kv {}' for this operation."
)
_ROOT = "Non-listing operations on the root of a K/V v2 mount are not supported."
_COMMAND = {"read": "get", "create": "put", "update": "put", "list": "list", "delete": "delete", "patch": "patch"}
_KEPT = 10


@dataclasses.dataclass(slots=True)
class Version:
    """One version of a secret; times in seconds since the epoch, `data` None once destroyed."""

    created: float
    created_by: dict[str, Any]
    data: dict[str, Any] | None
    deleted: float | None = None
    deleted_by: dict[str, Any] | None = None

    def shown(self, number: int, custom: dict[str, Any] | None) -> dict[str, Any]:
        """The `metadata` beside the data."""
        return {
            "created_time": replies.timestamp(self.created),
            "custom_metadata": custom,
            "deletion_time": "" if self.deleted is None else replies.timestamp(self.deleted),
            "destroyed": self.data is None,
            "version": number,
        }


@dataclasses.dataclass(slots=True)
class Secret:
    """One path: its versions by number, and what was said about it."""

    created: float
    updated: float
    last_by: dict[str, Any]
    versions: dict[int, Version] = dataclasses.field(default_factory=dict)
    current: int = 0
    custom: dict[str, Any] | None = None
    cas_required: bool = False
    max_versions: int = 0


class Store:
    """One mount of it."""

    version = kv1.VERSION

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time
        self._held: dict[str, Secret] = {}
        self._config = {"cas_required": False, "delete_version_after": "0s", "max_versions": 0}

    def open_to_all(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Nothing is."""
        return False

    def exists(self, rest: str) -> bool:
        """See `engines.Engine`."""
        kind, _, path = rest.partition("/")
        return path in self._held if kind in ("data", "metadata") else True

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route by its first segment."""
        kind, slash, path = call.rest.partition("/")
        routes: dict[str, Callable[[engines.Call, str], replies.Reply | None]] = {
            "data": self._data,
            "metadata": self._metadata,
            "subkeys": self._subkeys,
            "delete": self._delete_versions,
            "undelete": self._undelete,
            "destroy": self._destroy,
        }
        if call.rest == "config":
            return self._configure(call)
        if kind in routes and not slash:
            return _hint(_ROOT)
        lists = kind == "metadata" and call.operation == "list"
        if kind not in routes or (not lists and (not path or path.endswith("/"))):
            return _hint(_WRONG_PATH.format(_COMMAND[call.operation]))
        return routes[kind](call, path)

    def _data(self, call: engines.Call, path: str) -> replies.Reply | None:
        match call.operation:
            case "read":
                return self._read(call, path)
            case "create" | "update":
                return self._write(call, path, call.data)
            case "patch":
                return self._patch(call, path)
            case "delete":
                held = self._held.get(path)
                if held is not None:
                    self._mark_deleted(held, [held.current], call)
                return None
        raise replies.unsupported()

    def _chosen(self, path: str, number: int) -> tuple[Secret, int, Version]:
        held = self._held.get(path)
        if held is None:
            raise replies.nothing_there()
        chosen = number if number > 0 else held.current
        if chosen not in held.versions:
            raise replies.nothing_there()
        return held, chosen, held.versions[chosen]

    def _read(self, call: engines.Call, path: str) -> replies.Reply:
        held, number, version = self._chosen(path, fields.number(call.data, "version"))
        shown = version.shown(number, held.custom)
        if version.deleted is not None or version.data is None:
            return replies.Reply({"data": None, "metadata": shown}, status=404, final_newline=False)
        return replies.Reply({"data": version.data, "metadata": shown}, warnings=call.ignored({"version"}))

    def _subkeys(self, call: engines.Call, path: str) -> replies.Reply:
        if call.operation != "read":
            raise replies.unsupported()
        held, number, version = self._chosen(path, fields.number(call.data, "version"))
        shown = version.shown(number, held.custom)
        if version.deleted is not None or version.data is None:
            return replies.Reply({"subkeys": None, "metadata": shown}, status=404, final_newline=False)
        return replies.Reply({"subkeys": _names(version.data), "metadata": shown})

    def _write(self, call: engines.Call, path: str, body: dict[str, Any]) -> replies.Reply:
        data = fields.mapping(body, "data")
        if data is None:
            raise replies.bad_request("no data provided")
        held = self._held.get(path)
        options = fields.mapping(body, "options") or {}
        current = held.current if held else 0
        if (self._config["cas_required"] or (held is not None and held.cas_required)) and "cas" not in options:
            raise replies.bad_request("check-and-set parameter required for this call")
        if "cas" in options and fields.number(options, "cas") != current:
            raise replies.bad_request("check-and-set parameter did not match the current version")
        now, by = self._clock.now(), _by(call)
        if held is None:
            held = self._held[path] = Secret(now, now, by)
        held.current += 1
        held.updated, held.last_by = now, by
        held.versions[held.current] = version = Version(now, by, as_floats(data))
        kept = held.max_versions or fields.number(self._config, "max_versions") or _KEPT
        for old in sorted(held.versions)[:-kept]:
            del held.versions[old]
        return replies.Reply(version.shown(held.current, held.custom))

    def _patch(self, call: engines.Call, path: str) -> replies.Reply:
        held, _, version = self._chosen(path, 0)
        if version.data is None or version.deleted is not None:
            raise replies.nothing_there()
        merged = _merge(version.data, fields.mapping(call.data, "data") or {})
        options = {"cas": held.current, **(fields.mapping(call.data, "options") or {})}
        return self._write(call, path, {"data": merged, "options": options})

    def _mark_deleted(self, held: Secret, numbers: list[int], call: engines.Call) -> None:
        for number in numbers:
            version = held.versions.get(number)
            if version is not None and version.deleted is None and version.data is not None:
                version.deleted, version.deleted_by = self._clock.now(), _by(call)
                held.last_by = version.deleted_by

    def _named(self, call: engines.Call, path: str) -> tuple[Secret, list[int]]:
        if not call.writes:
            raise replies.unsupported()
        numbers = [int(str(number)) for number in fields.strings(call.data, "versions")]
        if not numbers:
            raise replies.bad_request("No version number provided")
        held = self._held.get(path)
        if held is None:
            raise replies.nothing_there()
        return held, numbers

    def _delete_versions(self, call: engines.Call, path: str) -> None:
        held, numbers = self._named(call, path)
        self._mark_deleted(held, numbers, call)

    def _undelete(self, call: engines.Call, path: str) -> None:
        held, numbers = self._named(call, path)
        for number in numbers:
            version = held.versions.get(number)
            if version is not None and version.data is not None:
                version.deleted = version.deleted_by = None

    def _destroy(self, call: engines.Call, path: str) -> None:
        held, numbers = self._named(call, path)
        for number in numbers:
            if number in held.versions:
                held.versions[number].data = None

    def _metadata(self, call: engines.Call, path: str) -> replies.Reply | None:
        if call.operation == "list":
            return replies.keys(kv1.children(self._held, path))
        if call.operation == "delete":
            self._held.pop(path, None)
            return None
        held = self._held.get(path)
        if call.writes:
            now = self._clock.now()
            held = self._held.setdefault(path, held or Secret(now, now, _by(call)))
            held.custom = fields.mapping(call.data, "custom_metadata") or held.custom
            held.cas_required = fields.flag(call.data, "cas_required", held.cas_required)
            held.max_versions = fields.number(call.data, "max_versions", held.max_versions)
            return None
        if call.operation != "read":
            raise replies.unsupported()
        if held is None:
            raise replies.nothing_there()
        return replies.Reply(_described(held))

    def _configure(self, call: engines.Call) -> replies.Reply | None:
        if call.operation == "read":
            return replies.Reply(dict(self._config))
        if not call.writes:
            raise replies.unsupported()
        self._config["cas_required"] = fields.flag(call.data, "cas_required")
        self._config["max_versions"] = fields.number(call.data, "max_versions")
        return None


def as_floats(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    """The same document after its numbers went through 64-bit floats.

    >>> as_floats({"a": gojson.Number("1.10"), "b": [gojson.Number("1e3"), gojson.Number("12345678901234567890")]})
    {'a': Number('1.1'), 'b': [Number('1000'), Number('12345678901234567000')]}
    """
    if isinstance(value, dict):
        return {key: as_floats(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_floats(inner) for inner in value]
    if isinstance(value, gojson.Number) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return gojson.Number(_float_text(float(value)))
    return value


def _float_text(number: float) -> str:
    if not math.isfinite(number):
        raise replies.bad_request("number out of range")
    return ftoa.json_text(number)


def _merge(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _names(data: dict[str, Any]) -> dict[str, Any]:
    return {key: _names(value) if isinstance(value, dict) and value else None for key, value in data.items()}


def _hint(text: str) -> replies.Reply:
    return replies.Reply(warnings=[text], status=404, final_newline=False)


def _by(call: engines.Call) -> dict[str, Any]:
    who = call.entry
    return {
        "actor": who.display_name if who else "",
        "client_id": (who.entity_id or who.accessor) if who else "",
        "operation": call.operation,
    }


def _described(held: Secret) -> dict[str, Any]:
    versions = {
        str(number): {
            "created_by": version.created_by,
            "created_time": replies.timestamp(version.created),
            "deleted_by": version.deleted_by,
            "deletion_time": "" if version.deleted is None else replies.timestamp(version.deleted),
            "destroyed": version.data is None,
        }
        for number, version in held.versions.items()
    }
    return {
        "cas_required": held.cas_required,
        "created_time": replies.timestamp(held.created),
        "current_version": held.current,
        "custom_metadata": held.custom,
        "delete_version_after": "0s",
        "last_updated_by": held.last_by,
        "max_versions": held.max_versions,
        "oldest_version": 0,
        "updated_time": replies.timestamp(held.updated),
        "versions": versions,
    }
