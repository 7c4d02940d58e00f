"""The tree of a parsed template. Frozen; `str(node)` is the source that error messages show, as Go writes it.

Every node has `line` (from one) and `column` (from one, in characters) of the place that Go names in an error at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """Any node."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Text between actions, trimmed."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Dot(Node):
    """The cursor."""

    def __str__(self) -> str:
        return "."


@dataclass(frozen=True, slots=True)
class Nil(Node):
    """The constant nil."""

    def __str__(self) -> str:
        return "nil"


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A boolean, string, rune or number. `value` is bool, str, int or float; `source` is how it was written.

    A number is an untyped constant: one without fraction also counts as an int where it was written as a float
    (`1e3`), as in Go. `is_rune` marks character constants.
    """

    value: bool | str | int | float
    source: str
    is_rune: bool = False

    def __str__(self) -> str:
        return self.source


@dataclass(frozen=True, slots=True)
class Identifier(Node):
    """A function's name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """`$x.a.b`: the variable's name with its `$`, then fields."""

    name: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.name, *self.fields))


@dataclass(frozen=True, slots=True)
class Field(Node):
    """`.a.b`: fields of the dot."""

    fields: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.fields)


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """`(pipeline).a.b` and the like: fields of another term."""

    term: Node
    fields: tuple[str, ...]

    def __str__(self) -> str:
        term = f"({self.term})" if isinstance(self.term, Pipe) else str(self.term)
        return term + "".join(f".{name}" for name in self.fields)


@dataclass(frozen=True, slots=True)
class Command(Node):
    """Operands, the first of which may be a function or method that takes the others."""

    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({each})" if isinstance(each, Pipe) else str(each) for each in self.operands)


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """Commands, each given the result of the one before; perhaps declaring or assigning variables (names with `$`)."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...] = ()
    assigns: bool = False

    def __str__(self) -> str:
        names = f"{', '.join(self.variables)} {'=' if self.assigns else ':='} " if self.variables else ""
        return names + " | ".join(map(str, self.commands))


@dataclass(frozen=True, slots=True)
class Action(Node):
    """`{{ pipeline }}`."""

    pipe: Pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


@dataclass(frozen=True, slots=True)
class Block(Node):
    """A list of nodes."""

    nodes: tuple[Node, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.nodes))


@dataclass(frozen=True, slots=True)
class Branch(Node):
    """What if, with and range share."""

    pipe: Pipe
    body: Block
    otherwise: Block | None


@dataclass(frozen=True, slots=True)
class If(Branch):
    """`{{if}}`."""


@dataclass(frozen=True, slots=True)
class With(Branch):
    """`{{with}}`."""


@dataclass(frozen=True, slots=True)
class Range(Branch):
    """`{{range}}`."""


@dataclass(frozen=True, slots=True)
class Break(Node):
    """`{{break}}`."""


@dataclass(frozen=True, slots=True)
class Continue(Node):
    """`{{continue}}`."""


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`{{template "name" pipeline}}`."""

    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        argument = f" {self.pipe}" if self.pipe else ""
        return f'{{{{template "{self.name}"{argument}}}}}'


@dataclass(frozen=True, slots=True)
class Tree:
    """One template: its name and its nodes."""

    name: str
    root: Block

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing but white space: such a definition replaces nothing, as in Go."""
        return all(isinstance(node, Text) and not node.text.strip(" \t\r\n") for node in self.root.nodes)


@dataclass(frozen=True, slots=True)
class Program:
    """A main template and everything that is defined beside it, by name (the main one included)."""

    name: str
    trees: Mapping[str, Tree]

    @property
    def main(self) -> Tree:
        """Where rendering starts."""
        return self.trees[self.name]


Value = Any
"""Any value that a template handles; see `values`."""
