"""The `objects` parameter: a YAML list of what becomes which file."""

import string
from dataclasses import dataclass, field
from typing import Final

from provider import model
from provider.base import file_names, messages, nearest, vault_path
from provider.golang.yaml import compose, decode_v3
from provider.spec import modes, refresh_policy, template_fields

LARGEST: Final = 1024 * 1024
"""Bytes of the text. The API server stores no object above about 1.5 MiB."""

MOST: Final = 1000
"""Objects of one SPC."""

FIELDS: Final = {
    "objectName": ("text", "none, it is required", "The file's path inside the volume; also the name of its version."),
    "secretPath": (
        "text",
        "none, it is required without template",
        "What to read in Vault, v1/ or not; `?name=value` is a query. A KV version 2 path holds data/.",
    ),
    "secretKey": (
        "text",
        "the whole response",
        "The key whose value becomes the file: a string as it is, anything else as compact JSON.",
    ),
    "method": ("text", "GET", "The HTTP method; PUT or POST to issue certificates and the like."),
    "secretArgs": ("map", "none", "The request's body. Objects with the same path, method and body share one request."),
    "filePermission": (
        "mode",
        "the volume's, 0644",
        'The file\'s permission bits: 0600, 0o600, 384 and quoted "0600" are the same.',
    ),
    "encoding": ("text", "utf-8", "What the value is encoded in, to be decoded: utf-8, base64 or hex."),
    **template_fields.FIELDS,
    **refresh_policy.FIELDS,
}
"""Every field of an object: its kind, what holds without it, and what it is for."""

METHODS: Final = ("GET", "LIST", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "SCAN", "RECOVER")
"""What Vault and OpenBao know; they answer anything else with 405."""

_MOST_UNKNOWN: Final = 40
"""Unknown fields of one object that are looked at."""

ENCODINGS: Final = ("utf-8", "base64", "hex")

