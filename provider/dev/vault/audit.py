"""Audit lines in the shape of Vault's file device: who asked for what, and whether it was given.

Tokens and accessors appear as HMACs under a key of this server only. The data of requests and answers is left out
whole, where Vault shows an HMAC of every string.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any

from provider.base import clock
from provider.dev.vault import engines, replies, tokens

Line = dict[str, Any]


class Log:
    """Every request and every answer.

    Attributes:
        lines: all of them, oldest first.
        listener: called with each line as it is written.
    """

    def __init__(self, time: clock.Clock) -> None:
        self.lines: list[Line] = []
        self.listener: Callable[[Line], None] | None = None
        self._clock = time
        self._key = secrets.token_bytes(32)

    def request(self, call: engines.Call, error: str = "") -> None:
        """What was asked, before it is done."""
        self._write("request", call, error, None)

    def response(self, call: engines.Call, error: str = "", reply: replies.Reply | None = None) -> None:
        """What came of it."""
        self._write("response", call, error, reply)

    def _write(self, kind: str, call: engines.Call, error: str, reply: replies.Reply | None) -> None:
        line: Line = {}
        granted = call.granted
        if reply is not None and reply.auth:
            granted = None
        if call.entry is not None:
            line["auth"] = self._auth(call.entry, granted)
        elif granted is not None:
            line["auth"] = {"policy_results": {"allowed": True}, "token_type": "default"}
        if error:
            line["error"] = error
        line["request"] = self._request(call, answered=kind == "response")
        if kind == "response":
            line["response"] = _mount(call.mount, "mount_running_plugin_version", accessor=True)
            if call.issued is not None:
                line["auth"] = self._auth(call.issued, None)
                line["response"] = {"auth": line["auth"], **line["response"]}
        line["time"] = replies.timestamp(self._clock.now())
        line["type"] = kind
        self.lines.append(line)
        if self.listener is not None:
            self.listener(line)

    def _hash(self, value: str) -> str:
        return f"hmac-sha256:{hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()}"

    def _auth(self, entry: tokens.Entry, granted: engines.Renewed | None) -> Line:
        auth: Line = {
            "accessor": self._hash(entry.accessor),
            "client_token": self._hash(entry.id),
            "display_name": entry.display_name,
            "policies": list(entry.policies),
            "token_policies": list(entry.policies),
            "token_type": entry.type,
        }
        if entry.meta:
            auth["metadata"] = dict(entry.meta)
        if entry.entity_id:
            auth["entity_id"] = entry.entity_id
        if entry.creation_ttl:
            auth["token_ttl"] = entry.creation_ttl
        if entry.uses_left:
            auth["remaining_uses"] = entry.uses_left
        if granted is not None:
            auth["token_issue_time"] = replies.timestamp(int(entry.issued))
            auth["policy_results"] = {"allowed": granted.allowed}
            if granted.allowed:
                by = [{"name": name, "namespace_id": "root", "type": "acl"} for name in granted.policies]
                auth["policy_results"]["granting_policies"] = [{"type": ""}, *by]
        return dict(sorted(auth.items()))

    def _request(self, call: engines.Call, *, answered: bool) -> Line:
        request: Line = {
            "id": call.id,
            "namespace": {"id": "root"},
            "operation": call.operation,
            "path": call.path,
            "remote_address": call.remote_address,
            "remote_port": call.remote_port,
            **_mount(call.mount, "mount_running_version", accessor=answered),
        }
        if call.token:
            request["client_token"] = self._hash(call.token)
        if call.entry is not None:
            request["client_token_accessor"] = self._hash(call.entry.accessor)
        return dict(sorted(request.items()))


def _mount(mount: engines.Mount | None, version: str, *, accessor: bool) -> Line:
    if mount is None:
        return {}
    shown = {
        "mount_class": "auth" if mount.path.startswith("auth/") else "secret",
        "mount_point": mount.path,
        version: mount.engine.version,
        "mount_type": mount.type,
    }
    return {"mount_accessor": mount.accessor, **shown} if accessor else shown
