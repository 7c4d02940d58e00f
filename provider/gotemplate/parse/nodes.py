"""The tree of a parsed template. Frozen; `str(node)` is the source that error messages show, as Go writes it.

Every node has `line` (from one) and `column` (from one, in characters) of the place that Go names in an error at it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from provider.golang import unicode
from provider.golang.strconv import quote
from provider.gotemplate import sources


@dataclass(frozen=True, slots=True)
class Node:
    """Any node."""

    line: int
    column: int

    def parts(self) -> "tuple[str | Node, ...]":
        """Its source, in pieces and nodes."""
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
        """Its source."""
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """The cursor."""

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (".",)


@dataclass(frozen=True, slots=True)
class Nil(Node):
    """The constant nil."""

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return ("nil",)


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A boolean, string, rune or number. `value` is bool, str, int or float; `source` is how it was written.

    A number is an untyped constant: one without fraction also counts as an int where it was written as a float
    (`1e3`), as in Go. `is_rune` marks character constants.
    """

    value: bool | str | int | float
    source: str
    is_rune: bool = False

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (self.source,)


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """A function's name."""

    name: str

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (self.name,)


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$x.a.b`: the variable's name with its `$`, then fields."""

    name: str
    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (".".join((self.name, *self.fields)),)


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`.a.b`: fields of the dot."""

    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (_dotted(self.fields),)


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`(pipeline).a.b` and the like: fields of another term."""

    term: Node
    fields: tuple[str, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return (*_enclosed(self.term), _dotted(self.fields))


@dataclass(frozen=True, slots=True)
class Command(Node):
    """Operands, the first of which may be a function or method that takes the others."""

    operands: tuple[Node, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return _between(" ", map(_enclosed, self.operands))


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """Commands, each given the result of the one before; perhaps declaring or assigning variables (names with `$`)."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        names = f"{', '.join(self.variables)} {'=' if self.assigns else ':='} " if self.variables else ""
        return (names, *_between(" | ", ((command,) for command in self.commands)))


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`{{ pipeline }}`."""

    pipe: Pipe

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return ("{{", self.pipe, "}}")


@dataclass(frozen=True, slots=True)
class List(Node):
    """A list of nodes."""

    nodes: tuple[Node, ...]

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return self.nodes


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """What if, with and range share."""

    keyword: ClassVar[str]

    pipe: Pipe
    body: List
    otherwise: List | None

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        otherwise = () if self.otherwise is None else ("{{else}}", self.otherwise)
        return (f"{{{{{self.keyword} ", self.pipe, "}}", self.body, *otherwise, "{{end}}")


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
        """Its source."""
        return ("{{break}}",)


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """`{{continue}}`."""

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
        return ("{{continue}}",)


@dataclass(frozen=True, slots=True)
class Template(Node):
    """`{{template "name" pipeline}}`."""

    name: str
    pipe: Pipe | None

    def parts(self) -> tuple[str | Node, ...]:
        """Its source."""
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
    """A main template and everything that is defined beside it, by name (the main one included)."""

    name: str
    trees: Mapping[str, Tree]

    @property
    def main(self) -> Tree:
        """Where rendering starts."""
        return self.trees[self.name]
