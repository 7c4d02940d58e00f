"""Builds a tree of nodes with their places from YAML text, the way Go does. PyYAML scans and parses.

`parse` and `read` take the first document only, as Go does; `documents` takes all of a file. What a scalar means is
decided by `scalars`; which of them mean more than their text, by `tag_v2` and `tag_v3`.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import yaml

from provider.golang.yaml import scalars

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
    """The text is not valid YAML, or more of it than we read.

    Attributes:
        message: one sentence, which may name a part of the text.
        line: from one; 0 where no place is known.
        column: from one; 0 where no place is known.
        reason: what is wrong without any part of the text; "" where nothing can be said.
        fix: what to write instead; "" where nothing can be said.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, reason: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.line = line
        self.column = column
        self.reason = reason


class Kind(Enum):
    """What a node is."""

    SCALAR = "text"
    LIST = "a list"
    MAP = "a mapping"
    ALIAS = "an alias"


@dataclass(slots=True, eq=False)
class Node:
    """One node.

    Attributes:
        tag: of a scalar, in short form; "" for one whose text is still to be resolved (only in yaml.v2).
        text: of a scalar, unquoted; of an alias, the name of its anchor.
        plain: whether a scalar stood without quotes.
        children: items of a list; keys and values of a map by turns.
        target: what an alias stands for.
        style: how a scalar is written: "|" or ">" for blocks, the quote, or "" for plain text.
    """

    kind: Kind
    line: int
    column: int
    tag: str = ""
    text: str = field(default="", repr=False)
    plain: bool = True
    children: list["Node"] = field(default_factory=list, repr=False)
    target: "Node | None" = field(default=None, repr=False)
    style: str = ""

    @property
    def pairs(self) -> Iterator[tuple["Node", "Node"]]:
        """The entries of a map."""
        return zip(self.children[::2], self.children[1::2], strict=True)

    @property
    def real(self) -> "Node":
        """The node itself, or what the alias stands for."""
        return self if self.target is None else self.target

    @property
    def is_scalar(self) -> bool:
        """Whether it is a scalar."""
        return self.kind is Kind.SCALAR

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.kind is Kind.LIST

    @property
    def is_map(self) -> bool:
        """Whether it is a map."""
        return self.kind is Kind.MAP

    @property
    def is_null(self) -> bool:
        """Whether it is a scalar that stands for nothing."""
        return self.real.is_scalar and self.real.tag == scalars.NULL

    @property
    def is_merge(self) -> bool:
        """Whether it is the key `<<`, whose value is merged into its map."""
        return self.is_scalar and self.text == "<<" and self.tag == scalars.MERGE


@dataclass(frozen=True, slots=True)
class Document:
    """The first document of a text: its root, None where the text is empty; `more` where others follow."""

    root: Node | None
    more: bool = False


def parse(text: str, loader: Any = LOADERS[0]) -> Document:  # noqa: ANN401 -- one of LOADERS
    """Read the first document of a manifest, as yaml.v3 does.

    Raises:
        Fault: not YAML, or more of it than we read.
    """
    return read(_encodable(text), tag_v3, _Bounds().admit, loader)


def documents(text: str) -> list[Node]:
    """Read every document of a file, as yaml.v3 does: the root of each. Places count from the start of the file.

    Raises:
        Fault: not YAML, or more of it than we read.
    """
    with _faults():
        events: Iterator[Any] = yaml.parse(_encodable(text), LOADERS[0])
        next(events)
        roots = []
        while (root := _document(events, _Composer(tag_v3, _Bounds().admit))) is not None:
            roots.append(root)
        return roots


def _encodable(text: str) -> str:
    """The text without lone surrogates, which no YAML has, and which would fail in the scanner's own encoding."""
    return text.encode("utf-8", "replace").decode()


class _Bounds:
    """Counts the nodes of a manifest."""

    def __init__(self) -> None:
        self._nodes = 0

    def admit(self, node: Node, depth: int) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Fault(f"more than {MOST_NODES} YAML nodes", node.line, node.column)
        if depth > DEEPEST:
            raise Fault(f"nested deeper than {DEEPEST} levels", node.line, node.column)


Tag = Callable[[Any], str]
"""Gives the tag of a scalar from PyYAML's event: `tag_v2` or `tag_v3`."""

Admit = Callable[[Node, int], None]
"""Called with each node and with the levels of lists and maps that are open, itself included; may raise."""


