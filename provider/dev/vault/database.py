"""The database engine without a database: made-up logins that live as long as their lease.

`Database.accepts` is the database's side of it: whether a login would get in now.
"""

import secrets
from typing import Any

from provider.dev.vault import engines, fields, replies, state, tokens

_ROLE_LISTS = ("creation_statements", "renew_statements", "revocation_statements", "rollback_statements")


class Database:
    """One mount of it."""

    version = "v1.21.1+builtin.vault"

    def __init__(self, held: state.State) -> None:
        self._state = held
        self._connections: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, dict[str, Any]] = {}
        self._logins: dict[str, str] = {}

    def open_to_all(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Nothing is."""
        return False

    def exists(self, rest: str) -> bool:
        """See `engines.Engine`."""
        kind, _, name = rest.partition("/")
        held = {"config": self._connections, "roles": self._roles}.get(kind)
        return held is None or name in held

    def accepts(self, username: str, password: str) -> bool:
        """Whether this login is good now."""
        self._state.settle()
        return self._logins.get(username) == password

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        kind, _, name = call.rest.partition("/")
        held = {"config": self._connections, "roles": self._roles}.get(kind)
        if call.operation == "list" and held is not None and not name:
            return replies.keys(list(held))
        if kind == "creds" and name:
            if call.operation != "read":
                raise replies.unsupported()
            return self._lease(call, name)
        if held is None or not name:
            raise replies.Refusal(404, "1 error occurred:\n\t* unsupported path\n\n")
        if call.operation == "delete":
            held.pop(name, None)
            return None
        if call.operation == "read":
            if name not in held:
                raise replies.nothing_there()
            return replies.Reply({key: value for key, value in held[name].items() if key != "password"})
        if not call.writes:
            raise replies.unsupported()
        held[name] = _role(call.data) if kind == "roles" else dict(call.data)
        return None

    def _lease(self, call: engines.Call, name: str) -> replies.Reply:
        role = self._roles.get(name)
        if role is None:
            raise replies.bad_request(f"unknown role: {name}")
        connection = self._connections.get(role["db_name"])
        if connection is None:
            raise _failed(f'failed to find entry for connection with name: "{role["db_name"]}"')
        if not {name, "*"} & set(fields.strings(connection, "allowed_roles")):
            raise _failed(f'"{name}" is not an allowed role')
        who = call.entry
        username = "-".join(
            [
                "v",
                (who.display_name if who else "")[:8],
                name[:8],
                tokens.random_text(20),
                str(int(self._state.clock.now())),
            ]
        )
        password = f"{tokens.random_text(10)}-{secrets.token_urlsafe(9)}"[:20]
        self._logins[username] = password
        limits = [role["max_ttl"] or tokens.SYSTEM_TTL]
        if who is not None and who.type == "batch":
            # Nothing would end the lease with a batch token, so it is given no more than the token has.
            limits.append(self._state.tokens.ttl(who))
        lease = self._state.leases.create(
            call.path,
            who.id if who else "",
            role["default_ttl"],
            min(limits),
            lambda: self._forget(username),
        )
        return replies.Reply(
            {"password": password, "username": username},
            lease_id=lease.id,
            lease_duration=lease.ttl,
            renewable=True,
        )

    def _forget(self, username: str) -> None:
        self._logins.pop(username, None)


def _failed(text: str) -> replies.Refusal:
    return replies.Refusal(500, f"1 error occurred:\n\t* {text}\n\n")


def _role(data: fields.Data) -> dict[str, Any]:
    lists = {name: fields.strings(data, name) for name in _ROLE_LISTS if name != "creation_statements"}
    creation = data.get("creation_statements") or []
    return {
        "creation_statements": [str(creation)] if not isinstance(creation, list) else creation,
        "credential_type": "password",
        "db_name": fields.text(data, "db_name"),
        "default_ttl": fields.seconds(data, "default_ttl"),
        "max_ttl": fields.seconds(data, "max_ttl"),
        **lists,
    }
