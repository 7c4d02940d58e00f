"""Defines the functions that read from Vault: `secret`, `secrets`, `pkiCert`. They ask `state.State.lookup`.

A path is written as in consul-template, with or without slashes around it. Any argument after it, even an empty one,
makes the request a write. What a lookup does not have yet is nil, so that `with` skips it in the pass that finds out
what to read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provider import model
from provider.base import pem
from provider.golang import failures, gojson, unicode, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:(\.\d*[1-9])0*|\.0+)?(?:Z|([+-]\d\d):(\d\d))")


def secret_struct(reply: model.Reply) -> values.Struct:
    """Return a reply as Go's *dependency.Secret. Its Data is a copy, so that a template may `set` keys in it."""
    envelope = reply.envelope
    warnings = envelope.get("warnings")
    auth, wrap = envelope.get("auth"), envelope.get("wrap_info")
    return values.Struct(
        "*dependency.Secret",
        {
            "RequestID": _text(envelope, "request_id"),
            "LeaseID": _text(envelope, "lease_id"),
            "LeaseDuration": _integer(envelope, "lease_duration"),
            "Renewable": bool(envelope.get("renewable")),
            "Data": _copied(reply.data or {}),
            "Warnings": _strings(warnings if isinstance(warnings, list) else reply.warnings or None),
            "Auth": _auth(auth) if isinstance(auth, Mapping) else values.NilPointer("*dependency.SecretAuth"),
            "WrapInfo": _wrap(wrap) if isinstance(wrap, Mapping) else values.NilPointer("*dependency.SecretWrapInfo"),
        },
    )


def _auth(auth: Mapping[str, Any]) -> values.Struct:
    metadata = auth.get("metadata")
    return values.Struct(
        "*dependency.SecretAuth",
        {
            "ClientToken": _text(auth, "client_token"),
            "Accessor": _text(auth, "accessor"),
            "Policies": _strings(auth.get("policies")),
            "Metadata": values.StringMap(metadata if isinstance(metadata, Mapping) else {}),
            "LeaseDuration": _integer(auth, "lease_duration"),
            "Renewable": bool(auth.get("renewable")),
        },
    )


def _wrap(wrap: Mapping[str, Any]) -> values.Struct:
    return values.Struct(
        "*dependency.SecretWrapInfo",
        {
            "Token": _text(wrap, "token"),
            "TTL": _integer(wrap, "ttl"),
            "CreationTime": _time(_text(wrap, "creation_time")),
            "WrappedAccessor": _text(wrap, "wrapped_accessor"),
        },
    )


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return str(value) if isinstance(value, str) else ""


def _integer(fields: Mapping[str, Any], name: str) -> int:
    try:
        return int(fields.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def _strings(items: Iterable[Any] | None) -> values.StringList:
    if items is None:
        return values.StringList.nil()
    return values.StringList(each for each in items if isinstance(each, str))


def _time(written: str) -> str:
    """Return a time of JSON as Go prints it. It is text here, without a time's methods."""
    found = _TIME.fullmatch(written or "0001-01-01T00:00:00Z")
    if not found:
        return written
    day, clock, fraction, hours, minutes = found.groups()
    zone = f"{hours}{minutes} {hours}{minutes}" if hours else "+0000 UTC"
    return f"{day} {clock}{fraction or ''} {zone}"


def _copied(data: Mapping[str, Any]) -> dict[str, Any]:
    """Copy maps and lists at every level, without recursion."""
    root: dict[str, Any] = {}
    pending: list[tuple[Any, Any]] = [(data, root)]
    while pending:
        source, target = pending.pop()
        for key, item in source.items() if isinstance(source, Mapping) else enumerate(source):
            made: Any = item
            if isinstance(item, Mapping):
                made = {}
                pending.append((item, made))
            elif isinstance(item, list | tuple):
                made = [None] * len(item)
                pending.append((item, made))
            target[key] = made
    return root


@TABLE.add("secret", "string...")
def _secret(rendering: state.State, *words: str) -> values.Value:
    if not words:
        return None
    path = _path(words[0])
    found = rendering.lookup.secret(path, _parameters(words[1:]) if len(words) > 1 else None)
    if isinstance(found, values.Struct) and rendering.path_of(found.fields["Data"]) != path:
        rendering.remember_path(found.fields["Data"], path)
    return found


@TABLE.add("secrets", "string")
def _secrets(rendering: state.State, written: str) -> values.StringList:
    if not written:
        return values.StringList()
    names = rendering.lookup.names(_path(written))
    rendering.budget.step(1 + len(names))
    return values.StringList(names)


@TABLE.add("pkiCert", "string...")
def _pki_cert(rendering: state.State, *words: str) -> values.Value:
    if not words:
        return None
    path = _path(words[0])
    found = rendering.lookup.secret(path, _parameters(words[1:]))
    return _pem_encoded(rendering, path, found.fields["Data"]) if isinstance(found, values.Struct) else found


def _path(written: str) -> str:
    path = unicode.trim_space(written).strip("/")
    if not path:
        raise failures.Failed("the path is empty")
    return path


def _parameters(words: Iterable[str]) -> dict[str, str]:
    made = {}
    for word in words:
        name, equals, value = word.partition("=")
        if word and not equals:
            raise failures.Failed("not k=v pair")
        if word:
            made[unicode.trim_space(name)] = unicode.trim_space(value)
    return made


def _pem_encoded(rendering: state.State, path: str, data: Mapping[str, Any]) -> values.Struct:
    """Return the PEM blocks of a reply, sorted into key, certificate and authorities.

    Args:
        rendering: pays for the texts looked at.
        path: where the reply is from.
        data: its data.

    Raises:
        failures.Failed: it contains no certificate.
    """
    certificate = key = ""
    authorities: dict[str, None] = {}
    for name, text in _texts(data):
        rendering.budget.step(1 + len(text) // 100)
        for block in pem.blocks(text):
            if block.is_key:
                key = block.text
            elif block.is_certificate and _is_authority(name, block):
                authorities.setdefault(block.text)
            elif block.is_certificate:
                certificate = block.text
    if not certificate and not authorities:
        raise failures.Failed(f"the reply of {path} holds no certificate in PEM format")
    chain = values.StringList(authorities)
    fields = {"Cert": certificate, "Key": key, "CA": chain[0] if chain else "", "CAChain": chain}
    struct = values.Struct("dependency.PemEncoded", fields)
    struct.methods = {
        "Data": function.Function("Data", (), variadic=False, call=lambda _rendering: struct),
        "CaChainContains": function.Function(
            "CaChainContains", ("string",), variadic=False, call=lambda _rendering, item: item in authorities
        ),
    }
    return struct


def _texts(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a reply, each with the name of its key, in the order that decides which of several is used.

    consul-template leaves that to chance. The first CA is its CA, the last leaf and the last key are Cert and Key.
    """
    first, last = ("issuing_ca", "ca_chain"), ("certificate", "private_key")
    others = sorted(name for name in data if name not in first and name not in last)
    for name in (*first, *others, *last):
        value = data.get(name)
        texts = value if isinstance(value, list) and name == "ca_chain" else [value]
        yield from ((name, each) for each in texts if isinstance(each, str) and not isinstance(each, gojson.Number))


def _is_authority(name: str, block: pem.Block) -> bool:
    """What the certificate says of itself; of one that cannot be read, what the name of its key says."""
    said = None if block.der is None else pem.is_authority(block.der)
    return name in ("issuing_ca", "ca_chain") if said is None else said
