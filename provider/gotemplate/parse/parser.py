"""The tokens of a template to its trees, after Go's text/template/parse: what it accepts, refuses and calls wrong.

Faults have the line that Go names, which is that of the newest token that was read, and a column where the token that
is wrong is on that line. Complex numbers, and integers that only a uint64 could hold, are refused.
"""

from collections.abc import Callable, Container, Mapping
from typing import Final, NamedTuple, TypeVar

from provider.gotemplate import faults, sources
from provider.gotemplate.parse import definitions, lexer, literals, nodes, pipelines, token_stream, tokens
from provider.gotemplate.parse.tokens import Kind, Token

_LEFT: Final = "{{"
_RIGHT: Final = "}}"


def parse(
    name: str,
    source: str,
    *,
    known: Container[str],
    left: str = _LEFT,
    right: str = _RIGHT,
    fragments: Mapping[str, str] = {},
) -> nodes.Program:
    """Parse a template with the fragments that it may call.

    What the template defines takes the place of what a fragment defines; no two fragments may define the same. Nothing
    takes the place of anything if it is blank.

    Args:
        name: of the main template; "" for the unnamed one.
        source: its text.
        known: names of functions.
        left: what opens an action of `source`.
        right: what closes one.
        fragments: further sources by name, with Go's own delimiters.

    Raises:
        faults.ParseFault: a source is no template.
    """
    defined = definitions.Definitions()
    for fragment, text in fragments.items():
        for tree in _parsed(sources.Source(fragment, text), known, _LEFT, _RIGHT):
            if not defined.add(tree):
                message = _MULTIPLE + literals.quoted(tree.name)
                raise faults.ParseFault(message, tree.source, tree.root.line)
    for tree in _parsed(sources.Source(name, source), known, left or _LEFT, right or _RIGHT):
        defined.add(tree, replaces=True)
    return nodes.Program(name, defined.trees)


_MULTIPLE: Final = "multiple definition of template "


def _parsed(source: sources.Source, known: Container[str], left: str, right: str) -> list[nodes.Tree]:
    # `break` and `continue` came late to Go's templates: functions may have their names.
    words = {word: kind for word, kind in tokens.WORDS.items() if kind not in _LATE or word not in known}
    tokens_of_it = lexer.Lexer(literals.encodable(source.text), left, right, words)
    shared = token_stream.Shared(source, tokens_of_it, known)
    _Parser(shared).main()
    return list(shared.definitions.trees.values())


_LATE: Final = (Kind.BREAK, Kind.CONTINUE)


class _Closing(NamedTuple):
    """What ends a list of nodes: the keyword of `{{end}}` or `{{else}}`."""

    keyword: Token

    def __str__(self) -> str:
        return f"{{{{{self.keyword.text}}}}}"


_Branch = TypeVar("_Branch", nodes.If, nodes.With, nodes.Range)