_ONE_LINE: Final = (
    "write a list, for example [{objectName: password, secretPath: secret/data/my-app, secretKey: password}]"
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What all objects of an SPC share.

    Attributes:
        namespace: the Vault namespace of every read.
        fragments: names and sources of the templates that the objects' templates may call.
        interval: seconds of refreshInterval where an object is silent.
    """

    namespace: str = ""
    fragments: tuple[tuple[str, str], ...] = ()
    interval: float = model.Refresh().interval


@dataclass(slots=True)
class Parsed:
    """The objects that are right, and all that is to be said of the others and of the doubtful."""

    objects: list[model.Object] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse(text: str, shared: Shared = Shared()) -> Parsed:
    """Read `objects`. Nothing is raised: every problem is in the result.

    Args:
        text: the parameter.
        shared: what holds for all of them.
    """
    parsed = Parsed()
    if len(text.encode("utf-8", "replace")) > LARGEST:
        parsed.problems.append(f"objects is larger than {LARGEST // 1024} KiB; split the SecretProviderClass")
        return parsed
    try:
        document = compose.parse(text)
    except compose.Fault as error:
        parsed.problems.append(f"objects: {error.message}{_at(error.line, error.column)}{_hint(text, error)}")
        return parsed
    if document.more:
        parsed.warnings.append("objects holds more than one YAML document (---); only the first counts")
    items = _items(document.root, parsed.problems)
    if len(items) > MOST:
        parsed.problems.append(
            f"objects has {len(items)} entries, at most {MOST} are taken; split it over several volumes"
        )
        return parsed
    _read_all(items, shared, parsed)
    return parsed


def _items(root: compose.Node | None, problems: list[str]) -> list[tuple[int, compose.Node]]:
    """The entries with their place in the list; null ones count, and are dropped as Go drops them."""
    if root is None or root.is_null or (root.kind is compose.Kind.LIST and all(item.is_null for item in root.children)):
        problems.append(f"objects is empty; {_ONE_LINE}")
    elif root.kind is compose.Kind.LIST:
        return [(index, item) for index, item in enumerate(root.children) if not item.is_null]
    elif root.kind is compose.Kind.MAP:
        keys = {key.text for key in root.children[::2]}
        if "array" in keys:
            problems.append(
                "objects has the old form with array:, which is not read any more; write the entries as a plain list, "
                f"without array: and without the | before each; {_ONE_LINE}"
            )
        else:
            hint = 'put "- " before each entry' if keys & set(FIELDS) else _ONE_LINE
            problems.append(f"objects is a mapping{_at(root.line, root.column)} and must be a list; {hint}")
    else:
        problems.append(f"objects is plain text{_at(root.line, root.column)} and must be a list; {_ONE_LINE}")
    return []


def _read_all(items: list[tuple[int, compose.Node]], shared: Shared, parsed: Parsed) -> None:
    decoder = decode_v3.Decoder()
    named: dict[str, list[int]] = {}
    try:
        for index, item in items:
            reader = _Reader(decoder, index, shared, parsed)
            made = reader.read(item)
            if reader.name:
                named.setdefault(reader.name, []).append(index)
            if made:
                parsed.objects.append(made)
    except decode_v3.ExpansionTooLarge as error:
        parsed.problems.append(f"objects: {error.message}{_at(error.line, error.column)}")
        return
    for name, indexes in named.items():
        if len(indexes) > 1:
            places = ", ".join(f"objects[{index}]" for index in indexes)
            parsed.problems.append(
                f"{messages.shown(name)}: objectName is used {len(indexes)} times ({places}); give each object its own"
            )
    for outer, inner in file_names.blocked(named):
        parsed.problems.append(
            f"{messages.shown(inner)}: objectName needs {messages.shown(outer)} to be a directory, and that is another "
            "object's file; rename one of them"
        )


class _Reader:
    """Reads one entry. `name` is its objectName once that is known and can be a file."""

    def __init__(self, decoder: decode_v3.Decoder, index: int, shared: Shared, parsed: Parsed) -> None:
        self._decoder = decoder
        self._shared = shared
        self._subject = f"objects[{index}]"
        self._parsed = parsed
        self._entries: dict[str, decode_v3.Entry] = {}
        self.name = ""

    def read(self, item: compose.Node) -> model.Object | None:
        """The object; None where anything is wrong with it."""
        before = len(self._parsed.problems)
        if item.real.kind is not compose.Kind.MAP:
            kind = item.real.kind.value
            self._problem(
                f"must be a mapping with objectName and secretPath, and is {kind}{_at(item.line, item.column)}"
            )
            return None
        self._entries = self._decoder.entries(item)
        self._drain("")
        self._file_name()
        writing = template_fields.Reader(self._entries, self._decoder, self._drain, self._problem, self._warn)
        template = writing.read(self._shared.namespace, self._shared.fragments)
        path, query = self._path(needed=not writing.given)
        key = self._text("secretKey")
        method = self._method()
        encoding = self._encoding(key)
        args = self._args()
        mode = self._mode()
        refresh = self._refresh(writes=writing.given or method != "GET")
        self._unknown()
        if not path and writing.given:
            self._idle("method", "secretArgs")
        if len(self._parsed.problems) > before:
            return None
        read = model.Read(self._shared.namespace, path, method, query, args) if path else None
        return model.Object(self.name, read, key, mode, encoding, template, refresh)

    def _refresh(self, *, writes: bool) -> model.Refresh:
        texts = {name: self._text(name) for name in refresh_policy.FIELDS}
        refresh, problems, doubts = refresh_policy.read(self._entries, texts, self._shared.interval, writes=writes)
        for message in problems:
            self._problem(message)
        for message in doubts:
            self._warn(message)
        return refresh

    def _idle(self, *fields: str) -> None:
        for name in fields:
            if name in self._entries:
                self._warn(f"{name} has no effect without secretPath: the template says what it reads")

    def _problem(self, message: str) -> None:
        self._parsed.problems.append(f"{self._subject}: {message}")

    def _warn(self, message: str) -> None:
        self._parsed.warnings.append(f"{self._subject}: {message}")

    def _drain(self, field_name: str) -> bool:
        """Tell what the unfolder found; whether it found anything."""
        found = self._decoder.problems
        for problem in found:
            self._problem(
                f"{field_name}{' ' if field_name else ''}{problem.message}{_at(problem.line, problem.column)}"
            )
        self._decoder.problems = []
        return bool(found)

    def _text(self, field_name: str) -> str:
        entry = self._entries.get(field_name)
        text = self._decoder.text(entry.value) if entry else None
        self._drain(field_name)
        return text or ""

    def _where(self, field_name: str) -> str:
        value = self._entries[field_name].value
        return _at(value.line, value.column)

    def _file_name(self) -> None:
        before = len(self._parsed.problems)
        name = self._text("objectName")
        if name:
            self._subject = messages.shown(name)
            try:
                file_names.check_file(name)
                self.name = name
            except vault_path.BadPath as error:
                self._problem(f"objectName {error}{self._where('objectName')}")
        elif len(self._parsed.problems) == before:
            self._problem(f"objectName is missing; write the name of the file to make{self._misspelt('objectName')}")

    def _path(self, *, needed: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
        before = len(self._parsed.problems)
        text = self._text("secretPath")
        if text:
            try:
                return vault_path.read(text)
            except vault_path.BadPath as error:
                self._problem(f"secretPath {messages.quoted(text)} {error}{self._where('secretPath')}")
        elif needed and len(self._parsed.problems) == before:
            self._problem(
                'secretPath is missing; write the path in Vault, for example "secret/data/my-app"'
                f"{self._misspelt('secretPath')}"
            )
        return "", ()

    def _misspelt(self, wanted: str) -> str:
        """Where an unknown field looks like the missing one."""
        for name in self._unknown_fields():
            if nearest.nearest(name, FIELDS) == wanted:
                return f" ({messages.shown(name)} is not a known field)"
        return ""

    def _unknown_fields(self) -> list[str]:
        return [name for name in self._entries if name not in FIELDS][:_MOST_UNKNOWN]

    def _method(self) -> str:
        text = self._text("method")
        method = text.upper()
        if method != text and method in METHODS:
            self._warn(f"method {messages.shown(text)} is sent as {method}; write it in upper case")
        if method and method not in METHODS:
            self._problem(
                f"method {messages.quoted(text)} is unknown to Vault; write one of {', '.join(METHODS[:6])}"
                f"{nearest.advice(text, METHODS)}{self._where('method')}"
            )
        return method or "GET"

    def _encoding(self, key: str) -> str:
        text = self._text("encoding")
        encoding = text.translate(_LOWER)
        if encoding and encoding not in ENCODINGS:
            self._problem(
                f"encoding {messages.quoted(text)} is unknown; write utf-8, base64 or hex{self._where('encoding')}"
            )
        elif encoding in ENCODINGS[1:] and not key:
            self._warn(f"encoding {encoding} has no effect without secretKey: the whole response is written as JSON")
        return encoding or "utf-8"

    def _args(self) -> str:
        entry = self._entries.get("secretArgs")
        args = self._decoder.arguments(entry.value) if entry else ""
        self._drain("secretArgs")
        return args

    def _mode(self) -> int | None:
        entry = self._entries.get("filePermission")
        if entry is None or entry.value.is_null:
            return None
        value = entry.value
        if value.kind is not compose.Kind.SCALAR:
            kind = value.kind.value
            self._problem(
                f"filePermission must be a file mode such as 0644, and is {kind}{self._where('filePermission')}"
            )
            return None
        try:
            mode = modes.read(value.text, value.tag)
        except modes.BadMode as error:
            self._problem(f"filePermission {error}{self._where('filePermission')}")
            return None
        if mode.warning:
            self._warn(f"filePermission {mode.warning}")
        return mode.bits

    def _unknown(self) -> None:
        # What nobody will be told need not be looked for.
        if len(self._parsed.warnings) > 2 * messages.MOST_SHOWN:
            return
        for name in self._unknown_fields():
            key = self._entries[name].key
            advice = nearest.advice(name, FIELDS)
            self._warn(f"unknown field {messages.shown(name)} is ignored{advice}{_at(key.line, key.column)}")


_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _at(line: int, column: int) -> str:
    return messages.at("objects", line, column)


def _hint(text: str, error: compose.Fault) -> str:
    line, lines = error.line, text.splitlines()
    near = lines[max(0, line - 2) : line + 1] if line else []
    if any("\t" in one[: len(one) - len(one.lstrip())] for one in near):
        return "; indent with spaces, not with tabs"
    if "':'" in error.message or "mapping values" in error.message:
        return '; put a space behind the colon of a key, and text that has ": " or ends in ":" in quotes'
    return ""
