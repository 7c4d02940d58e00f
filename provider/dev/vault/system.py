"""sys/: mounts, login methods, policies, capabilities, leases, wrapping."""

from collections.abc import Callable
from typing import Any

from provider.dev.vault import auth_token, catalog, engines, fields, policies, replies, state, tokens
from provider.golang import gojson

Route = Callable[[engines.Call, str], replies.Reply | None]

_UNSUPPORTED_PATH = "1 error occurred:\n\t* unsupported path\n\n"
_UI = "internal/ui/mounts"


class System:
    """The mount sys/. Health, seal and leader are answered before requests get here."""

    version = auth_token.VERSION

    def __init__(self, held: state.State) -> None:
        self._state = held
        self._routes: list[tuple[str, Route]] = [
            ("policies/acl/", self._policy),
            ("policies/acl", self._policies),
            ("policy/", self._policy),
            ("policy", self._policies),
            ("mounts/", self._mount),
            ("mounts", lambda call, _: self._list_mounts(call, logins=False)),
            ("auth/", self._mount),
            ("auth", lambda call, _: self._list_mounts(call, logins=True)),
            (f"{_UI}/", self._ui_mount),
            ("capabilities-self", self._capabilities),
            ("leases/lookup", self._lease),
            ("leases/renew", self._lease),
            ("leases/revoke-prefix/", self._revoke_prefix),
            ("leases/revoke", self._lease),
            ("renew", self._lease),
            ("revoke", self._lease),
            ("wrapping/wrap", self._wrap),
            ("wrapping/lookup", self._wrap_lookup),
            ("wrapping/unwrap", self._unwrap),
        ]

    def open_to_all(self, rest: str) -> bool:
        """What asks for its token itself, or asks for none."""
        return rest == "wrapping/lookup" or rest.startswith(f"{_UI}/")

    def exists(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Every write here is an update."""
        return True

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        rest = call.rest.rstrip("/") if call.operation == "list" else call.rest
        for prefix, route in self._routes:
            if rest == prefix or (prefix.endswith("/") and rest.startswith(prefix) and rest != prefix):
                return route(call, rest.removeprefix(prefix))
        raise replies.Refusal(404, _UNSUPPORTED_PATH)

    def _policies(self, call: engines.Call, rest: str) -> replies.Reply:  # noqa: ARG002 -- Route
        if call.operation not in ("list", "read"):
            raise replies.unsupported()
        names = sorted({*self._state.policies, "root"} - {policies.WRAPPING})
        if call.rest.startswith("policies"):
            return replies.keys(names)
        return replies.Reply({"keys": names, "policies": names}, flat=True)

    def _policy(self, call: engines.Call, name: str) -> replies.Reply | None:
        name = name.lower()
        held = self._state.policies
        modern = call.rest.startswith("policies/")
        if call.operation == "read":
            if name not in held and name != "root":
                raise replies.nothing_there()
            text = held.get(name, "")
            return replies.Reply({"name": name, "policy" if modern else "rules": text}, flat=not modern)
        if call.operation == "delete":
            if name in ("root", "default"):
                raise replies.bad_request(f"cannot delete {name} policy")
            held.pop(name, None)
            return None
        if not call.writes:
            raise replies.unsupported()
        document = fields.text(call.data, "policy")
        if not document:
            raise replies.bad_request("'policy' parameter not supplied or empty")
        if name in ("root", policies.WRAPPING):
            raise replies.bad_request(f'cannot update "{name}" policy')
        held.write(name, document)
        return None

    def _list_mounts(self, call: engines.Call, *, logins: bool) -> replies.Reply:
        if call.operation != "read":
            raise replies.unsupported()
        shown = {
            path.removeprefix("auth/"): mount.shown()
            for path, mount in self._state.mounts.items()
            if path.startswith("auth/") is logins
        }
        return replies.Reply(shown, flat=True)

    def _mount(self, call: engines.Call, name: str) -> replies.Reply | None:
        logins = call.rest.startswith("auth/")
        tuned = name.endswith("/tune")
        name = name.removesuffix("/tune")
        path = f"{name.strip('/')}/"
        full = f"auth/{path}" if logins else path
        mount = self._state.mounts.get(full)
        if call.operation == "read":
            if mount is None:
                kind = "auth method" if logins else "secret engine"
                raise replies.bad_request(f"No {kind} mount at {path}")
            if tuned:
                return replies.Reply(_tuning(mount), flat=True)
            return replies.Reply(mount.shown(), flat=True)
        if call.operation == "delete":
            self._unmount(full)
            return None
        if not call.writes:
            raise replies.unsupported()
        if tuned:
            raise replies.bad_request("the dev Vault's mounts cannot be tuned")
        make = catalog.login_mount if logins else catalog.secret_mount
        made = make(self._state, path, call.data)
        if mount is not None:
            raise replies.bad_request(f"path is already in use at {path}")
        self._state.mounts[full] = made
        return None

    def _unmount(self, path: str) -> None:
        if path in ("sys/", "auth/token/"):
            raise replies.bad_request(f"cannot unmount {path!r}")
        if self._state.mounts.pop(path, None) is None:
            return
        self._state.leases.revoke_prefix(path)
        for entry in self._state.tokens:
            if entry.path.startswith(path):
                self._state.tokens.revoke(entry.id)

    def _ui_mount(self, call: engines.Call, path: str) -> replies.Reply:
        """What the vault command asks to tell KV 1 from KV 2: any right below a mount is enough to be told."""
        if not call.token:
            raise replies.forbidden()
        entry = self._state.tokens.find(call.token)
        if entry is None:
            raise replies.Refusal(403, replies.DEAD_TOKEN)
        if call.operation != "read":
            raise replies.unsupported()
        found = self._state.mounts.find(path)
        if found is None or not self._sees(entry, found[0]):
            raise replies.Refusal(
                403,
                "preflight capability check returned 403, please ensure client's policies grant access to path "
                f"{gojson.dumps(path.rstrip('/') + '/')}",
            )
        shown = found[0].shown(tokens.SYSTEM_TTL, tokens.SYSTEM_TTL)
        return replies.Reply({**shown, "path": found[0].path})

    def _sees(self, entry: tokens.Entry, mount: engines.Mount) -> bool:
        if "root" in entry.policies:
            return True
        for name in entry.policies:
            for rule in self._state.policies.rules(name):
                stem = rule.path.rstrip("*").split("+")[0]
                overlaps = stem.startswith(mount.path) or mount.path.startswith(stem)
                is_capped_by_token = stem.startswith(mount.path) or rule.path.endswith("*") or rule.segments
                if overlaps and is_capped_by_token and "deny" not in rule.capabilities:
                    return True
        return False

    def _capabilities(self, call: engines.Call, rest: str) -> replies.Reply:  # noqa: ARG002 -- Route
        if not call.writes or call.entry is None:
            raise replies.unsupported()
        paths = fields.strings(call.data, "paths") or fields.strings(call.data, "path")
        if not paths:
            raise replies.bad_request("paths must be supplied")
        data: dict[str, Any] = {}
        for path in paths:
            if "root" in call.entry.policies:
                data[path] = ["root"]
            else:
                given = self._state.policies.capabilities(call.entry.policies, path)
                data[path] = sorted(given) or ["deny"]
        if len(paths) == 1:
            data["capabilities"] = data[paths[0]]
        return replies.Reply(data, flat=True)

    def _lease(self, call: engines.Call, rest: str) -> replies.Reply | None:  # noqa: ARG002 -- Route
        if not call.writes:
            raise replies.unsupported()
        lease_id = fields.text(call.data, "lease_id")
        if not lease_id:
            raise replies.bad_request("lease_id must be specified")
        self._state.settle()
        if call.rest.endswith("renew"):
            return self._state.leases.renew(lease_id, fields.seconds(call.data, "increment"))
        if call.rest.endswith("lookup"):
            return replies.Reply(self._state.leases.lookup(lease_id))
        self._state.leases.revoke(lease_id)
        return None

    def _revoke_prefix(self, call: engines.Call, prefix: str) -> None:
        if not call.writes:
            raise replies.unsupported()
        self._state.leases.revoke_prefix(prefix)

    def _wrap(self, call: engines.Call, rest: str) -> replies.Reply:  # noqa: ARG002 -- Route
        if not call.wrap_ttl:
            raise replies.bad_request("endpoint requires response wrapping to be used")
        return replies.Reply(dict(call.data))

    def _wrapping_token(self, call: engines.Call) -> str:
        token = fields.text(call.data, "token") or call.token
        if token not in self._state.wrapped:
            raise replies.bad_request("wrapping token is not valid or does not exist")
        return token

    def _wrap_lookup(self, call: engines.Call, rest: str) -> replies.Reply:  # noqa: ARG002 -- Route
        token = self._wrapping_token(call)
        entry = self._state.tokens.find(token)
        if entry is None:
            raise replies.bad_request("wrapping token is not valid or does not exist")
        return replies.Reply(
            {
                "creation_path": self._state.wrapped[token][0],
                "creation_time": replies.timestamp(entry.issued),
                "creation_ttl": entry.creation_ttl,
            }
        )

    def _unwrap(self, call: engines.Call, rest: str) -> replies.Reply:  # noqa: ARG002 -- Route
        if not call.writes:
            raise replies.unsupported()
        token = self._wrapping_token(call)
        if token != call.token and self._state.tokens.find(token) is None:
            raise replies.bad_request("wrapping token is not valid or does not exist")
        _, body = self._state.wrapped.pop(token)
        self._state.tokens.revoke(token)
        return replies.Reply(raw=body)


def _tuning(mount: engines.Mount) -> dict[str, Any]:
    return {
        "default_lease_ttl": tokens.SYSTEM_TTL,
        "description": mount.description,
        "force_no_cache": False,
        "max_lease_ttl": tokens.SYSTEM_TTL,
        "options": dict(mount.options) if mount.options is not None else None,
    }
