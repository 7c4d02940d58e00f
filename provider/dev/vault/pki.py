"""The PKI engine: one internal root, roles, certificates by name."""

import asyncio
import base64
import ipaddress
import re
import ssl
from typing import Any

from provider.base import clock
from provider.dev.vault import certificates, engines, fields, replies, tokens

_ROLE: dict[str, Any] = {
    "allow_any_name": False,
    "allow_bare_domains": False,
    "allow_glob_domains": False,
    "allow_ip_sans": True,
    "allow_localhost": True,
    "allow_subdomains": False,
    "allow_wildcard_certificates": True,
    "allowed_domains": [],
    "client_flag": True,
    "enforce_hostnames": True,
    "generate_lease": False,
    "issuer_ref": "default",
    "key_bits": 2048,
    "key_type": "rsa",
    "max_ttl": 0,
    "no_store": False,
    "require_cn": True,
    "server_flag": True,
    "ttl": 0,
}
_ASKED = frozenset(
    {
        "alt_names", "common_name", "exclude_cn_from_sans", "format", "ip_sans", "issuer_ref", "not_after",
        "other_sans", "private_key_format", "remove_roots_from_chain", "role", "serial_number", "ttl", "uri_sans",
        "user_ids",
    }
)  # fmt: skip
_HOST = re.compile(
    r"(\*\.)?([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?"
)


class Pki:
    """One mount of it."""

    version = "v1.21.1+builtin.vault"

    def __init__(self, time: clock.Clock) -> None:
        self._clock = time
        self._authority: certificates.Authority | None = None
        self._roles: dict[str, dict[str, Any]] = {}
        self._issued: dict[str, str] = {}

    def open_to_all(self, rest: str) -> bool:
        """The CA certificate, in its several forms."""
        return rest in ("ca", "ca/pem", "ca_chain") or rest.startswith("cert/")

    def exists(self, rest: str) -> bool:  # noqa: ARG002 -- engines.Engine
        """Every write here is an update."""
        return True

    async def answer(self, call: engines.Call) -> replies.Reply | None:
        """Find the route."""
        kind, _, name = call.rest.partition("/")
        if call.operation == "list" and not name and kind in ("roles", "certs"):
            return replies.keys(list(self._roles if kind == "roles" else self._issued))
        if kind == "roles" and name:
            return self._role(call, name)
        if call.operation == "read" and call.rest in ("ca/pem", "ca_chain"):
            return self._bundle()
        if call.operation == "read" and kind == "cert" and name:
            return self._certificate(name)
        if call.rest in ("root/generate/internal", "root/generate/exported") or (kind == "issue" and name):
            if not call.writes:
                raise replies.unsupported()
            return await (self._issue(call, name) if kind == "issue" else self._generate(call))
        raise replies.Refusal(404, "1 error occurred:\n\t* unsupported path\n\n")

    def _role(self, call: engines.Call, name: str) -> replies.Reply | None:
        if call.operation == "delete":
            self._roles.pop(name, None)
            return None
        if call.operation == "read" and name not in self._roles:
            raise replies.nothing_there()
        if call.writes:
            self._roles[name] = _parsed(call.data)
        elif call.operation != "read":
            raise replies.unsupported()
        reply = replies.Reply(dict(self._roles[name]))
        if call.writes and self._authority is None:
            reply.warnings.append(
                "Issuing Certificate was set to default, but no default issuing certificate (configurable at "
                "/config/issuers) is currently set"
            )
        return reply

    def _bundle(self) -> replies.Reply:
        if self._authority is None:
            raise replies.nothing_there()
        text = certificates.pem(self._authority.certificate)
        return replies.Reply(raw=text.encode(), content_type="application/pem-certificate-chain")

    def _certificate(self, name: str) -> replies.Reply:
        found = self._issued.get(name.replace("-", ":"))
        if name == "ca" and self._authority is not None:
            found = certificates.pem(self._authority.certificate)
        if found is None:
            raise replies.nothing_there()
        return replies.Reply({"certificate": found, "revocation_time": 0, "revocation_time_rfc3339": ""})

    async def _generate(self, call: engines.Call) -> replies.Reply:
        name = fields.text(call.data, "common_name")
        if not name:
            raise replies.bad_request("no common_name provided")
        kind, bits = fields.text(call.data, "key_type", "rsa"), fields.number(call.data, "key_bits")
        ttl = min(fields.seconds(call.data, "ttl") or tokens.SYSTEM_TTL, tokens.SYSTEM_TTL)
        now = self._clock.now()
        try:
            made = await asyncio.to_thread(certificates.make_authority, name, kind, bits, now, ttl)
        except ValueError as error:
            raise replies.bad_request(str(error)) from error
        self._authority = made
        text, number = certificates.pem(made.certificate), certificates.serial(made.certificate)
        self._issued[number] = text
        data = {"certificate": text, "issuing_ca": text, "serial_number": number, "expiration": int(now) + ttl}
        if call.rest.endswith("exported"):
            data |= {"private_key": certificates.key_pem(made.key, pkcs8=False), "private_key_type": kind}
        return replies.Reply({**data, "issuer_name": "", "key_name": ""})

    async def _issue(self, call: engines.Call, name: str) -> replies.Reply:
        role = self._roles.get(name)
        if role is None:
            raise replies.bad_request(f"unknown role: {name}")
        form = fields.text(call.data, "format", "pem")
        if form not in ("pem", "der", "pem_bundle"):
            raise replies.bad_request('the "format" path parameter must be "pem", "der", or "pem_bundle"')
        if self._authority is None:
            raise replies.Refusal(
                500,
                "1 error occurred:\n\t* could not fetch the CA certificate (was one set?): "
                "no default issuer currently configured\n\n",
            )
        common_name, names = _names(call.data, role)
        ttl, warnings = self._lifetime(call, role)
        now = self._clock.now()
        key = await asyncio.to_thread(certificates.make_key, role["key_type"], role["key_bits"])
        certificate = certificates.make_leaf(self._authority, key, common_name, names, now=now, ttl=ttl)
        own, issuer = certificates.pem(certificate), certificates.pem(self._authority.certificate)
        private = certificates.key_pem(key, pkcs8=fields.text(call.data, "private_key_format") == "pkcs8")
        number = certificates.serial(certificate)
        self._issued[number] = own
        data: dict[str, Any] = {
            "authority_key_id": certificates.authority_id(certificate),
            "certificate": own,
            "expiration": int(now) + ttl,
            "issuing_ca": issuer,
            "private_key": private,
            "private_key_type": role["key_type"],
            "serial_number": number,
        }
        if form == "pem_bundle":
            data["certificate"] = f"{private}\n{own}\n{issuer}"
        if form == "der":
            data |= {"certificate": _der(own), "issuing_ca": _der(issuer), "private_key": _key_der(private)}
        if not fields.flag(call.data, "remove_roots_from_chain"):
            data["ca_chain"] = [data["issuing_ca"]]
        return replies.Reply(data, warnings=warnings + call.ignored(_ASKED))

    def _lifetime(self, call: engines.Call, role: dict[str, Any]) -> tuple[int, list[str]]:
        wanted = fields.seconds(call.data, "ttl") or role["ttl"] or tokens.SYSTEM_TTL
        limit = role["max_ttl"] or tokens.SYSTEM_TTL
        if wanted > limit:
            long, most = fields.long_duration(wanted), fields.long_duration(limit)
            warning = f'TTL "{long}" is longer than permitted maxTTL "{most}", so maxTTL is being used'
            # Vault says it twice: once when it resolves the request, once when it signs.
            return limit, [warning, warning]
        return wanted, []


