"""The templates of an SPC: what an object says of its own, and the fragments that objects share.

Whether a source is a template is not known here: its errors are told with their place when it is parsed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from provider import model
from provider.base import messages, nearest
from provider.golang.yaml import compose, decode_v3

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

MISSING_KEYS: Final = ("error", "zero", "default")

_LONGEST_DELIMITER: Final = 32

_EXCLUDED: Final = {
    "secretKey": "name the key in the template, {{ .Data.data.KEY }} for KV version 2",
    "encoding": "decode in the template, with base64Decode",
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the template of one object.

    Attributes:
        entries: the object's fields.
        unfolder: decodes them; what it finds is told by `drain`.
        drain: tells what the unfolder found in the field named.
        problem: tells a problem of the object.
        warn: tells a doubt.
    """

    entries: Mapping[str, decode_v3.Entry]
    decoder: decode_v3.Decoder
    drain: Callable[[str], object]
    problem: Tell
    warn: Tell

    @property
    def given(self) -> bool:
        """Whether the object has a template."""
        return self._value("template") is not None

    def read(self, namespace: str, fragments: tuple[tuple[str, str], ...]) -> model.Template | None:
        """The template; None where there is none, or it is wrong."""
        node = self._value("template")
        if node is None:
            for name in ("templateDelims", "missingKey"):
                if self._value(name) is not None:
                    self.warn(f"{name} has no effect without template")
            return None
        source = self._text("template")
        if not source:
            self.problem(f"template is empty; write the file's text, or leave the field out{self._where(node)}")
        for name, advice in _EXCLUDED.items():
            if self._text(name):
                self.problem(f"{name} has no meaning beside template; {advice}{self._where(self.entries[name].value)}")
        left, right = self._delimiters()
        return model.Template(source, namespace, left, right, self._missing_key(), fragments)

    def _value(self, name: str) -> compose.Node | None:
        entry = self.entries.get(name)
        return None if entry is None or entry.value.is_null else entry.value

    def _text(self, name: str) -> str:
        node = self._value(name)
        text = self.decoder.text(node) if node is not None else ""
        self.drain(name)
        return text or ""

    def _where(self, node: compose.Node) -> str:
        return messages.at("objects", node.line, node.column)

    def _missing_key(self) -> str:
        text = self._text("missingKey")
        if text and text not in MISSING_KEYS:
            self.problem(
                f"missingKey {messages.quoted(text)} is unknown; write error, zero or default"
                f"{nearest.advice(text, MISSING_KEYS)}{self._where(self.entries['missingKey'].value)}"
            )
        return text or "error"

    def _delimiters(self) -> tuple[str, str]:
        node = self._value("templateDelims")
        if node is None:
            return "{{", "}}"
        texts = [self.decoder.text(each) for each in node.real.children] if node.kind is compose.Kind.LIST else []
        self.drain("templateDelims")
        match texts:
            case [str() as left, str() as right] if _may_delimit(left) and _may_delimit(right):
                return left, right
        self.problem(
            f'templateDelims must be two short texts, for example ["<<", ">>"]{self._where(node)}; put them in quotes'
        )
        return "{{", "}}"


def _may_delimit(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_DELIMITER and text.isprintable() and " " not in text


@dataclass(slots=True)
class Fragments:
    """The named templates of an SPC, and all that is wrong with them."""

    sources: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """In the order of their names."""
        return tuple(sorted(self.sources.items()))


def fragments(text: str) -> Fragments:
    """Read the parameter `templates`: a YAML mapping of names to sources. Nothing is raised."""
    found = Fragments()

    def problem(message: str, line: int = 0, column: int = 0) -> None:
        found.problems.append(f"templates: {message}{messages.at('templates', line, column)}")

    if len(text.encode("utf-8", "replace")) > LARGEST:
        problem(f"larger than {LARGEST // 1024} KiB; split the SecretProviderClass")
        return found
    try:
        root = compose.parse(text).root
        if root is None or root.is_null:
            return found
        if root.real.kind is not compose.Kind.MAP:
            problem(f"must be a mapping of names to templates, and is {root.real.kind.value}", root.line, root.column)
            return found
        decoder = decode_v3.Decoder()
        for name, entry in decoder.entries(root).items():
            source = decoder.text(entry.value)
            if not name:
                problem("a template has an empty name", entry.key.line, entry.key.column)
            elif source is not None:
                found.sources[name] = source
        for each in decoder.problems:
            problem(each.message, each.line, each.column)
    except compose.Fault as error:
        problem(error.message, error.line, error.column)
    return found


LARGEST: Final = 1024 * 1024
"""Bytes of the text, as of `objects`."""