class _Parser:
    """Parses one tree."""

    def __init__(self, shared: token_stream.Shared) -> None:
        self._reader = token_stream.Reader(shared)
        self._pipelines = pipelines.Pipelines(self._reader)
        self._ranges = 0

    def main(self) -> None:
        """The tree of the whole source, and the definitions at its top level."""
        reader = self._reader
        first = reader.peek()
        made: list[nodes.Node] = []
        while (token := reader.peek()).kind is not Kind.EOF:
            if token.kind is Kind.LEFT:
                reader.next()
                keyword = reader.next_solid()
                if keyword.kind is Kind.DEFINE:
                    _Parser(reader.shared).definition(keyword)
                    continue
                reader.back(keyword)
                reader.back(token)
            node = self._text_or_action()
            if isinstance(node, _Closing):
                raise reader.fault(f"unexpected {node}", node.keyword)
            made.append(node)
        self._define(reader.shared.source.name, nodes.Block(first.line, first.column, tuple(made)))

    def definition(self, keyword: Token) -> None:
        """A tree that stands in a source, after the keyword."""
        name = self._name("define clause", self._reader.next_solid())
        self._reader.expect((Kind.RIGHT,), "define clause")
        self.body(name, keyword, "define clause", self._reader)

    def body(self, name: str, keyword: Token, context: str, outer: token_stream.Reader) -> None:
        """A definition up to its end, after the action that begins it. `outer` tells if it ends wrongly."""
        root, closing = self._list(keyword)
        if closing.keyword.kind is not Kind.END:
            raise outer.fault(f"unexpected {closing} in {context}", closing.keyword)
        self._define(name, root)

    def _define(self, name: str, root: nodes.Block) -> None:
        shared = self._reader.shared
        if not shared.definitions.add(nodes.Tree(name, root, shared.source)):
            raise self._reader.fault(_MULTIPLE + literals.quoted(name))

    def _list(self, opening: Token) -> tuple[nodes.Block, _Closing]:
        """Nodes up to an end or else, which is taken too."""
        first = self._reader.peek_solid()
        made: list[nodes.Node] = []
        while self._reader.peek_solid().kind is not Kind.EOF:
            node = self._text_or_action()
            if isinstance(node, _Closing):
                return nodes.Block(first.line, first.column, tuple(made)), node
            made.append(node)
        raise self._reader.fault(
            f"unexpected EOF; the {{{{{opening.text}}}}} of line {opening.line} has no {{{{end}}}}"
        )

    def _text_or_action(self) -> nodes.Node | _Closing:
        reader = self._reader
        token = reader.next_solid()
        if token.kind is Kind.TEXT:
            return nodes.Text(token.line, token.column, token.text)
        if token.kind is not Kind.LEFT:
            raise reader.unexpected(token, "input")
        reader.action_line = token.line
        keyword = reader.next_solid()
        statement = self._STATEMENTS.get(keyword.kind)
        if statement is None:
            reader.back(keyword)
            pipe = self._pipelines.pipeline("command")
            node: nodes.Node | _Closing = nodes.Action(keyword.line, keyword.column, pipe)
        else:
            node = statement(self, keyword)
        reader.action_line = 0
        return node

    # Statements, after their keyword.

    def _end(self, keyword: Token) -> _Closing:
        self._reader.expect((Kind.RIGHT,), "end")
        return _Closing(keyword)

    def _else(self, keyword: Token) -> _Closing:
        if self._reader.peek_solid().kind not in (Kind.IF, Kind.WITH):
            self._reader.expect((Kind.RIGHT,), "else")
        return _Closing(keyword)

    def _break(self, keyword: Token) -> nodes.Node:
        self._expect_in_range(keyword)
        return nodes.Break(keyword.line, keyword.column)

    def _continue(self, keyword: Token) -> nodes.Node:
        self._expect_in_range(keyword)
        return nodes.Continue(keyword.line, keyword.column)

    def _expect_in_range(self, keyword: Token) -> None:
        action = f"{{{{{keyword.text}}}}}"
        self._reader.expect((Kind.RIGHT,), action)
        if not self._ranges:
            raise self._reader.fault(f"{action} outside {{{{range}}}}", keyword)

    def _if(self, keyword: Token) -> nodes.Node:
        return self._branch(nodes.If, keyword)

    def _with(self, keyword: Token) -> nodes.Node:
        return self._branch(nodes.With, keyword)

    def _range(self, keyword: Token) -> nodes.Node:
        return self._branch(nodes.Range, keyword)

    def _branch(self, kind: type[_Branch], keyword: Token) -> _Branch:
        self._reader.enter()
        mark = self._pipelines.variables.mark()
        pipe = self._pipelines.pipeline(keyword.text)
        is_range = kind is nodes.Range
        self._ranges += is_range
        body, closing = self._list(keyword)
        self._ranges -= is_range
        otherwise = self._otherwise(kind, keyword) if closing.keyword.kind is Kind.ELSE else None
        self._pipelines.variables.pop(mark)
        self._reader.leave()
        return kind(pipe.line, pipe.column, pipe, body, otherwise)

    def _otherwise(self, kind: type[_Branch], keyword: Token) -> nodes.Block:
        following = self._reader.peek()
        if following.kind is keyword.kind and following.kind is not Kind.RANGE:
            # `{{else if}}` is an if within the else, and ends with it.
            self._reader.next()
            return nodes.Block(following.line, following.column, (self._branch(kind, following),))
        block, closing = self._list(keyword)
        if closing.keyword.kind is not Kind.END:
            raise self._reader.fault(f"expected end; found {closing}", closing.keyword)
        return block

    def _block(self, keyword: Token) -> nodes.Node:
        context = "block clause"
        token = self._reader.next_solid()
        name = self._name(context, token)
        pipe = self._pipelines.pipeline(context)
        self._reader.enter()
        _Parser(self._reader.shared).body(name, keyword, context, self._reader)
        self._reader.leave()
        return nodes.Call(token.line, token.column, name, pipe)

    def _template(self, _keyword: Token) -> nodes.Node:
        context = "template clause"
        token = self._reader.next_solid()
        name = self._name(context, token)
        following = self._reader.next_solid()
        pipe = None
        if following.kind is not Kind.RIGHT:
            self._reader.back(following)
            pipe = self._pipelines.pipeline(context)
        return nodes.Call(token.line, token.column, name, pipe)

    def _name(self, context: str, token: Token) -> str:
        if token.kind not in (Kind.STRING, Kind.RAW):
            raise self._reader.unexpected(token, context)
        return str(pipelines.constant(self._reader, token))

    _STATEMENTS: Final[Mapping[Kind, Callable[["_Parser", Token], nodes.Node | _Closing]]] = {
        Kind.BLOCK: _block,
        Kind.BREAK: _break,
        Kind.CONTINUE: _continue,
        Kind.ELSE: _else,
        Kind.END: _end,
        Kind.IF: _if,
        Kind.RANGE: _range,
        Kind.TEMPLATE: _template,
        Kind.WITH: _with,
    }
