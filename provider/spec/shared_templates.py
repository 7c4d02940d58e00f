"""Reads the parameter `templates`: the templates of an SPC that its objects' templates may call."""

from collections.abc import Mapping
from typing import Final

from provider import findings, model
from provider.base import messages
from provider.golang.yaml import compose, decode_v3
from provider.shapes import template

LARGEST: Final = 1024 * 1024
"""Bytes of the text, as of `objects`."""

_ABOUT: Final = findings.Subject("templates")


def parse(text: str, report: findings.Report) -> Mapping[str, findings.Source]:
    """Read a YAML mapping of names to templates, in the order of the names. Nothing is raised."""
    source = findings.Source(text, inside=_ABOUT.parameter)

    def error(message: str, fix: str = "", line: int = 0, column: int = 0) -> None:
        report.error(_ABOUT, f"templates: {message}", fix, source.place(line, column))

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


def check(shared: Mapping[str, findings.Source], report: findings.Report) -> None:
    """Report what is wrong with the syntax of the templates, each by itself."""
    names = model.Template("", fragments=tuple((name, "") for name in shared))
    for name, source in shared.items():
        error = template.syntax_error(source.text, names)
        if error is not None:
            message = f"templates: {messages.shown(name)}: {error.message}"
            report.error(_ABOUT, message, error.hint or "", source.place(error.line, error.column))
