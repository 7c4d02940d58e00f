"""Defines the tree of a parsed template. Frozen; `str(node)` is its source, as Go writes it in error messages.

Every node has `line` (from one) and `column` (from one, in characters) of the place that Go reports in an error at it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from provider.golang import unicode
from provider.golang.strconv import quote
from provider.gotemplate import sources


@dataclass(frozen=True, slots=True)
class Node:
    """What all nodes have."""

    line: int
    column: int

    def parts(self) -> "tuple[str | Node, ...]":
        """Return its source, in texts and nodes."""
        raise NotImplementedError

    def __str__(self) -> str:
        # Not by recursion: nested as deep as a template may be, that would take more of Python's stack than there is.
        made: list[str] = []
        pending: list[str | Node] = [self]
        while pending:
            each = pending.pop()
            if isinstance(each, str):
                made.append(each)
            else:
                pending.extend(reversed(each.parts()))
        return "".join(made)


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Text between actions, trimmed."""

    text: str

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """The cursor."""

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (".",)


@dataclass(frozen=True, slots=True)
class Nil(Node):
    """The constant nil."""

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return ("nil",)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A boolean, string, rune or number. `value` is bool, str, int or float; `text` is how it was written.

    A number is an untyped constant: one without fraction also counts as an int where it was written as a float
    (`1e3`), as in Go. `is_rune` marks character constants.
    """

    value: bool | str | int | float
    text: str
    is_rune: bool = False

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """A function's name."""

    name: str

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$x.a.b`: the variable's name with its `$`, then fields."""

    name: str
    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (".".join((self.name, *self.fields)),)


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`.a.b`: fields of the dot."""

    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (_dotted(self.fields),)


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`(pipeline).a.b` and the like: fields of another term."""

    term: Node
    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return (*_enclosed(self.term), _dotted(self.fields))


@dataclass(frozen=True, slots=True)
class Command(Node):
    """Operands, the first of which may be a function or method that takes the others."""

    operands: tuple[Node, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return _between(" ", map(_enclosed, self.operands))


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """Commands, each given the result of the one before; perhaps declaring or assigning variables (names with `$`)."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        names = f"{', '.join(self.variables)} {'=' if self.assigns else ':='} " if self.variables else ""
        return (names, *_between(" | ", ((command,) for command in self.commands)))


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`{{ pipeline }}`."""

    pipe: Pipe

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return ("{{", self.pipe, "}}")


@dataclass(frozen=True, slots=True)
class List(Node):
    """A list of nodes."""

    nodes: tuple[Node, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return self.nodes


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """What if, with and range have in common."""

    keyword: ClassVar[str]

    pipe: Pipe
    body: List
    else_list: List | None

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        else_list = () if self.else_list is None else ("{{else}}", self.else_list)
        return (f"{{{{{self.keyword} ", self.pipe, "}}", self.body, *else_list, "{{end}}")


@dataclass(frozen=True, slots=True)
class If(Branch):
    """`{{if}}`."""

    keyword = "if"


@dataclass(frozen=True, slots=True)
class With(Branch):
    """`{{with}}`."""

    keyword = "with"


@dataclass(frozen=True, slots=True)
class Range(Branch):
    """`{{range}}`."""

    keyword = "range"


@dataclass(frozen=True, slots=True)
class Break(Node):
    """`{{break}}`."""

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return ("{{break}}",)


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """`{{continue}}`."""

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        return ("{{continue}}",)


@dataclass(frozen=True, slots=True)
class Template(Node):
    """`{{template "name" pipeline}}`."""

    name: str
    pipe: Pipe | None

    def parts(self) -> tuple[str | Node, ...]:
        """See `Node`."""
        argument = () if self.pipe is None else (" ", self.pipe)
        return (f"{{{{template {quote.quote(self.name)}", *argument, "}}")


def _dotted(fields: Iterable[str]) -> str:
    return "".join(f".{name}" for name in fields)


def _enclosed(node: Node) -> tuple[str | Node, ...]:
    return ("(", node, ")") if isinstance(node, Pipe) else (node,)


def _between(sign: str, each: Iterable[tuple[str | Node, ...]]) -> tuple[str | Node, ...]:
    made: list[str | Node] = []
    for parts in each:
        if made:
            made.append(sign)
        made.extend(parts)
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Tree:
    """One template: its name, its nodes, and the source whose lines they count."""

    name: str
    root: List
    source: sources.Source

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but white space: such a definition replaces nothing, as in Go."""
        return all(isinstance(node, Text) and not unicode.trim_space(node.text) for node in self.root.nodes)


@dataclass(frozen=True, slots=True)
class Program:
    """A main template and all templates that it can call, by name, itself included."""

    name: str
    trees: Mapping[str, Tree]

    @property
    def main(self) -> Tree:
        """The template at which rendering starts."""
        return self.trees[self.name]
