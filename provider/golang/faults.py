"""What goes wrong with a template. Texts name functions, fields, keys and types, never the value of an argument.

Fault                a place in a template and what is wrong there
├── ParseFault       the source is no template; found before anything is rendered
└── ExecFault        rendering failed at this node
    └── LimitFault   it asked for more than its budget: output, steps, depth, one string, time

Failed               what a function or operation raises: no place yet, the evaluator adds it
└── Exceeded         the same for a budget that is spent
"""


class Failed(Exception):
    """An operation cannot be done. `message` continues "error calling NAME: "; it has no argument's value in it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Exceeded(Failed):
    """A limit of the budget is reached; ends the whole rendering, whatever a function would make of a failure."""


class Fault(Exception):
    """Something wrong at a place.

    Attributes:
        message: one sentence.
        template: the name of the template the place is in ("" for the unnamed main one).
        line: from one.
        column: from one, in characters; 0 where only the line is known.
    """

    def __init__(self, message: str, *, template: str, line: int, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.template = template
        self.line = line
        self.column = column

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"template: {self.template}:{self.line}{column}: {self.message}"


class ParseFault(Fault):
    """The source is no template."""


class ExecFault(Fault):
    """Rendering failed."""


class LimitFault(ExecFault):
    """Rendering took more than it may."""
