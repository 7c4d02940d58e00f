"""Turns an answer of Vault into an error that its reader can act on. Pure.

Texts are built from names, paths, statuses and Vault's own `errors` and `warnings`, redacted. A reply that is not
Vault's JSON is described by status, type and size; no part of it is ever quoted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider import errors, model
from provider.base import secret
from provider.golang import gojson
from provider.observe import redact
from provider.vault import transport

_LONGEST: Final = 300
"""Characters of Vault's own text at most: a Kubernetes Event holds 1,024 in all."""

NOT_VAULT: Final = "vaultAddress leads to a proxy, or to a server that is not Vault"
"""The hint for an answer to a login that is not Vault's: no path is at fault there."""

_VALUES: Final = 200_000
"""Values of one reply at most: each takes over a hundred bytes once parsed, whatever it took on the wire."""

_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')

_CAPABILITY: Final = {"GET": "read", "LIST": "list", "PATCH": "patch", "DELETE": "delete"}

# Arguments whose values describe the request and are not secret; Vault quotes them in its refusals.
_SHOWN: Final = frozenset(
    {"common_name", "alt_names", "ip_sans", "uri_sans", "other_sans", "ttl", "format", "role", "key_type", "key_bits"}
)


@dataclass(frozen=True, slots=True)
class Context:
    """Who sent a request to whom: the facts that every message carries."""

    address: str
    login: model.Login
    pod: model.Pod
    policies: tuple[str, ...] = ()


def parse(answer: transport.Answer, what: str, *, hint: str = "") -> dict[str, Any]:
    """Parse the JSON object of an answer.

    Args:
        answer: any answer.
        what: the request, for the error: "GET secret/data/x".
        hint: what to do about an answer that is not Vault's; advice on the path that was read, where none is given.

    Raises:
        errors.BadReply: the answer has no body, or is not a JSON object.
    """
    if not answer.body.strip():
        raise errors.BadReply(
            f"Vault at {answer.address} answered {what} with {answer.status_text} and no body",
            status=answer.status,
            hint=hint or "read a path and method that return data",
        )
    if _count_values(answer.body) > _VALUES and _count_values(_STRING.sub(b"", answer.body)) > _VALUES:
        raise errors.BadReply(
            f"{answer.address} answered {what} with {answer.status_text} and more than {_VALUES} values",
            status=answer.status,
            hint="read a smaller secret",
        )
    try:
        document = gojson.loads(answer.body)
    except ValueError as error:
        kind = answer.headers.get("Content-Type", "no content type").split(";")[0]
        size = len(answer.body)
        raise errors.BadReply(
            f"{answer.address} answered {what} with {answer.status_text} and {size} bytes of {kind}, not JSON",
            status=answer.status,
            hint=hint
            or "the path does not return JSON (for pki/ca/pem read pki/cert/ca), or vaultAddress leads to a proxy",
        ) from error
    if not isinstance(document, dict):
        raise errors.BadReply(
            f"{answer.address} answered {what} with {answer.status_text} and JSON that is not an object",
            status=answer.status,
            hint="check vaultAddress",
        )
    return document


def _count_values(body: bytes) -> int:
    """Count the values, at most: each but the first of its list or map follows a comma."""
    return sum(body.count(sign) for sign in (b",", b"[", b"{"))


