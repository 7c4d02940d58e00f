"""Reads SecretProviderClass manifests as people write them, for the commands that work without a cluster. Pure."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provider import errors, findings
from provider.base import messages
from provider.golang.yaml import compose, decode_v3, scalars
from provider.spec import parameters

KIND: Final = "SecretProviderClass"


@dataclass(frozen=True, slots=True)
class ProviderClass:
    """One manifest.

    Attributes:
        name: its name, "" where it has none.
        namespace: its namespace, "" where it has none.
        dialect: how its parameters are spelt; that of vault where spec.provider is not valid.
        parameters: the parameters that are strings.
        sources: the texts of the parameters, for places in the file; under "" the manifest's parameters as a whole.
        found: what the API server or the driver would refuse.
    """

    name: str
    namespace: str
    dialect: parameters.Dialect
    parameters: Mapping[str, str]
    sources: Mapping[str, findings.Source] = field(default_factory=dict, repr=False)
    found: tuple[findings.Finding, ...] = ()


def read(text: str, where: str, name: str = "") -> ProviderClass:
    """Read the SecretProviderClass in a file of one or more YAML documents.

    Args:
        text: the file's text.
        where: its name, for errors.
        name: which one, where the file holds several.

    Raises:
        errors.SpecError: not YAML, no such object, or one that the API server would refuse; carries all findings.
    """
    classes = read_all(text, where)
    found = [each for each in classes if name in ("", each.name)]
    if not found:
        kinds = ", ".join(sorted({str(item.get("kind")) for item in load(text, where)})) or "nothing"
        wanted = f"{KIND} named {name}" if name else KIND
        raise errors.SpecError([_of_file(where, f"{where} has no {wanted} (it has: {kinds})")])
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        message = f"{where} has several of kind {KIND}: choose one of {names} by --name"
        raise errors.SpecError([_of_file(where, message)])
    if found[0].found:
        raise errors.SpecError(found[0].found)
    return found[0]


def read_all(text: str, where: str) -> tuple[ProviderClass, ...]:
    """Read every SecretProviderClass in a file of YAML documents, each with what is wrong with it.

    Raises:
        errors.SpecError: not YAML.
    """
    with _refusing(text, where):
        return tuple(
            _Manifest(root, findings.Source(text, where, document)).read()
            for document, root in enumerate(compose.documents(text))
            if _kind(root) == KIND
        )


def load(text: str, where: str) -> list[dict[str, Any]]:
    """Read the Kubernetes objects in a file of YAML documents.

    Raises:
        errors.SpecError: not YAML.
    """
    with _refusing(text, where):
        roots = (root for root in compose.documents(text) if root.kind is compose.Kind.MAP)
        return [json.loads(decode_v3.Decoder().arguments(root) or "{}") for root in roots]


@contextlib.contextmanager
def _refusing(text: str, where: str) -> Iterator[None]:
    try:
        yield
    except compose.Fault as fault:
        place = findings.Source(text, where).place(fault.line, fault.column)
        subject = findings.Subject()
        raise errors.SpecError([findings.Finding(subject, place, f"{where}: {fault.message}", fault.fix)]) from None


def _of_file(where: str, message: str) -> findings.Finding:
    return findings.Finding(findings.Subject(), findings.Place(where), message)


def _kind(root: compose.Node) -> str:
    keys = root.pairs if root.kind is compose.Kind.MAP else ()
    return next((value.real.text for key, value in keys if key.text == "kind"), "")


class _Manifest:
    """Reads one document."""

    def __init__(self, root: compose.Node, source: findings.Source) -> None:
        self._source = source
        self._report = findings.Report()
        self._decoder = decode_v3.Decoder()
        self._root = self._entries(root)

    def read(self) -> ProviderClass:
        """The manifest with everything that is wrong with it."""
        metadata = self._entries(self._node(self._root, "metadata"))
        whole = self._node(self._root, "spec")
        spec = self._entries(whole)
        given = self._node(spec, "provider")
        dialect = next((known for known in parameters.DIALECTS if given and known.name == given.text), None)
        if dialect is None:
            what = "missing" if given is None else messages.quoted(given.text)
            self._error("", f"spec.provider is {what}", "write vault or openbao", given or whole)
        values, sources = self._parameters(self._node(spec, "parameters"))
        return ProviderClass(
            self._text(metadata, "name"),
            self._text(metadata, "namespace"),
            dialect or parameters.VAULT,
            values,
            sources,
            self._report.found,
        )

    def _parameters(self, node: compose.Node | None) -> tuple[dict[str, str], dict[str, findings.Source]]:
        values: dict[str, str] = {}
        sources = {"": self._source_of(node, "")}
        for name, entry in self._entries(node).items():
            sources[name] = self._source_of(entry.value, name)
            if _is_string(entry.value):
                values[name] = entry.value.text
            else:
                message = f"parameter {messages.shown(name)} is no string"
                self._error(name, message, "put its value in quotes (objects: after `objects: |`)", entry.value)
        return values, sources

    def _source_of(self, node: compose.Node | None, name: str) -> findings.Source:
        if node is None:
            return findings.Source("", inside=name, outer=self._source)
        return findings.Source(
            node.text, inside=name, outer=self._source, line=node.line, column=node.column, style=node.style
        )

    def _entries(self, node: compose.Node | None) -> dict[str, decode_v3.Entry]:
        """The entries of a mapping; none where it is not one."""
        if node is None or node.real.kind is not compose.Kind.MAP:
            return {}
        found = self._decoder.entries(node)
        for problem in self._decoder.problems:
            place = self._source.place(problem.line, problem.column)
            self._report.error(findings.Subject(), f"{self._source.file} {problem.message}", problem.fix, place)
        self._decoder.problems = []
        return found

    def _error(self, name: str, message: str, fix: str, node: compose.Node | None) -> None:
        place = self._source.place(node.line, node.column) if node else self._source.place()
        self._report.error(findings.Subject(name), message, fix, place)

    @staticmethod
    def _node(entries: Mapping[str, decode_v3.Entry], name: str) -> compose.Node | None:
        entry = entries.get(name)
        return None if entry is None else entry.value

    def _text(self, entries: Mapping[str, decode_v3.Entry], name: str) -> str:
        node = self._node(entries, name)
        return "" if node is None or node.is_null else node.text


def _is_string(node: compose.Node) -> bool:
    """Whether kubectl makes a JSON string of it: it reads YAML as Go's yaml.v2 does, where `yes` is a boolean."""
    if node.kind is not compose.Kind.SCALAR or node.tag != scalars.STR:
        return False
    return not node.plain or scalars.V2.resolve("", node.text)[0] == scalars.STR
