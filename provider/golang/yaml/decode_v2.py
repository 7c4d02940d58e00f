"""YAML as values, the way Go's yaml.v2 reads the first document into `any`.

Maps become `values.AnyMap`; of a key that stands there twice the last counts; what `<<` merges overrides keys before it
and is overridden by those after it. PyYAML is loaded with the first text: a caller who decodes none needs none of it.
Source: gopkg.in/yaml.v2 v2.4.0, tried by running.
"""

from typing import TYPE_CHECKING, Final

from provider.golang import failures, gobase64, limits, recursion, values
from provider.golang.yaml import scalars

if TYPE_CHECKING:
    from provider.golang.yaml import compose

_MOST_FROM_ALIASES: Final = 0.99
"""Of all nodes that are read, in documents of more than a thousand; Go's own guard against aliases of aliases."""

_MOST_TAGS: Final = 100
"""Directives %TAG; scanning them takes time that grows with their square."""


def unmarshal(text: str, budget: limits.Budget) -> values.Value:
    """The value of the first document; None where there is none.

    Raises:
        failures.Failed: not YAML, or a value that its tag does not fit. The text has no part of the document.
        failures.Exceeded: it is too large or too deep, with its aliases written out.
    """
    root = _root(values.to_bytes(text), budget)
    return None if root is None else recursion.run(_Decoder(budget).read(root), budget)


def _root(data: bytes, budget: limits.Budget) -> "compose.Node | None":
    from provider.golang.yaml import compose  # noqa: PLC0415 -- see the module's docstring

    budget.step(1 + len(data) // 50)
    if data.count(b"%TAG") > _MOST_TAGS:
        raise failures.Failed(f"a YAML document with more than {_MOST_TAGS} %TAG directives")

    def admit(node: compose.Node, depth: int) -> None:
        budget.step(2 if node.is_list or node.is_map else 1)
        recursion.check(depth, budget)

    try:
        return compose.read(data, compose.tag_v2, admit).root
    except compose.Fault as fault:
        reason = f": {fault.reason}" if fault.reason else ""
        place = f", in line {fault.line}" if fault.line else ""
        raise failures.Failed(f"not YAML{reason}{place}") from None


class _Decoder:
    """Makes the values, new ones for every alias."""

    def __init__(self, budget: limits.Budget) -> None:
        self._budget = budget
        self._read = 0
        self._read_from_aliases = 0
        self._aliases_inside: set[int] = set()

    def read(self, node: "compose.Node", into: values.AnyMap | None = None) -> recursion.Work:
        """The value of a node; the keys of a map go `into` another where it is merged."""
        if node.is_scalar:
            return self._scalar(node)
        self._count()
        if node.target is not None:
            return (yield from self._alias(node, node.target, into))
        if node.is_list:
            items = []
            for child in node.children:
                is_scalar = child.is_scalar
                items.append(self._scalar(child) if is_scalar else (yield self.read(child)))
            return items
        members = values.AnyMap() if into is None else into
        for key, child in node.pairs:
            if key.is_merge:
                for source in _merged(child):
                    yield self.read(source, members)
                continue
            name = self._scalar(key) if key.is_scalar else (yield self.read(key))
            if isinstance(name, list | dict):
                raise failures.Failed("a YAML map has a key that is a list or a map")
            value = self._scalar(child) if child.is_scalar else (yield self.read(child))
            self._put(members, name, value)
        return members

    def _alias(self, node: "compose.Node", target: "compose.Node", into: values.AnyMap | None) -> recursion.Work:
        if id(node) in self._aliases_inside:
            raise failures.Failed("not YAML: what an anchor names contains itself")
        self._aliases_inside.add(id(node))
        value = yield from self.read(target, into)
        self._aliases_inside.remove(id(node))
        return value

    def _count(self, size: int = 0) -> None:
        self._budget.step(1 + size // 100)
        self._read += 1
        self._read_from_aliases += bool(self._aliases_inside)
        if self._read > 1000 and self._read_from_aliases > _MOST_FROM_ALIASES * self._read:
            raise failures.Failed("a YAML document has far too much that comes from aliases")

    def _scalar(self, node: "compose.Node") -> values.Value:
        self._count(len(node.text))
        return scalar(node.tag, node.text)

    def _put(self, members: values.AnyMap, name: values.Value, value: values.Value) -> None:
        # To Python 1, 1.0 and true are one key, to Go three.
        if isinstance(name, int | float) and name in members:
            self._budget.step(len(members))
            if not any(type(known) is type(name) for known in members if known == name):
                raise failures.Failed("a YAML map has two keys that are one number in different types")
        members[name] = value


def scalar(tag: str, text: str) -> values.Value:
    """The value of a scalar: an unsigned integer where 64 bits with a sign do not hold it, a time as its text.

    Raises:
        failures.Failed: the tag asks for a type that the text does not have.
    """
    if tag == scalars.BINARY:
        return gobase64.decode(text)
    try:
        _, value = scalars.V2.resolve(tag, text)
    except scalars.Mismatch as mismatch:
        raise failures.Failed(f"a YAML value {mismatch}") from None
    if isinstance(value, scalars.Time):
        return text
    return values.Uint64(value) if isinstance(value, int) and value >= 1 << 63 else value


def _merged(source: "compose.Node") -> "list[compose.Node]":
    """The maps that a `<<` merges, those first that the others override."""
    sources = source.children[::-1] if source.is_list else [source]
    if not all(each.real.is_map for each in sources):
        raise failures.Failed("a YAML map has a << that is neither a map nor a list of maps")
    return sources
