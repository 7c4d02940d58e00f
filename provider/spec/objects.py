"""Reads the parameter `objects`: a YAML list of what becomes which file."""

from collections.abc import Mapping
from typing import Final

from provider import findings, model
from provider.base import file_names, messages, nearest, vault_path
from provider.golang.yaml import compose, decode_v3
from provider.shapes import contract, fields, registry, secret_data
from provider.spec import modes, refresh_policy

LARGEST: Final = 1024 * 1024
"""Bytes of the text. The API server stores no object above about 1.5 MiB."""

MOST: Final = 1000
"""Objects of one SPC."""

METHODS: Final = ("GET", "LIST", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "SCAN", "RECOVER")
"""What Vault and OpenBao know; they answer anything else with 405."""

COMMON: Final = (
    contract.Field(
        "objectName", "text", "none, it is required", "The file's path inside the volume; also the name of its version."
    ),
    contract.Field(
        "secretPath",
        "text",
        "none, it is required without template",
        "What to read in Vault, v1/ or not; `?name=value` is a query. A KV version 2 path holds data/.",
    ),
    contract.Field(
        "method", "choice", "GET", "The HTTP method; PUT or POST to issue certificates and the like.", METHODS
    ),
    contract.Field(
        "secretArgs",
        "map",
        "none",
        "The request's body. Objects with the same path, method and body share one request.",
    ),
    contract.Field(
        "filePermission",
        "mode",
        "the volume's, 0644",
        'The file\'s permission bits: 0600, 0o600, 384 and quoted "0600" are the same.',
    ),
    contract.Field(
        "encoding",
        "choice",
        "utf-8",
        "What the value is encoded in, to be decoded: utf-8, base64 or hex.",
        secret_data.ENCODINGS,
    ),
    *refresh_policy.FIELDS,
)
"""The fields that objects of every shape have."""

FIELDS: Final = {**{field.name: field for field in COMMON}, **registry.FIELDS}
"""Every field of an object by name."""

_MOST_UNKNOWN: Final = 40
"""Unknown fields of one object that are looked at."""

_ABOUT: Final = findings.Subject("objects")

_ONE_LINE: Final = (
    "write a list, for example [{objectName: password, secretPath: secret/data/my-app, secretKey: password}]"
)


def parse(text: str, shared: contract.Shared, report: findings.Report) -> tuple[model.Object, ...]:
    """Read `objects`, and return those that are right. Nothing is raised: all that is wrong goes into the report.

    Args:
        text: the parameter.
        shared: what holds for all of them.
        report: takes the findings.
    """
    source = findings.Source(text, inside=_ABOUT.parameter)
    if len(text.encode("utf-8", "replace")) > LARGEST:
        report.error(_ABOUT, f"objects is larger than {LARGEST // 1024} KiB", "split the SecretProviderClass")
        return ()
    try:
        document = compose.parse(text)
    except compose.Fault as fault:
        _refuse(fault, source, report)
        return ()
    if document.more:
        report.warn(_ABOUT, "objects holds more than one YAML document (---); only the first counts")
    items = _items(document.root, source, report)
    if len(items) > MOST:
        message = f"objects has {len(items)} entries, at most {MOST} are taken"
        report.error(_ABOUT, message, "split it over several volumes")
        return ()
    return _read_all(items, shared, source, report)


def _refuse(fault: compose.Fault, source: findings.Source, report: findings.Report) -> None:
    fix = fault.fix or _yaml_fix(source.text, fault)
    report.error(_ABOUT, f"objects: {fault.message}", fix, source.place(fault.line, fault.column))


def _yaml_fix(text: str, fault: compose.Fault) -> str:
    line, lines = fault.line, text.splitlines()
    near = lines[max(0, line - 2) : line + 1] if line else []
    if any("\t" in one[: len(one) - len(one.lstrip())] for one in near):
        return "indent with spaces, not with tabs"
    if "':'" in fault.message or "mapping values" in fault.message:
        return 'put a space behind the colon of a key, and text that has ": " or ends in ":" in quotes'
    return ""


def _items(
    root: compose.Node | None, source: findings.Source, report: findings.Report
) -> list[tuple[int, compose.Node]]:
    """Find the entries with their place in the list; null ones count, and are dropped as Go drops them."""
    if root is None or root.is_null or (root.kind is compose.Kind.LIST and all(item.is_null for item in root.children)):
        report.error(_ABOUT, "objects is empty", _ONE_LINE)
    elif root.kind is compose.Kind.LIST:
        return [(index, item) for index, item in enumerate(root.children) if not item.is_null]
    elif root.kind is compose.Kind.MAP:
        keys = {key.text for key in root.children[::2]}
        if "array" in keys:
            form = "write the entries as a plain list, without array: and without the | before each"
            fix = findings.joined(form, _ONE_LINE)
            report.error(_ABOUT, "objects has the old form with array:, which is not read any more", fix)
        else:
            fix = 'put "- " before each entry' if keys & set(FIELDS) else _ONE_LINE
            place = source.place(root.line, root.column)
            report.error(_ABOUT, "objects is a mapping and must be a list", fix, place)
    else:
        place = source.place(root.line, root.column)
        report.error(_ABOUT, "objects is plain text and must be a list", _ONE_LINE, place)
    return []


