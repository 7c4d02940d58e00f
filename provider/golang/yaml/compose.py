"""YAML text to a tree of nodes, with places, the way Go's yaml.v3 reads it. PyYAML scans and parses; the rest is here.

Only the first document counts. Tags stay what they were written as: what a scalar means is `scalars_v3`'s to say.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import yaml

from provider.golang.yaml import scalars_v3

DEEPEST: Final = 100
"""Levels of nesting. Nothing that Vault takes comes near; the interpreter's own limit is about ten times this."""

MOST_NODES: Final = 50_000
"""Nodes of one document: a thousand objects have about fifteen thousand."""

LOADERS: Final = (getattr(yaml, "CLoader", yaml.SafeLoader), yaml.SafeLoader)
"""The fast scanner where PyYAML was built with it (every wheel is), and the slow one, a little stricter about tabs.

Against Go's scanner the fast one is laxer about `?` inside flow text, and stricter about `{key:}` (Go reads the field
`key:`, which means nothing here) and about a tab before a comment.
"""


_BEGUN: Final = ("while scanning a simple key", "while scanning a quoted scalar")


class Fault(ValueError):
    """The text is no YAML that we read. `line` and `column` count from one; 0 where no place is known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Kind(Enum):
    """What a node is."""

    SCALAR = "text"
    LIST = "a list"
    MAP = "a mapping"
    ALIAS = "an alias"


@dataclass(slots=True, eq=False)
class Node:
    """One node. `children` of a map are keys and values by turns; `text` of an alias is its anchor's name.

    `tag` is in short form and never empty for a scalar; `plain` is whether it stood without quotes.
    """

    kind: Kind
    line: int
    column: int
    tag: str = ""
    text: str = field(default="", repr=False)
    plain: bool = True
    children: list["Node"] = field(default_factory=list, repr=False)
    target: "Node | None" = field(default=None, repr=False)

    @property
    def pairs(self) -> Iterator[tuple["Node", "Node"]]:
        """The entries of a map."""
        return zip(self.children[::2], self.children[1::2], strict=True)

    @property
    def real(self) -> "Node":
        """The node itself, or what the alias stands for."""
        return self if self.target is None else self.target

    @property
    def is_null(self) -> bool:
        """Whether it is a scalar that stands for nothing."""
        return self.real.kind is Kind.SCALAR and self.real.tag == scalars_v3.NULL


@dataclass(frozen=True, slots=True)
class Document:
    """The first document of a text: its root, None where the text is empty; `more` where others follow."""

    root: Node | None
    more: bool = False


def parse(text: str, loader: Any = LOADERS[0]) -> Document:  # noqa: ANN401 -- one of LOADERS
    """Read the first document.

    Raises:
        Fault: not YAML, or more of it than we read.
    """
    # A lone surrogate can be in no YAML, and would fail in the scanner's own encoding.
    source = text.encode("utf-8", "replace").decode()
    try:
        events = yaml.parse(source, loader)
        return _first(events)
    except yaml.MarkedYAMLError as error:
        # Where a quote or a key begins helps more than where the scanner gave up on it.
        mark = (error.context_mark if error.context in _BEGUN else None) or error.problem_mark or error.context_mark
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise Fault(f"not YAML: {message}", *(_place(mark) if mark else ())) from None
    except yaml.YAMLError as error:
        character = getattr(error, "character", None)
        message = f"character U+{ord(character):04X} " if isinstance(character, str) else _code(character)
        raise Fault(f"not YAML: {message}is not allowed") from None


def _code(character: object) -> str:
    return f"character U+{character:04X} " if isinstance(character, int) else "a control character "


def _place(mark: Any) -> tuple[int, int]:  # noqa: ANN401 -- PyYAML's mark, of two implementations
    return mark.line + 1, mark.column + 1


def _first(events: Iterator[Any]) -> Document:
    next(events)
    start = next(events)
    if isinstance(start, yaml.StreamEndEvent):
        return Document(None)
    if start.version not in (None, (1, 1)):
        raise Fault("a %YAML directive other than 1.1; leave the directive out", *_place(start.start_mark))
    root = _Composer().compose(events)
    next(events)
    try:
        more = not isinstance(next(events), yaml.StreamEndEvent)
    except yaml.YAMLError:
        # Whatever follows the first document is not read.
        more = True
    return Document(root, more)


class _Composer:
    """Builds the tree of one document from its events, without recursion."""

    def __init__(self) -> None:
        self._anchors: dict[str, Node] = {}
        self._open: list[Node] = []

    def compose(self, events: Iterator[Any]) -> Node:
        nodes = 0
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                done = self._open.pop()
                if not self._open:
                    return done
                continue
            node = self._node(event)
            nodes += 1
            if nodes > MOST_NODES:
                raise Fault(f"more than {MOST_NODES} YAML nodes", node.line, node.column)
            if self._open:
                self._open[-1].children.append(node)
            if node.kind in (Kind.LIST, Kind.MAP):
                self._open.append(node)
                if len(self._open) > DEEPEST:
                    raise Fault(f"nested deeper than {DEEPEST} levels", node.line, node.column)
            elif not self._open:
                return node
        raise Fault("not YAML: it ends too early")

    def _node(self, event: Any) -> Node:  # noqa: ANN401 -- PyYAML's events
        line, column = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            target = self._anchors.get(name)
            if target is None:
                raise Fault(f"the alias *{name} has no anchor", line, column)
            return Node(Kind.ALIAS, line, column, text=name, target=target)
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, line, column)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(Kind.LIST, line, column)
        else:
            node = Node(Kind.MAP, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node


def _scalar(event: yaml.ScalarEvent, line: int, column: int) -> Node:
    tag, text, plain = event.tag or "", event.value, not event.style
    if tag not in ("", "!"):
        if scalars_v3.short(tag) == scalars_v3.NULL and scalars_v3.resolve("", text)[0] != scalars_v3.NULL:
            raise Fault("a value has the tag !!null, but is not null", line, column)
        return Node(Kind.SCALAR, line, column, scalars_v3.short(tag), text, plain)
    if not plain:
        return Node(Kind.SCALAR, line, column, scalars_v3.STR, text, plain)
    found = scalars_v3.MERGE if text == "<<" else scalars_v3.resolve("", text)[0]
    return Node(Kind.SCALAR, line, column, found, text, plain)


def duplicates(node: Node) -> list[tuple[Node, Node]]:
    """Keys of a map that stand there twice, each with the first of them. Go compares what is written, not meant."""
    first: dict[tuple[Kind, str], Node] = {}
    found = []
    for key in itertools.islice(node.children, 0, None, 2):
        earlier = first.setdefault((key.kind, key.text), key)
        if earlier is not key:
            found.append((earlier, key))
    return found
