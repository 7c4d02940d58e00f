"""The KV engine, version 1: what was written comes back as it was, number text included."""

from typing import Any

from provider.dev.vault import engines, fields, replies, tokens

VERSION = "v0.25.0+builtin"


class Store:
    """One mount of it."""

    version = VERSION

    def __init__(self) -> None:
        self._held: dict[str, dict[str, Any]] = {}

    def open_to_all(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Nothing is."""
        return False

    def exists(self, rest: str) -> bool:
        """See `engines.Engine`."""
        return rest in self._held

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Read, write, list, delete."""
        if call.operation == "list":
            return replies.keys(children(self._held, call.rest))
        if call.operation == "read":
            return self._read(call)
        if call.operation == "delete":
            self._held.pop(call.rest, None)
            return None
        if not call.writes:
            raise replies.unsupported()
        if not call.data:
            raise replies.bad_request("missing data fields")
        self._held[call.rest] = call.data
        return None

    def _read(self, call: engines.Call) -> replies.Reply:
        data = self._held.get(call.rest)
        if data is None:
            raise replies.nothing_there()
        try:
            duration = fields.seconds(data, "ttl" if "ttl" in data else "lease", tokens.SYSTEM_TTL)
        except replies.Refusal:
            duration = tokens.SYSTEM_TTL
        return replies.Reply(dict(data), lease_duration=duration, warnings=call.ignored(()))


def children(paths: dict[str, Any], folder: str) -> list[str]:
    """The names right below a folder; deeper ones as folders, with a slash."""
    prefix = f"{folder.rstrip('/')}/" if folder.rstrip("/") else ""
    below = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    return sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in below})
