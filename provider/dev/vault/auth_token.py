"""auth/token: tokens looked up, made, renewed and revoked by their holders."""

from collections.abc import Callable
from typing import Any

from provider.dev.vault import engines, fields, replies, state, tokens

VERSION = "v1.21.1+builtin.vault"


class TokenAuth:
    """The one mount that is always there."""

    version = VERSION

    def __init__(self, held: state.State) -> None:
        self._state = held

    def open_to_all(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Nothing is."""
        return False

    def exists(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Every write here is an update."""
        return True

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        routes: dict[tuple[str, str], Callable[[engines.Call], replies.Reply | None]] = {
            ("read", "lookup-self"): lambda call: self._described(_own(call)),
            ("update", "lookup-self"): lambda call: self._described(_own(call)),
            ("read", "lookup"): lambda call: self._described(_own(call)),
            ("update", "lookup"): lambda call: self._described(self._named(call)),
            ("update", "lookup-accessor"): self._lookup_accessor,
            ("update", "create"): lambda call: self._create(call, orphan=False),
            ("update", "create-orphan"): lambda call: self._create(call, orphan=True),
            ("update", "renew-self"): lambda call: self._renew(call, _own(call)),
            ("update", "renew"): lambda call: self._renew(call, self._named(call)),
            ("update", "revoke-self"): lambda call: self._revoke(_own(call)),
            ("update", "revoke"): self._revoke_named,
            ("update", "revoke-accessor"): self._revoke_accessor,
            ("list", "accessors"): lambda _: replies.keys([entry.accessor for entry in self._state.tokens]),
        }
        rest = call.rest.rstrip("/")
        if (call.operation, rest) not in routes:
            known = any(path == rest for _, path in routes)
            raise (
                replies.unsupported() if known else replies.Refusal(404, "1 error occurred:\n\t* unsupported path\n\n")
            )
        return routes[call.operation, rest](call)

    def _named(self, call: engines.Call) -> tokens.Entry:
        name = fields.text(call.data, "token")
        if not name:
            raise replies.bad_request("missing token ID")
        entry = self._state.tokens.find(name)
        if entry is None:
            raise replies.Refusal(403, "bad token")
        return entry

    def _described(self, entry: tokens.Entry, *, with_id: bool = True) -> replies.Reply:
        data: dict[str, Any] = {
            "accessor": entry.accessor,
            "creation_time": int(entry.issued),
            "creation_ttl": entry.creation_ttl,
            "display_name": entry.display_name,
            "entity_id": entry.entity_id,
            "expire_time": None if entry.expires is None else replies.timestamp(entry.expires),
            "explicit_max_ttl": entry.wish.explicit_max_ttl,
            "id": entry.id if with_id else "",
            "issue_time": replies.timestamp(entry.issued),
            "meta": dict(entry.meta) if entry.meta is not None else None,
            "num_uses": entry.uses_left,
            "orphan": not entry.parent,
            "path": entry.path,
            "policies": list(entry.policies),
            "renewable": entry.renewable,
            "ttl": self._state.tokens.ttl(entry),
            "type": entry.type,
        }
        if entry.wish.period:
            data["period"] = entry.wish.period
        if entry.renewed is not None:
            data["last_renewal"] = replies.timestamp(entry.renewed)
            data["last_renewal_time"] = int(entry.renewed)
        return replies.Reply(data)

    def _lookup_accessor(self, call: engines.Call) -> replies.Reply:
        entry = self._state.tokens.by_accessor(fields.text(call.data, "accessor"))
        if entry is None:
            raise replies.Refusal(403, "1 error occurred:\n\t* invalid accessor\n\n")
        return self._described(entry, with_id=False)

    def _create(self, call: engines.Call, *, orphan: bool) -> replies.Reply:
        maker = _own(call)
        by_root = "root" in maker.policies
        wanted = fields.strings(call.data, "policies")
        policies = wanted or list(maker.policies)
        if not by_root and not set(policies) <= {*maker.policies, "default"}:
            raise replies.bad_request("child policies must be subset of parent")
        kind = fields.text(call.data, "type", "service")
        wish = tokens.Wish(
            policies=policies,
            ttl=fields.seconds(call.data, "ttl"),
            explicit_max_ttl=fields.seconds(call.data, "explicit_max_ttl"),
            period=fields.seconds(call.data, "period"),
            num_uses=fields.number(call.data, "num_uses"),
            type=kind,
            no_default_policy=fields.flag(call.data, "no_default_policy"),
            renewable=fields.flag(call.data, "renewable", True) and kind == "service",
        )
        name = fields.text(call.data, "display_name")
        meta = fields.mapping(call.data, "meta")
        own_id = fields.text(call.data, "id")
        if own_id and not by_root:
            raise replies.bad_request("root or sudo privileges required to specify token id")
        entry, warnings = self._state.tokens.create(
            wish,
            path=call.path,
            display_name=f"token-{name}" if name else "token",
            meta={key: str(value) for key, value in meta.items()} if meta else None,
            parent="" if orphan or (by_root and fields.flag(call.data, "no_parent")) else maker.id,
            wanted_id=own_id,
        )
        call.issued = entry
        if own_id:
            warnings.append(
                "Supplying a custom ID for the token uses the weaker SHA1 hashing instead of the more secure SHA2-256 "
                "HMAC for token obfuscation. SHA1 hashed tokens on the wire leads to less secure lookups."
            )
        missing = [name for name in entry.policies if name != "root" and name not in self._state.policies]
        warnings += [f'Policy "{name}" does not exist' for name in missing]
        return replies.Reply(auth=tokens.shown_to_owner(entry, entry.creation_ttl), warnings=warnings)

    def _renew(self, call: engines.Call, entry: tokens.Entry) -> replies.Reply:
        warnings = self._state.tokens.renew(entry, fields.seconds(call.data, "increment"))
        left = 0 if entry.expires is None else round(entry.expires - self._state.clock.now())
        return replies.Reply(auth=tokens.shown_to_owner(entry, left), warnings=warnings)

    def _revoke(self, entry: tokens.Entry) -> None:
        if entry.type == "batch":
            raise replies.bad_request("batch tokens cannot be revoked")
        self._state.tokens.revoke(entry.id)

    def _revoke_named(self, call: engines.Call) -> None:
        name = fields.text(call.data, "token")
        if not name:
            raise replies.bad_request("missing token ID")
        entry = self._state.tokens.find(name)
        if entry is not None:
            self._revoke(entry)

    def _revoke_accessor(self, call: engines.Call) -> replies.Reply | None:
        accessor = fields.text(call.data, "accessor")
        if not accessor:
            raise replies.bad_request("missing accessor")
        entry = self._state.tokens.by_accessor(accessor)
        if entry is None:
            return replies.Reply(warnings=["No token found with this accessor"])
        self._revoke(entry)
        return None


def _own(call: engines.Call) -> tokens.Entry:
    if call.entry is None:
        raise replies.forbidden()
    return call.entry
