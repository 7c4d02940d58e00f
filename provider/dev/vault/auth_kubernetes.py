"""The kubernetes login: the pod's token is compared with the role, then reviewed by the API server."""

import dataclasses
import fnmatch
import ssl
from typing import Any

import aiohttp

from provider.dev.vault import claims, engines, fields, replies, roles, state, tokens


@dataclasses.dataclass(slots=True)
class Role:
    """Which service accounts may log in, and what they get. A name may end with `*`; audience "" is any."""

    names: list[str]
    namespaces: list[str]
    audience: str
    wish: tokens.Wish


class KubernetesAuth:
    """One mount of it."""

    version = "v0.23.1+builtin"

    def __init__(self, held: state.State) -> None:
        self._state = held
        self._config: dict[str, Any] | None = None
        self._roles: dict[str, Role] = {}

    def open_to_all(self, rest: str) -> bool:
        """The login."""
        return rest == "login"

    def exists(self, rest: str) -> bool:
        """See `engines.Engine`."""
        return not rest.startswith("role/") or rest.removeprefix("role/").lower() in self._roles

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        if call.rest == "login":
            if not call.writes:
                raise replies.unsupported()
            return await self._login(call)
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
            if self._config is None:
                raise replies.nothing_there()
            shown = {name: value for name, value in self._config.items() if name != "token_reviewer_jwt"}
            return replies.Reply({**shown, "token_reviewer_jwt_set": bool(self._config["token_reviewer_jwt"])})
        if not call.writes:
            raise replies.unsupported()
        host = fields.text(call.data, "kubernetes_host")
        if not host:
            raise replies.bad_request("no host provided")
        authority = fields.text(call.data, "kubernetes_ca_cert")
        if authority and "-----BEGIN" not in authority:
            raise replies.bad_request("The provided CA PEM data contains no valid certificates")
        self._config = {
            "disable_iss_validation": fields.flag(call.data, "disable_iss_validation", True),
            "disable_local_ca_jwt": fields.flag(call.data, "disable_local_ca_jwt"),
            "issuer": fields.text(call.data, "issuer"),
            "kubernetes_ca_cert": authority,
            "kubernetes_host": host,
            "pem_keys": fields.strings(call.data, "pem_keys"),
            "token_reviewer_jwt": fields.text(call.data, "token_reviewer_jwt"),
            "use_annotations_as_alias_metadata": False,
        }
        return None

    def _role(self, call: engines.Call, name: str) -> replies.Reply | None:
        held = self._roles.get(name.lower())
        if call.operation == "delete":
            self._roles.pop(name.lower(), None)
            return None
        if call.writes:
            return self._write_role(call, name, held)
        if call.operation != "read":
            raise replies.unsupported()
        if held is None:
            raise replies.nothing_there()
        return replies.Reply(
            {
                "alias_name_source": "serviceaccount_uid",
                "audience": held.audience,
                "bound_service_account_names": held.names,
                "bound_service_account_namespace_selector": "",
                "bound_service_account_namespaces": held.namespaces,
                **roles.shown(held.wish),
            }
        )

    def _write_role(self, call: engines.Call, name: str, held: Role | None) -> replies.Reply | None:
        names = fields.strings(call.data, "bound_service_account_names") or (held.names if held else [])
        namespaces = fields.strings(call.data, "bound_service_account_namespaces") or (held.namespaces if held else [])
        wish = roles.wish_of(call.data, held.wish if held else None)
        if not names:
            raise replies.bad_request('"bound_service_account_names" can not be empty')
        if not namespaces:
            raise replies.bad_request(
                '"bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" '
                "is not set"
            )
        for bound in (names, namespaces):
            if len(bound) > 1 and "*" in bound:
                raise replies.bad_request('can not mix "*" with values')
        audience = fields.text(call.data, "audience", held.audience if held else "")
        self._roles[name.lower()] = Role(names, namespaces, audience, wish)
        if audience.strip():
            return None
        return replies.Reply(
            warnings=[
                (
                    f"Role {name} does not have an audience configured. While audiences are not required, consider "
                    "specifying one if your use case would benefit from additional JWT claim verification."
                )
            ]
        )

    async def _login(self, call: engines.Call) -> replies.Reply:
        name, token = fields.text(call.data, "role"), fields.text(call.data, "jwt")
        if not name or not token:
            raise replies.bad_request("missing jwt" if name else "missing role")
        role = self._roles.get(name.lower())
        if role is None:
            raise replies.bad_request(f"invalid role name {claims.quoted(name)}")
        if self._config is None:
            raise replies.Refusal(500, "could not load backend configuration")
        said = self._believed(token, role, self._config)
        account, namespace, uid = _identity(said)
        if not _allowed(account, role.names):
            raise replies.Refusal(403, "service account name not authorized")
        if not _allowed(namespace, role.namespaces):
            raise replies.Refusal(403, "namespace not authorized")
        if not uid:
            raise replies.Refusal(500, "could not parse UID from claims")
        asked = [role.audience] if role.audience else claims.audience(said)
        if await self._review(token, asked, self._config) != (namespace, account, uid):
            raise replies.forbidden()
        meta = {
            "role": name,
            "service_account_name": account,
            "service_account_namespace": namespace,
            "service_account_secret_name": "",
            "service_account_uid": uid,
        }
        return roles.log_in(self._state, call, role.wish, name=f"{namespace}-{account}", alias=uid, meta=meta)

    def _believed(self, token: str, role: Role, config: dict[str, Any]) -> dict[str, Any]:
        try:
            keys = config["pem_keys"]
            said = claims.verified(token, keys) if keys else claims.unverified(token)
            issuer = "" if config["disable_iss_validation"] else config["issuer"]
            wanted = [role.audience] if role.audience else []
            claims.check(said, self._state.clock.now(), issuer=issuer, audiences=wanted)
        except claims.BadSignature:
            raise replies.forbidden() from None
        except claims.Refused as refused:
            raise replies.Refusal(403, str(refused)) from refused
        return said

    async def _review(self, token: str, audiences: list[str], config: dict[str, Any]) -> tuple[str, str, str] | None:
        """Namespace, name and UID of the account the API server takes this token for; None where it does not."""
        body: dict[str, Any] = {"metadata": {}, "spec": {"token": token}, "status": {"user": {}}}
        if audiences:
            body["spec"]["audiences"] = audiences
        context: ssl.SSLContext | bool = True
        if config["kubernetes_ca_cert"]:
            context = ssl.create_default_context(cadata=config["kubernetes_ca_cert"])
        url = f"{config['kubernetes_host'].rstrip('/')}/apis/authentication.k8s.io/v1/tokenreviews"
        headers = {"Authorization": f"Bearer {config['token_reviewer_jwt'] or token}", "Accept": "application/json"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session,
                session.post(url, json=body, headers=headers, ssl=context) as answer,
            ):
                status = (await answer.json()).get("status") if answer.status in range(200, 207) else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
        if not isinstance(status, dict) or status.get("error") or not status.get("authenticated"):
            return None
        if audiences and not set(audiences) & set(status.get("audiences") or ()):
            return None
        user = status.get("user", {})
        parts = str(user.get("username", "")).split(":")
        if len(parts) != 4 or parts[:2] != ["system", "serviceaccount"]:
            return None
        return parts[2], parts[3], str(user.get("uid", ""))


def _identity(said: dict[str, Any]) -> tuple[str, str, str]:
    """Name, namespace and UID, from either form of service account tokens."""
    bound = said.get("kubernetes.io")
    old = "kubernetes.io/serviceaccount"
    if not isinstance(bound, dict):
        name, uid = (str(said.get(f"{old}/service-account.{key}", "")) for key in ("name", "uid"))
        return name, str(said.get(f"{old}/namespace", "")), uid
    account = bound.get("serviceaccount") or {}
    return str(account.get("name", "")), str(bound.get("namespace", "")), str(account.get("uid", ""))


def _allowed(name: str, bound: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]")) for pattern in bound)