def read(
    source: str | bytes,
    tag: Tag,
    admit: Admit,
    loader: Any = LOADERS[0],  # noqa: ANN401 -- one of LOADERS
) -> Document:
    """Read the first document.

    Raises:
        Fault: not YAML.
    """
    with _faults():
        return _first(yaml.parse(source, loader), _Composer(tag, admit))


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        # Where a quote or a key begins helps more than where the scanner gave up on it.
        mark = (error.context_mark if error.context in _BEGUN else None) or error.problem_mark or error.context_mark
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise Fault(f"not YAML: {message}", *(_place(mark) if mark else ())) from None
    except yaml.YAMLError as error:
        character = getattr(error, "character", None)
        message = f"character U+{ord(character):04X} " if isinstance(character, str) else _code(character)
        raise Fault(f"not YAML: {message}is not allowed", reason="it has bytes that are not text") from None


def _code(character: object) -> str:
    return f"character U+{character:04X} " if isinstance(character, int) else "a control character "


def _place(mark: Any) -> tuple[int, int]:  # noqa: ANN401 -- PyYAML's mark, of two implementations
    return mark.line + 1, mark.column + 1


def _first(events: Iterator[Any], composer: "_Composer") -> Document:
    next(events)
    root = _document(events, composer)
    if root is None:
        return Document(None)
    try:
        more = not isinstance(next(events), yaml.StreamEndEvent)
    except yaml.YAMLError:
        # Whatever follows the first document is not read.
        more = True
    return Document(root, more)


def _document(events: Iterator[Any], composer: "_Composer") -> Node | None:
    start = next(events)
    if isinstance(start, yaml.StreamEndEvent):
        return None
    if start.version not in (None, (1, 1)):
        reason = "a %YAML directive other than 1.1"
        raise Fault(reason, *_place(start.start_mark), reason, fix="leave the directive out")
    root = composer.compose(events)
    next(events)
    return root


class _Composer:
    """Builds the tree of one document from its events, without recursion."""

    def __init__(self, tag: Tag, admit: Admit) -> None:
        self._tag = tag
        self._admit = admit
        self._anchors: dict[str, Node] = {}
        self._open: list[Node] = []

    def compose(self, events: Iterator[Any]) -> Node:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
                done = self._open.pop()
                if not self._open:
                    return done
                continue
            node = self._node(event)
            if self._open:
                self._open[-1].children.append(node)
            if node.kind in (Kind.LIST, Kind.MAP):
                self._open.append(node)
            self._admit(node, len(self._open))
            if not self._open:
                return node
        raise Fault("not YAML: it ends too early")

    def _node(self, event: Any) -> Node:  # noqa: ANN401 -- PyYAML's events
        line, column = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            name = event.anchor or ""
            target = self._anchors.get(name)
            if target is None:
                raise Fault(f"the alias *{name} has no anchor", line, column, "an alias without an anchor")
            return Node(Kind.ALIAS, line, column, text=name, target=target)
        if isinstance(event, yaml.ScalarEvent):
            style = event.style or ""
            node = Node(Kind.SCALAR, line, column, self._tag(event), event.value, not style, style=style)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(Kind.LIST, line, column)
        else:
            node = Node(Kind.MAP, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node


def tag_v3(event: yaml.ScalarEvent) -> str:
    """The tag of a scalar in yaml.v3: never empty, that of its meaning where none is written.

    Raises:
        Fault: the tag !!null at a text that is not null, which yaml.v3 refuses while it parses.
    """
    tag, text = event.tag or "", event.value
    if tag not in ("", "!"):
        if scalars.short(tag) == scalars.NULL and scalars.V3.resolve("", text)[0] != scalars.NULL:
            raise Fault("a value has the tag !!null, but is not null", *_place(event.start_mark))
        return scalars.short(tag)
    if event.style:
        return scalars.STR
    return scalars.MERGE if text == "<<" else scalars.V3.resolve("", text)[0]


_OPAQUE: Final = "!"
"""A tag that means nothing, so that the text stays as it is."""


def tag_v2(event: yaml.ScalarEvent) -> str:
    """The tag of a scalar in yaml.v2: as it is written, and "" where the text is to be resolved."""
    if event.value == "<<" and event.implicit[0]:
        return scalars.MERGE
    if event.tag:
        # A tag that is written in full, `!<!!int>`, is none of YAML's to yaml.v2.
        return _OPAQUE if event.tag.startswith("!!") else scalars.short(event.tag)
    return "" if event.implicit[0] else scalars.STR


def duplicates(node: Node) -> list[tuple[Node, Node]]:
    """Keys of a map that stand there twice, each with the first of them. Go compares what is written, not meant."""
    first: dict[tuple[Kind, str], Node] = {}
    found = []
    for key in itertools.islice(node.children, 0, None, 2):
        earlier = first.setdefault((key.kind, key.text), key)
        if earlier is not key:
            found.append((earlier, key))
    return found