def error_text(document: Mapping[str, Any], hidden: tuple[secret.Secret, ...] = ()) -> str:
    """Vault's `errors` as one redacted line, "" where there are none."""
    listed = document.get("errors")
    texts = [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
    lines = []
    for text in texts:
        points = [line.strip().removeprefix("* ") for line in text.splitlines() if line.strip().startswith("* ")]
        lines.extend(points or [text])
    return presentable(", ".join(dict.fromkeys(lines)), hidden)


def presentable(text: str, hidden: tuple[secret.Secret, ...] = ()) -> str:
    """Text of Vault's as it may be shown: redacted, on one line, shortened."""
    return redact.one_line(redact.scrub(text, hidden), _LONGEST)


def is_dead_token(answer: transport.Answer) -> bool | None:
    """Whether a 403 was for the token itself (True) or for the path (False); None where its text does not say.

    Vault 1.21 answers an expired, revoked, used-up or unknown token with "2 errors occurred: permission denied,
    invalid token", and a policy denial with "1 error occurred: permission denied". Older
    servers say a bare "permission denied" for both. An answer that is not Vault's JSON comes from a proxy.
    """
    try:
        listed = parse(answer, "").get("errors")
    except errors.BadReply:
        return False
    text = " ".join(str(item) for item in listed) if isinstance(listed, list) else ""
    if "invalid token" in text or "bad token" in text:
        return True
    return False if "error occurred" in text else None


def hidden_args(args: str) -> tuple[secret.Secret, ...]:
    """The argument values that must not show up in Vault's text."""
    if not args:
        return ()
    found: list[secret.Secret] = []

    def collect(value: object, name: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                collect(inner, key)
        elif isinstance(value, list):
            for inner in value:
                collect(inner, name)
        elif isinstance(value, str) and name not in _SHOWN:
            found.append(secret.Secret(value))

    collect(gojson.loads(args), "")
    return tuple(found)


def of_read(answer: transport.Answer, read: model.Read, context: Context) -> errors.VaultError:
    """The error behind an answer to a read that is not 200."""
    what = f"{read.method} {read.path}"
    where = f"Vault at {answer.address}"
    if answer.status == 304 or (answer.status < 300 and not answer.body.strip()):
        return errors.BadReply(
            f"{where} answered {what} with {answer.status_text} and no body",
            status=answer.status,
            path=read.path,
            hint="an object needs a path and method that return data",
        )
    try:
        document = parse(answer, what)
    except errors.BadReply as error:
        return _plain_http(answer, error)
    words = error_text(document, hidden_args(read.args))
    facts: dict[str, Any] = {"status": answer.status, "path": read.path}
    message = f"{where} answered {what} with {answer.status_text}" + (f": {words}" if words else "")
    match answer.status:
        case 403:
            return errors.PathDenied(_denied(what, words, answer, context), hint=_policy_line(read), **facts)
        case 404:
            return _missing(document, words, answer, read)
        case 405:
            return errors.RequestRefused(message, hint=f"this path does not take {read.method}: set `method`", **facts)
        case status if status >= 500:
            return errors.VaultFailed(message, hint="see Vault's server log", **facts)
        case _:
            return errors.RequestRefused(message, hint="check secretPath, method and secretArgs", **facts)


def of_login(
    answer: transport.Answer, hidden: tuple[secret.Secret, ...], context: Context, advise: Callable[[str], str]
) -> errors.VaultError:
    """The error behind an answer to a login that is not 200.

    Args:
        answer: Vault's.
        hidden: the credentials, which Vault may quote.
        context: who logged in, and how.
        advise: what to do about a refusal in these words of Vault's.
    """
    what = f"POST auth/{context.login.mount}/login"
    try:
        document = parse(answer, what, hint=NOT_VAULT)
    except errors.BadReply as error:
        return _plain_http(answer, error)
    words = error_text(document, hidden)
    message = f"Vault at {answer.address} refused the login of {_account(context.pod)} for {context.login}"
    message = f"{message} ({answer.status_text}{': ' + words if words else ''})"
    if answer.status >= 500:
        return errors.VaultFailed(message, status=answer.status, hint="see Vault's server log", retryable=True)
    if "no handler for route" in words or "unsupported path" in words:
        hint = f"enable an auth method at auth/{context.login.mount}, or set vaultAuthMountPath (and vaultNamespace)"
    else:
        hint = advise(words)
    return errors.LoginRefused(message, status=answer.status, hint=hint)


def _account(pod: model.Pod) -> str:
    if not pod.service_account:
        return "this token"
    return f"service account {pod.namespace}/{pod.service_account}"


def _plain_http(answer: transport.Answer, error: errors.BadReply) -> errors.VaultError:
    if answer.status == 400 and b"HTTP request to an HTTPS server" in answer.body:
        return errors.TargetError(
            f"Vault at {answer.address} speaks TLS", status=400, hint="write https:// in vaultAddress"
        )
    return error


def _denied(what: str, words: str, answer: transport.Answer, context: Context) -> str:
    policies = f", policies {', '.join(context.policies)}" if context.policies else ""
    reason = f"{answer.status_text}: {words or 'no reason given'}"
    return f"Vault at {answer.address} denied {what} to {context.login}{policies} ({reason})"


def _policy_line(read: model.Read) -> str:
    capability = _CAPABILITY.get(read.method, "update")
    line = f'add to a policy of that role: path "{read.path}" {{ capabilities = ["{capability}"] }}'
    better = _with_data(read.path)
    if read.method == "GET" and better:
        line = f"{line} (on a KV version 2 engine the path is {better})"
    return line


def _with_data(path: str) -> str:
    """`path` with the data/ of a KV version 2 engine; "" where it may already have it."""
    mount, _, rest = path.partition("/")
    if not rest or mount in ("sys", "auth", "identity", "cubbyhole"):
        return ""
    if {"data", "metadata", "creds", "issue", "sign", "static-creds", "cert"} & set(path.split("/")[1:]):
        return ""
    return f"{mount}/data/{rest}"


def _missing(document: Mapping[str, Any], words: str, answer: transport.Answer, read: model.Read) -> errors.VaultError:
    facts: dict[str, Any] = {"status": answer.status, "path": read.path}
    gone = _gone(document)
    if gone:
        version, how, hint = gone
        return errors.VersionGone(f"version {version} of {read.path} {how}", hint=hint, **facts)
    warnings = " ".join(str(item) for item in document.get("warnings") or ())
    message = (
        f"Vault at {answer.address} has nothing at {read.path} ({answer.status_text}{': ' + words if words else ''})"
    )
    better = _with_data(read.path)
    if "versioned" in warnings and better:
        return errors.SecretNotFound(
            f"{message}: it is in a KV version 2 engine", hint=f"write secretPath: {better}", **facts
        )
    if "no handler for route" in words:
        return errors.SecretNotFound(
            message, hint="no secrets engine is mounted there: see `vault secrets list`, and vaultNamespace", **facts
        )
    return errors.SecretNotFound(
        message, hint=f"check secretPath{f', or write {better} for a KV version 2 engine' if better else ''}", **facts
    )


def _gone(document: Mapping[str, Any]) -> tuple[str, str, str] | None:
    data = document.get("data")
    metadata = data.get("metadata") if isinstance(data, dict) else None
    if not isinstance(metadata, dict):
        return None
    version = redact.one_line(str(metadata.get("version", "?")), 20)
    if metadata.get("destroyed") is True:
        return version, "was destroyed", "write a new version, or name another by ?version=N"
    deleted = redact.one_line(str(metadata.get("deletion_time") or ""), 40)
    if deleted:
        return version, f"was deleted at {deleted}", "undelete it (`vault kv undelete`), or write a new version"
    return None
