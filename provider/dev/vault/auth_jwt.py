"""The jwt login: tokens checked against public keys that Vault was given, with claims bound by the role."""

import dataclasses
import fnmatch
from typing import Any

from provider.dev.vault import claims, engines, fields, replies, roles, state, tokens


@dataclasses.dataclass(slots=True)
class Role:
    """Which tokens may log in, and what they get."""

    user_claim: str
    audiences: list[str]
    subject: str
    bound: dict[str, Any] | None
    globs: bool
    mappings: dict[str, str] | None
    wish: tokens.Wish


class JwtAuth:
    """One mount of it."""

    version = "v0.25.0+builtin"

    def __init__(self, held: state.State) -> None:
        self._state = held
        self._config: dict[str, Any] | None = None
        self._roles: dict[str, Role] = {}

    def open_to_all(self, rest: str) -> bool:
        """The login."""
        return rest == "login"

    def exists(self, rest: str) -> bool:
        """See `engines.Engine`."""
        return not rest.startswith("role/") or rest.removeprefix("role/") in self._roles

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        if call.rest == "login":
            if not call.writes:
                raise replies.unsupported()
            return self._login(call)
        if call.rest == "config":
            return self._configure(call)
        if call.operation == "list" and call.rest.rstrip("/") == "role":
            return replies.keys(list(self._roles))
        kind, _, name = call.rest.partition("/")
        if kind != "role" or not name:
            raise replies.Refusal(404, "1 error occurred:\n\t* unsupported path\n\n")
        return self._role(call, name)

    def _configure(self, call: engines.Call) -> replies.Reply | None:
        if call.operation == "read":
            return replies.Reply(dict(self._config)) if self._config else None
        if not call.writes:
            raise replies.unsupported()
        keys = fields.strings(call.data, "jwt_validation_pubkeys")
        if not keys:
            raise replies.bad_request(
                "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs' or 'oidc_discovery_url' must be set"
            )
        self._config = {
            "bound_issuer": fields.text(call.data, "bound_issuer"),
            "default_role": fields.text(call.data, "default_role"),
            "jwt_validation_pubkeys": keys,
        }
        return None

    def _role(self, call: engines.Call, name: str) -> replies.Reply | None:
        if call.operation == "delete":
            self._roles.pop(name, None)
            return None
        if call.writes:
            self._roles[name] = _parsed(call.data)
            return None
        if call.operation != "read":
            raise replies.unsupported()
        role = self._roles.get(name)
        if role is None:
            raise replies.nothing_there()
        return replies.Reply(
            {
                "bound_audiences": role.audiences,
                "bound_claims": role.bound,
                "bound_claims_type": "glob" if role.globs else "string",
                "bound_subject": role.subject,
                "claim_mappings": role.mappings,
                "role_type": "jwt",
                "user_claim": role.user_claim,
                **roles.shown(role.wish),
            }
        )

    def _login(self, call: engines.Call) -> replies.Reply:
        if self._config is None:
            raise replies.bad_request("could not load configuration")
        name = fields.text(call.data, "role") or self._config["default_role"]
        if not name:
            raise replies.bad_request("missing role")
        role = self._roles.get(name)
        if role is None:
            raise replies.bad_request(f"role {claims.quoted(name)} could not be found")
        token = fields.text(call.data, "jwt")
        if not token:
            raise replies.bad_request("missing token")
        said = self._believed(token, role, self._config)
        user = claims.find(said, role.user_claim)
        if user is None:
            raise replies.bad_request(f"claim {claims.quoted(role.user_claim)} not found in token")
        meta = {"role": name}
        for source, target in (role.mappings or {}).items():
            value = claims.find(said, source)
            if value is not None:
                meta[target] = str(value)
        return roles.log_in(self._state, call, role.wish, name=str(user), alias=str(user), meta=meta)

    def _believed(self, token: str, role: Role, config: dict[str, Any]) -> dict[str, Any]:
        try:
            said = claims.verified(token, config["jwt_validation_pubkeys"])
            now, issuer = self._state.clock.now(), config["bound_issuer"]
            claims.check(said, now, issuer=issuer, subject=role.subject, audiences=role.audiences)
        except claims.Refused as refused:
            raise replies.bad_request(f"error validating token: {refused}") from refused
        if not role.audiences and claims.audience(said):
            raise replies.bad_request("audience claim found in JWT but no audiences bound to the role")
        for claim, wanted in (role.bound or {}).items():
            given = claims.find(said, claim)
            shown = f"error validating claims: claim {claims.quoted(claim)}"
            if given is None:
                raise replies.bad_request(f"{shown} is missing")
            if not _bound(_listed(wanted), _listed(given), globs=role.globs):
                raise replies.bad_request(f"{shown} does not match any associated bound claim values")
        return said


def _parsed(data: fields.Data) -> Role:
    user_claim, subject = fields.text(data, "user_claim"), fields.text(data, "bound_subject")
    audiences, bound = fields.strings(data, "bound_audiences"), fields.mapping(data, "bound_claims")
    mappings = fields.mapping(data, "claim_mappings")
    if fields.text(data, "role_type", "oidc") != "jwt":
        raise replies.bad_request("the dev Vault knows roles of type jwt only")
    if not (audiences or subject or bound):
        raise replies.bad_request("must have at least one bound constraint when creating/updating a role")
    if not user_claim:
        raise replies.bad_request("a user claim must be defined on the role")
    globs = fields.text(data, "bound_claims_type") == "glob"
    return Role(user_claim, audiences, subject, bound, globs, mappings, roles.wish_of(data))


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _bound(wanted: list[str], given: list[str], *, globs: bool) -> bool:
    if not globs:
        return bool(set(wanted) & set(given))
    return any(fnmatch.fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in wanted for value in given)
