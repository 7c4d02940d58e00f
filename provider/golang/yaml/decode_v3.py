"""Decodes nodes to values: entries with merge keys and aliases expanded, text, and JSON, as Go's yaml.v3 does.

Whatever is wrong is collected with its place. Texts of values are never shown: arguments may hold secrets.
"""

import base64
import binascii
import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from provider.base import messages
from provider.golang import gojson
from provider.golang.strconv import ftoa
from provider.golang.yaml import compose, scalars

MOST_EXPANDED: Final = 4 * 1024 * 1024
"""Characters and nodes that aliases may expand to, over one document. Without aliases a document stays below."""

_NODE_COST: Final = 24
"""What a node counts besides its characters, so that expanding stays within half a second."""

_MOST_PROBLEMS: Final = 1000
"""Problems that are collected; more are only more of the same."""

Kind = compose.Kind


class ExpansionTooLarge(compose.Fault):
    """Aliases expand to more than `MOST_EXPANDED`, or into themselves."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a document, and where. `message` continues the name of the field or object."""

    message: str
    line: int
    column: int
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping and its value, both without aliases."""

    name: str
    key: compose.Node
    value: compose.Node


@dataclass(slots=True)
class Decoder:
    """Decodes one document; `problems` grows as it goes."""

    problems: list[Problem] = field(default_factory=list)
    _spent: int = 0
    _depth: int = 0
    _inside: set[int] = field(default_factory=set)

    def _complain(self, node: compose.Node, message: str, fix: str = "") -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(message, node.line, node.column, fix))

    def _spend(self, node: compose.Node) -> None:
        self._spent += _NODE_COST + len(node.text) + len(node.children)
        if self._spent > MOST_EXPANDED:
            raise ExpansionTooLarge(
                "its aliases unfold to far more than it holds", node.line, node.column, fix="write the values out"
            )

    @contextlib.contextmanager
    def _entered(self, node: compose.Node) -> Iterator[compose.Node]:
        """What `node` stands for, for as long as it is being decoded."""
        real = node.real
        if id(real) in self._inside:
            raise ExpansionTooLarge("what an anchor names contains itself", node.line, node.column)
        if self._depth >= compose.DEEPEST:
            raise ExpansionTooLarge(f"nested deeper than {compose.DEEPEST} levels", node.line, node.column)
        self._spend(real)
        self._depth += 1
        self._inside.add(id(real))
        try:
            yield real
        finally:
            self._inside.discard(id(real))
            self._depth -= 1

    def entries(self, node: compose.Node) -> dict[str, Entry]:
        """The entries of a mapping by name, merge keys included: its own first, then of what is merged the first.

        Names that are no strings are taken as they are written; an entry named null is left out.
        """
        found: dict[str, Entry] = {}
        with self._entered(node) as real:
            self._collect(real, found, merged=None)
        return found

    def _collect(self, node: compose.Node, found: dict[str, Entry], merged: set[str] | None) -> None:
        twice = compose.duplicates(node)
        for first, key in twice:
            self._complain(key, f"has the key {messages.quoted(key.text)} twice, first in line {first.line}")
        if twice:
            return
        source: compose.Node | None = None
        own: set[str] = set()
        for key, value in node.pairs:
            if key.is_merge:
                source = value
                continue
            name = self.text(key)
            if name is None or (merged is not None and name in merged):
                continue
            if name in own:
                self._complain(key, f"has the key {messages.quoted(name)} twice")
                continue
            own.add(name)
            found[name] = Entry(name, key.real, value.real)
        if source is None:
            if merged is not None:
                merged |= own
            return
        seen = own if merged is None else merged
        seen |= own
        self._merge(source, found, seen)

    def _merge(self, source: compose.Node, found: dict[str, Entry], seen: set[str]) -> None:
        listed = source.children if source.kind is Kind.LIST else [source]
        for one in listed:
            if one.real.kind is not Kind.MAP:
                self._complain(one, "has a << that is neither a mapping nor a list of mappings")
                return
            with self._entered(one) as real:
                self._collect(real, found, seen)

    def text(self, node: compose.Node) -> str | None:
        """A scalar as a Go string field takes it: its text as written, None for null."""
        real = node.real
        self._spend(real)
        if real.kind is not Kind.SCALAR:
            self._complain(node, f"must be text, and is {real.kind.value}")
            return None
        try:
            tag, value = scalars.V3.resolve(real.tag, real.text)
        except scalars.Mismatch as error:
            self._complain(node, str(error))
            return None
        if tag == scalars.BINARY:
            return self._binary(node, real.text)
        return None if value is None else real.text

    def _binary(self, node: compose.Node, text: str) -> str | None:
        try:
            data = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            self._complain(node, "has the tag !!binary, but is no base64")
            return None
        return data.decode("utf-8", "replace")

    def arguments(self, node: compose.Node) -> str:
        """The JSON text of `secretArgs` as Go sends it; "" for null, and where there are problems."""
        if node.is_null:
            return ""
        if node.real.kind is not Kind.MAP:
            self._complain(node, f"must be a mapping, and is {node.real.kind.value}")
            return ""
        before = len(self.problems)
        value = {name: self._json(entry.value) for name, entry in self.entries(node).items()}
        return gojson.dumps(value) if len(self.problems) == before else ""

    def _json(self, node: compose.Node) -> object:
        with self._entered(node) as real:
            if real.kind is Kind.LIST:
                return [self._json(item) for item in real.children]
            if real.kind is Kind.MAP:
                return self._mapping(real)
            return self._scalar(real)

    def _mapping(self, node: compose.Node) -> object:
        for key, _ in node.pairs:
            if not key.is_merge and not (key.real.kind is Kind.SCALAR and key.real.tag == scalars.STR):
                self._complain(key, "has a key that is no text", "put it in quotes")
                return None
        found: dict[str, Entry] = {}
        self._collect(node, found, merged=None)
        return {name: self._json(entry.value) for name, entry in found.items()}

    def _scalar(self, node: compose.Node) -> object:
        try:
            tag, value = scalars.V3.resolve(node.tag, node.text)
        except scalars.Mismatch as error:
            self._complain(node, str(error))
            return None
        if tag == scalars.BINARY:
            return self._binary(node, node.text)
        if isinstance(value, scalars.Time):
            return value.text
        if isinstance(value, float):
            if not math.isfinite(value):
                self._complain(node, "has an infinity or NaN, which JSON has not", "put it in quotes")
                return None
            return gojson.Number(ftoa.json_text(value))
        return value
