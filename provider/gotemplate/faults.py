"""Exceptions for what is wrong with a template, and where. Texts name functions, fields, keys and types, never a value.

Fault                a place in a template, and what is wrong there
├── ParseFault       the source is not a valid template; found before anything is rendered
└── ExecFault        rendering failed at this node
    └── LimitFault   it took more than its budget: output, steps, depth, one string, CPU time

Functions raise `failures.Failed`, which has no place; the evaluator of pipelines adds it.
"""

from provider.gotemplate import sources


class Fault(Exception):
    """Something wrong at a place.

    Attributes:
        message: one sentence.
        source: the text that the place is in.
        line: from one.
        column: from one, in characters; 0 where only the line is known.
    """

    def __init__(self, message: str, source: sources.Source, line: int, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.line = line
        self.column = column

    @property
    def template(self) -> str:
        """The name of the source, "" for the main template."""
        return self.source.name

    @property
    def source_line(self) -> str:
        """The line of the source that it is about."""
        return self.source.line(self.line)

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"template: {self.template}:{self.line}{column}: {self.message}"


class ParseFault(Fault):
    """The source is not a valid template."""


class ExecFault(Fault):
    """Rendering failed."""


class LimitFault(ExecFault):
    """Rendering took more than it may."""
