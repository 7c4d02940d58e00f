"""Reads what an SPC says of templates: the fields of an object, and the fragments that objects share.

Templates are compiled when a mount needs them; `check` compiles one only to report what is wrong with it.
"""

import dataclasses
from collections.abc import Mapping
from typing import Final

from provider import errors, findings, model
from provider.base import messages, nearest
from provider.golang.yaml import compose, decode_v3
from provider.gotemplate import faults
from provider.shapes import fields
from provider.shapes.templating import compiled, template_errors

FIELDS: Final = {
    "template": (
        "text",
        "none",
        "A Go template that makes the file, as the Agent Injector's; with secretPath its dot is that secret.",
    ),
    "templateDelims": ("list", "[{{, }}]", "What opens and closes an action of the template."),
    "missingKey": (
        "text",
        "error",
        "What a key that is not there is: an error, or as Go's zero or default, which print <no value>.",
    ),
}
"""The fields of an object that concern its template, for the table of all fields."""

LARGEST: Final = 1024 * 1024
"""Bytes of the parameter `templates`, as of `objects`."""

MISSING_KEYS: Final = ("error", "zero", "default")

_LONGEST_DELIMITER: Final = 32

_EXCLUDED: Final = {
    "secretKey": "name the key in the template, {{ .Data.data.KEY }} for KV version 2",
    "encoding": "decode in the template, with base64Decode",
}


def read(entry: fields.Fields, namespace: str, fragments: tuple[tuple[str, str], ...]) -> model.Template | None:
    """Read the template of an object; None where it has none.

    Args:
        entry: the object's fields.
        namespace: the Vault namespace of what the template reads.
        fragments: names and sources of the templates that it may call.
    """
    if not entry.is_given("template"):
        for name in ("templateDelims", "missingKey"):
            if entry.is_given(name):
                entry.warn(name, f"{name} has no effect without template")
        return None
    source = entry.text("template")
    if not source:
        entry.error("template", "template is empty", "write the file's text, or leave the field out")
    for name, advice in _EXCLUDED.items():
        if entry.text(name):
            entry.error(name, f"{name} has no meaning beside template", advice)
    left, right = _delimiters(entry)
    return model.Template(source, namespace, left, right, _missing_key(entry), fragments)


def check(entry: fields.Fields, template: model.Template) -> None:
    """Report what is wrong with the syntax of an object's template; see `check_fragments` for those it may call."""
    error = _syntax_error(template.source, template)
    if error is not None:
        place = entry.source("template").place(error.line, error.column)
        entry.error("template", error.message, error.hint or "", place)


def check_fragments(shared: Mapping[str, findings.Source], report: findings.Report) -> None:
    """Report what is wrong with the syntax of the shared templates, each by itself."""
    names = model.Template("", fragments=tuple((name, "") for name in shared))
    for name, source in shared.items():
        error = _syntax_error(source.text, names)
        if error is not None:
            message = f"templates: {messages.shown(name)}: {error.message}"
            place = source.place(error.line, error.column)
            report.error(findings.Subject("templates"), message, error.hint or "", place)


def _syntax_error(source: str, template: model.Template) -> errors.TemplateInvalid | None:
    # With the others empty, each is compiled once, and hides nothing of the rest.
    empty = tuple((name, "") for name, _ in template.fragments)
    try:
        compiled.compile_template(dataclasses.replace(template, source=source, fragments=empty))
    except faults.ParseFault as fault:
        return template_errors.invalid(fault)
    return None


def _missing_key(entry: fields.Fields) -> str:
    text = entry.text("missingKey")
    if text and text not in MISSING_KEYS:
        fix = findings.joined("write error, zero or default", nearest.advice(text, MISSING_KEYS))
        entry.error("missingKey", f"missingKey {messages.quoted(text)} is unknown", fix)
    return text or "error"


def _delimiters(entry: fields.Fields) -> tuple[str, str]:
    if entry.is_given("templateDelims"):
        match entry.texts("templateDelims"):
            case [str() as left, str() as right] if _may_delimit(left) and _may_delimit(right):
                return left, right
        entry.error(
            "templateDelims", 'templateDelims must be two short texts, for example ["<<", ">>"]', "put them in quotes"
        )
    return "{{", "}}"


def _may_delimit(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_DELIMITER and text.isprintable() and " " not in text


def fragments(text: str, report: findings.Report) -> Mapping[str, findings.Source]:
    """Read the parameter `templates`, a YAML mapping of names to sources: in the order of the names."""
    source = findings.Source(text, inside="templates")

    def error(message: str, fix: str = "", line: int = 0, column: int = 0) -> None:
        subject = findings.Subject(source.inside)
        report.error(subject, f"{source.inside}: {message}", fix, source.place(line, column))

    if len(text.encode("utf-8", "replace")) > LARGEST:
        error(f"larger than {LARGEST // 1024} KiB", "split the SecretProviderClass")
        return {}
    found: dict[str, findings.Source] = {}
    try:
        root = compose.parse(text).root
        if root is None or root.is_null:
            return {}
        if root.real.kind is not compose.Kind.MAP:
            kind = root.real.kind.value
            error(f"must be a mapping of names to templates, and is {kind}", line=root.line, column=root.column)
            return {}
        decoder = decode_v3.Decoder()
        for name, entry in decoder.entries(root).items():
            value, written = entry.value, decoder.text(entry.value)
            if not name:
                error("a template has an empty name", line=entry.key.line, column=entry.key.column)
            elif written is not None:
                found[name] = findings.Source(
                    written, inside=name, outer=source, line=value.line, column=value.column, style=value.style
                )
        for each in decoder.problems:
            error(each.message, each.fix, each.line, each.column)
    except compose.Fault as fault:
        error(fault.message, fault.fix, fault.line, fault.column)
    return dict(sorted(found.items()))
