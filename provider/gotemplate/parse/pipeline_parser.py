"""Parses pipelines: what is inside an action, after its keyword if it has one.

`execute.pipeline_evaluator` evaluates them.
"""

from collections.abc import Callable
from typing import Final

from provider.gotemplate.parse import literals, nodes, token_stream
from provider.gotemplate.parse.tokens import Kind, Token

_OPERANDS: Final = frozenset(
    {
        Kind.BOOL,
        Kind.RUNE,
        Kind.DOT,
        Kind.FIELD,
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.NIL,
        Kind.RAW,
        Kind.STRING,
        Kind.VARIABLE,
        Kind.LEFT_PAREN,
    }
)
_VALUES: Final = (nodes.Constant, nodes.Dot, nodes.Nil)
"""Terms that are neither called nor have fields."""


class Variables:
    """Keeps the variables that are declared at a place, those of outer statements included."""

    def __init__(self) -> None:
        self._names = ["$"]
        self._counts = {"$": 1}

    def __contains__(self, name: str) -> bool:
        return self._counts.get(name, 0) > 0

    def declare(self, name: str) -> None:
        """Add a variable."""
        self._names.append(name)
        self._counts[name] = self._counts.get(name, 0) + 1

    def mark(self) -> int:
        """Return the current state, for `pop` at the end of a statement."""
        return len(self._names)

    def pop(self, mark: int) -> None:
        """Forget variables declared since the mark."""
        for name in self._names[mark:]:
            self._counts[name] -= 1
        del self._names[mark:]