def _read_all(
    items: list[tuple[int, compose.Node]], shared: contract.Shared, source: findings.Source, report: findings.Report
) -> tuple[model.Object, ...]:
    decoder = decode_v3.Decoder()
    made: list[model.Object] = []
    named: dict[str, list[fields.Fields]] = {}
    try:
        for index, item in items:
            position = f"objects[{index}]"
            if item.real.kind is not compose.Kind.MAP:
                message = f"must be a mapping with objectName and secretPath, and is {item.real.kind.value}"
                about = findings.Subject(_ABOUT.parameter, position)
                report.error(about, message, place=source.place(item.line, item.column))
                continue
            entry = fields.Fields(item, position, decoder, source, report)
            name = _file_name(entry)
            if name:
                named.setdefault(name, []).append(entry)
            one = _read(entry, name, shared)
            _warn_of_unknown(entry, report)
            if one is not None:
                made.append(one)
    except decode_v3.ExpansionTooLarge as fault:
        _refuse(fault, source, report)
        return ()
    _check_names(named)
    return tuple(made)


def sources(text: str, name: str) -> dict[str, findings.Source]:
    """Find the texts of one field of all objects, by objectName, for places in them that are found later."""
    source = findings.Source(text, inside=_ABOUT.parameter)
    decoder, found = decode_v3.Decoder(), {}
    for index, item in _items(compose.parse(text).root, source, findings.Report()):
        if item.real.kind is compose.Kind.MAP:
            entry = fields.Fields(item, f"objects[{index}]", decoder, source, findings.Report())
            if entry.is_given(name):
                found[entry.text("objectName")] = entry.source(name)
    return found


def _check_names(named: Mapping[str, list[fields.Fields]]) -> None:
    """Refuse names that two objects have, or that are a file and a directory at once."""
    for entries in named.values():
        if len(entries) > 1:
            places = ", ".join(entry.position for entry in entries)
            message = f"objectName is used {len(entries)} times ({places})"
            entries[-1].error("objectName", message, "give each object its own")
    for outer, inner in file_names.blocked(named):
        message = f"objectName needs {messages.shown(outer)} to be a directory, and that is another object's file"
        named[inner][0].error("objectName", message, "rename one of them")


def _read(entry: fields.Fields, name: str, shared: contract.Shared) -> model.Object | None:
    """Read one entry; None where anything is wrong with it."""
    kind = registry.chosen(entry)
    shape = kind.parse(entry, shared)
    path, query = _path(entry, needed=not kind.FINDS_READS)
    method = _method(entry)
    encoding = _encoding(entry)
    args = entry.arguments("secretArgs")
    mode = _mode(entry)
    refresh = refresh_policy.read(entry, shared.interval, writes=kind.FINDS_READS or method != "GET")
    if shared.thorough:
        shape.check(entry)
    if entry.has_errors:
        return None
    read = model.Read(shared.namespace, path, method, query, args) if path else None
    return model.Object(name, read, shape, mode, encoding, refresh)


def _file_name(entry: fields.Fields) -> str:
    """The name of the entry's file; "" where it cannot be one."""
    name = entry.text("objectName")
    if name:
        entry.subject = name
        try:
            file_names.check_file(name)
        except vault_path.BadPath as error:
            entry.error("objectName", f"objectName {error.message}", error.fix)
            return ""
    elif not entry.is_wrong("objectName"):
        fix = f"write the name of the file to make{_misspelt(entry, 'objectName')}"
        entry.error("objectName", "objectName is missing", fix)
    return name


def _path(entry: fields.Fields, *, needed: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    text = entry.text("secretPath")
    if text:
        try:
            return vault_path.read(text)
        except vault_path.BadPath as error:
            entry.error("secretPath", f"secretPath {messages.quoted(text)} {error.message}", error.fix)
    elif needed and not entry.is_wrong("secretPath"):
        fix = f'write the path in Vault, for example "secret/data/my-app"{_misspelt(entry, "secretPath")}'
        entry.error("secretPath", "secretPath is missing", fix)
    return "", ()


def _misspelt(entry: fields.Fields, wanted: str) -> str:
    """Where an unknown field looks like the missing one."""
    for name in _unknown(entry):
        if nearest.nearest(name, FIELDS) == wanted:
            return f" ({messages.shown(name)} is not a known field)"
    return ""


def _unknown(entry: fields.Fields) -> list[str]:
    return [name for name in entry.names if name not in FIELDS][:_MOST_UNKNOWN]


def _warn_of_unknown(entry: fields.Fields, report: findings.Report) -> None:
    # What is not going to be shown need not be looked for.
    if len(report.warnings) > 2 * messages.MOST_SHOWN:
        return
    for name in _unknown(entry):
        entry.warn_of_name(name, f"unknown field {messages.shown(name)} is ignored", nearest.advice(name, FIELDS))


def _method(entry: fields.Fields) -> str:
    text = entry.text("method")
    method = text.upper()
    if method != text and method in METHODS:
        entry.warn("method", f"method {messages.shown(text)} is sent as {method}", "write it in upper case")
    if method and method not in METHODS:
        fix = findings.joined(f"write one of {', '.join(METHODS[:6])}", nearest.advice(text, METHODS))
        entry.error("method", f"method {messages.quoted(text)} is unknown to Vault", fix)
    return method or "GET"


def _encoding(entry: fields.Fields) -> str:
    text = entry.text("encoding")
    encoding = secret_data.encoding_name(text)
    if encoding and encoding not in secret_data.ENCODINGS:
        entry.error("encoding", f"encoding {messages.quoted(text)} is unknown", "write utf-8, base64 or hex")
    return encoding or "utf-8"


def _mode(entry: fields.Fields) -> int | None:
    node = entry.node("filePermission")
    if node is None:
        return None
    if node.kind is not compose.Kind.SCALAR:
        message = f"filePermission must be a file mode such as 0644, and is {node.kind.value}"
        entry.error("filePermission", message)
        return None
    try:
        mode = modes.read(node.text, node.tag)
    except modes.BadMode as error:
        entry.error("filePermission", f"filePermission {error.message}", error.fix)
        return None
    if mode.doubt:
        entry.warn("filePermission", f"filePermission {mode.doubt}", mode.fix)
    return mode.bits
