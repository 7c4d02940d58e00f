"""YAML as values, the way Go's yaml.v2 reads the first document into `any`: PyYAML scans and parses, the rest is here.

Maps become `values.AnyMap`; of a key that stands there twice the last counts; what `<<` merges overrides keys before it
and is overridden by those after it.
Source: gopkg.in/yaml.v2 v2.4.0, tried by running.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from provider.golang import failures, gobase64, limits, recursion, values
from provider.golang.yaml import scalars_v2

_MOST_FROM_ALIASES: Final = 0.99
"""Of all nodes that are read, in documents of more than a thousand; Go's own guard against aliases of aliases."""

_MOST_TAGS: Final = 100
"""Directives %TAG; scanning them takes time that grows with their square."""


class _Kind(Enum):
    SCALAR = "scalar"
    LIST = "list"
    MAP = "map"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class _Node:
    """`children` of a map are keys and values by turns; `is_resolved` is whether a scalar's text decides its type."""

    kind: _Kind
    tag: str = ""
    text: str = ""
    is_resolved: bool = False
    children: list["_Node"] = field(default_factory=list)
    target: "_Node | None" = None

    @property
    def is_merge(self) -> bool:
        return self.kind is _Kind.SCALAR and self.text == "<<" and (self.is_resolved or self.tag == scalars_v2.MERGE)


def decode(text: str, budget: limits.Budget) -> values.Value:
    """The value of the first document; None where there is none.

    Raises:
        failures.Failed: not YAML, or a value that its tag does not fit. The text has no part of the document.
        failures.Exceeded: it is too large or too deep, with its aliases written out.
    """
    root = _parse(values.data(text), budget)
    return None if root is None else recursion.run(_Decoder(budget).read(root), budget)


def _parse(data: bytes, budget: limits.Budget) -> _Node | None:
    import yaml  # noqa: PLC0415 -- 4 MiB that only templates with YAML need

    # The one in C, which every wheel of PyYAML has, is the nearer to Go's, and fast.
    loader: Any = getattr(yaml, "CLoader", yaml.SafeLoader)
    budget.step(1 + len(data) // 50)
    if data.count(b"%TAG") > _MOST_TAGS:
        raise failures.Failed(f"a YAML document with more than {_MOST_TAGS} %TAG directives")
    try:
        return _first_document(yaml, yaml.parse(data, loader), budget)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", in line {mark.line + 1}" if mark is not None else ""
        raise failures.Failed(f"not YAML{place}") from None
    except yaml.YAMLError:
        raise failures.Failed("not YAML: it has bytes that are no text") from None


def _first_document(yaml: Any, events: Iterator[Any], budget: limits.Budget) -> _Node | None:  # noqa: ANN401 -- PyYAML
    next(events)
    start = next(events)
    if isinstance(start, yaml.StreamEndEvent):
        return None
    if start.version not in (None, (1, 1)):
        raise failures.Failed("a %YAML directive other than 1.1")
    root = _compose(yaml, events, budget)
    # Go reads up to the document's end, and no further.
    next(events)
    return root


def _compose(yaml: Any, events: Iterator[Any], budget: limits.Budget) -> _Node:  # noqa: ANN401 -- PyYAML's module
    anchors: dict[str, _Node] = {}
    top = _Node(_Kind.LIST)
    inside = [top]
    for event in events:
        budget.step()
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            inside.pop()
        else:
            node = _node(yaml, event, anchors)
            inside[-1].children.append(node)
            if node.kind in (_Kind.LIST, _Kind.MAP):
                inside.append(node)
                recursion.check(len(inside) - 1, budget)
        if len(inside) == 1:
            break
    return top.children[0]


def _node(yaml: Any, event: Any, anchors: dict[str, _Node]) -> _Node:  # noqa: ANN401 -- PyYAML's events
    if isinstance(event, yaml.AliasEvent):
        target = anchors.get(event.anchor)
        if target is None:
            raise failures.Failed(f"not YAML: an alias without an anchor, in line {event.start_mark.line + 1}")
        return _Node(_Kind.ALIAS, target=target)
    if isinstance(event, yaml.ScalarEvent):
        node = _Node(_Kind.SCALAR, event.tag or "", event.value, is_resolved=event.implicit[0])
    else:
        node = _Node(_Kind.LIST if isinstance(event, yaml.SequenceStartEvent) else _Kind.MAP)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


class _Decoder:
    """Makes the values, anew for every alias."""

    def __init__(self, budget: limits.Budget) -> None:
        self._budget = budget
        self._read = 0
        self._read_from_aliases = 0
        self._aliases_inside: set[int] = set()

    def read(self, node: _Node, into: values.AnyMap | None = None) -> recursion.Work:
        """The value of a node; the keys of a map go `into` another where it is merged."""
        if node.kind is _Kind.SCALAR:
            return self._scalar(node)
        self._count()
        if node.target is not None:
            return (yield from self._alias(node, node.target, into))
        if node.kind is _Kind.LIST:
            items = []
            for child in node.children:
                is_scalar = child.kind is _Kind.SCALAR
                items.append(self._scalar(child) if is_scalar else (yield self.read(child)))
            return items
        members = values.AnyMap() if into is None else into
        for key, child in zip(node.children[::2], node.children[1::2], strict=True):
            if key.is_merge:
                for source in _merged(child):
                    yield self.read(source, members)
                continue
            name = self._scalar(key) if key.kind is _Kind.SCALAR else (yield self.read(key))
            if isinstance(name, list | dict):
                raise failures.Failed("a YAML map has a key that is a list or a map")
            value = self._scalar(child) if child.kind is _Kind.SCALAR else (yield self.read(child))
            self._put(members, name, value)
        return members

    def _alias(self, node: _Node, target: _Node, into: values.AnyMap | None) -> recursion.Work:
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

    def _scalar(self, node: _Node) -> values.Value:
        self._count(len(node.text))
        if not node.tag and not node.is_resolved:
            return node.text
        tag, value = scalars_v2.resolve(node.tag, node.text)
        return gobase64.decode(node.text) if tag == scalars_v2.BINARY else value

    def _put(self, members: values.AnyMap, name: values.Value, value: values.Value) -> None:
        # To Python 1, 1.0 and true are one key, to Go three.
        if isinstance(name, int | float) and name in members:
            self._budget.step(len(members))
            if not any(type(known) is type(name) for known in members if known == name):
                raise failures.Failed("a YAML map has two keys that are one number in different types")
        members[name] = value


def _merged(source: _Node) -> list[_Node]:
    """The maps that a `<<` merges, those first that the others override."""
    sources = source.children[::-1] if source.kind is _Kind.LIST else [source]
    if any((each.target or each).kind is not _Kind.MAP for each in sources):
        raise failures.Failed("a YAML map has a << that is neither a map nor a list of maps")
    return sources