class PipelineParser:
    """Parses the pipelines of one tree."""

    def __init__(self, stream: token_stream.TokenStream) -> None:
        self._stream = stream
        self.variables = Variables()

    def pipeline(self, context: str, end: Kind = Kind.RIGHT_DELIM) -> nodes.Pipe:
        """Parse a pipeline up to its end, which is consumed. `context` is for faults.

        Raises:
            faults.ParseFault: it is not a valid pipeline.
        """
        stream = self._stream
        first = stream.peek_non_space()
        names, assigns = self._declared(context)
        commands: list[nodes.Command] = []
        while (token := stream.next_non_space()).kind is not end:
            if token.kind not in _OPERANDS:
                raise stream.unexpected(token, context)
            stream.backup(token)
            commands.append(self._command())
        if not commands:
            raise stream.fault(f"missing value for {context}", token)
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.operands[0], _VALUES):
                raise stream.fault(f"non executable command in pipeline stage {stage}", command)
        return nodes.Pipe(first.line, first.column, tuple(commands), tuple(names), assigns)

    def _declared(self, context: str) -> tuple[list[str], bool]:
        """Parse the variables that the pipeline sets; also return whether it assigns to existing ones."""
        stream = self._stream
        names: list[str] = []
        while (variable := stream.peek_non_space()).kind is Kind.VARIABLE:
            stream.next()
            after = stream.peek()
            solid = stream.peek_non_space()
            gives = solid.kind in (Kind.ASSIGN, Kind.DECLARE)
            if not gives and (solid.kind is not Kind.CHAR or solid.text != ","):
                # An operand. The space counts there: `$x .y` is two operands.
                if after.kind is Kind.SPACE:
                    stream.backup(after)
                stream.backup(variable)
                break
            stream.next()
            names.append(variable.text)
            self.variables.declare(variable.text)
            if gives:
                return names, solid.kind is Kind.ASSIGN
            if context != "range" or len(names) > 1:
                raise stream.fault(f"too many declarations in {context}", solid)
            following = stream.peek_non_space()
            if following.kind not in (Kind.VARIABLE, Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                raise stream.fault("range can only initialize variables", following)
        return names, False

    def _command(self) -> nodes.Command:
        """Parse operands with spaces between them, up to a pipe sign, which is consumed, or the pipeline's end."""
        stream = self._stream
        first = stream.peek_non_space()
        operands: list[nodes.Node] = []
        while True:
            operand = self._operand()
            if operand is not None:
                operands.append(operand)
            token = stream.next()
            if token.kind is Kind.SPACE:
                continue
            if token.kind in (Kind.RIGHT_DELIM, Kind.RIGHT_PAREN):
                stream.backup(token)
            elif token.kind is not Kind.PIPE:
                raise stream.unexpected(token, "operand")
            break
        if not operands:
            raise stream.fault("empty command", first)
        return nodes.Command(first.line, first.column, tuple(operands))

    def _operand(self) -> nodes.Node | None:
        """Parse a term with its fields; None if no term follows."""
        stream = self._stream
        token = stream.next_non_space()
        make = self._TERMS.get(token.kind)
        if make is None:
            stream.backup(token)
            return None
        term = make(self, token)
        dot = stream.peek()
        if dot.kind is not Kind.FIELD:
            return term
        names: list[str] = []
        while stream.peek().kind is Kind.FIELD:
            names.append(stream.next().text[1:])
        if isinstance(term, _VALUES):
            raise stream.fault(f"unexpected . after term {literals.quoted(str(term))}", dot)
        if isinstance(term, nodes.Field):
            return nodes.Field(dot.line, dot.column, (*term.fields, *names))
        if isinstance(term, nodes.Variable):
            return nodes.Variable(dot.line, dot.column, term.name, tuple(names))
        return nodes.Chain(dot.line, dot.column, term, tuple(names))

    # Terms.

    def _identifier(self, token: Token) -> nodes.Node:
        if token.text not in self._stream.shared.known:
            raise self._stream.fault(f"function {literals.quoted(token.text)} not defined", token)
        return nodes.Identifier(token.line, token.column, token.text)

    def _dot(self, token: Token) -> nodes.Node:
        return nodes.Dot(token.line, token.column)

    def _nil(self, token: Token) -> nodes.Node:
        return nodes.Nil(token.line, token.column)

    def _field(self, token: Token) -> nodes.Node:
        return nodes.Field(token.line, token.column, (token.text[1:],))

    def _variable(self, token: Token) -> nodes.Node:
        if token.text not in self.variables:
            raise self._stream.fault(f"undefined variable {literals.quoted(token.text)}", token)
        return nodes.Variable(token.line, token.column, token.text, ())

    def _boolean(self, token: Token) -> nodes.Node:
        return nodes.Constant(token.line, token.column, token.text == "true", token.text)

    def _constant(self, token: Token) -> nodes.Node:
        value = constant(self._stream, token)
        return nodes.Constant(token.line, token.column, value, token.text, token.kind is Kind.RUNE)

    def _parentheses(self, _token: Token) -> nodes.Node:
        self._stream.enter()
        pipe = self.pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)
        self._stream.leave()
        return pipe

    _TERMS: Final[dict[Kind, Callable[["PipelineParser", Token], nodes.Node]]] = {
        Kind.IDENTIFIER: _identifier,
        Kind.DOT: _dot,
        Kind.NIL: _nil,
        Kind.FIELD: _field,
        Kind.VARIABLE: _variable,
        Kind.BOOL: _boolean,
        Kind.NUMBER: _constant,
        Kind.RUNE: _constant,
        Kind.STRING: _constant,
        Kind.RAW: _constant,
        Kind.LEFT_PAREN: _parentheses,
    }


_READ: Final[dict[Kind, Callable[[str], str | int | float]]] = {
    Kind.NUMBER: literals.number,
    Kind.RUNE: literals.rune,
    Kind.STRING: literals.string,
    Kind.RAW: literals.string,
}


def constant(stream: token_stream.TokenStream, token: Token) -> str | int | float:
    """Return the value of a constant.

    Raises:
        faults.ParseFault: it is not a valid constant.
    """
    try:
        return _READ[token.kind](token.text)
    except ValueError as error:
        raise stream.fault(str(error), token) from None