def _parsed(data: fields.Data) -> dict[str, Any]:
    role = dict(_ROLE)
    for name, default in _ROLE.items():
        if name not in data:
            continue
        if isinstance(default, bool):
            role[name] = fields.flag(data, name)
        elif isinstance(default, list):
            role[name] = fields.strings(data, name)
        elif isinstance(default, int):
            role[name] = fields.seconds(data, name)
        else:
            role[name] = fields.text(data, name)
    if role["key_type"] == "ec" and "key_bits" not in data:
        role["key_bits"] = 256
    return role


def _names(data: fields.Data, role: dict[str, Any]) -> tuple[str, list[str]]:
    """The common name, and all names for the certificate's list.

    Raises:
        replies.Refusal: a name is missing, or is not allowed.
    """
    common_name, alternatives = fields.text(data, "common_name"), fields.strings(data, "alt_names")
    if not common_name and role["require_cn"]:
        raise replies.bad_request(
            'the common_name field is required, or must be provided in a CSR with "use_csr_common_name" set to true, '
            'unless "require_cn" is set to false'
        )
    if common_name and not _allowed(common_name, role):
        raise replies.bad_request(f"common name {common_name} not allowed by this role")
    for name in alternatives:
        if not _allowed(name, role):
            raise replies.bad_request(f"subject alternate name {name} not allowed by this role")
    addresses = fields.strings(data, "ip_sans")
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise replies.bad_request(f'the value "{address}" is not a valid IP address') from None
    if addresses and not role["allow_ip_sans"]:
        raise replies.bad_request(
            f"IP Subject Alternative Names are not allowed in this role, but was provided {addresses[0]}"
        )
    first = [common_name] if common_name and not fields.flag(data, "exclude_cn_from_sans") else []
    return common_name, list(dict.fromkeys([*first, *alternatives, *addresses]))


def _allowed(name: str, role: dict[str, Any]) -> bool:
    host = name.rpartition("@")[2].lower()
    if role["enforce_hostnames"] and not _HOST.fullmatch(host):
        return False
    if role["allow_any_name"]:
        return True
    if host.startswith("*.") and not role["allow_wildcard_certificates"]:
        return False
    if role["allow_localhost"] and host in ("localhost", "localdomain"):
        return True
    for domain in (str(domain).lower() for domain in role["allowed_domains"]):
        if host == domain and role["allow_bare_domains"]:
            return True
        if role["allow_subdomains"] and host.endswith(f".{domain}"):
            return True
        pattern = ".*".join(re.escape(part) for part in domain.split("*"))
        if role["allow_glob_domains"] and "*" in domain and re.fullmatch(pattern, host):
            return True
    return False


def _der(pem: str) -> str:
    return base64.b64encode(ssl.PEM_cert_to_DER_cert(pem)).decode()


def _key_der(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])
