"""Parses templates, as Go's text/template/parse does: it accepts and refuses the same.

Faults have the line that Go reports, which is that of the newest token, and a column where the token that is wrong is
on that line. Complex numbers, and integers that only a uint64 could hold, are refused.
"""

from collections.abc import Callable, Container, Mapping
from typing import Final, NamedTuple, TypeVar

from provider.gotemplate import faults, sources
from provider.gotemplate.parse import definitions, lexer, literals, nodes, pipeline_parser, token_stream, tokens
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

    What the template defines replaces what a fragment defines; no two fragments may define the same name. A blank
    definition replaces nothing.

    Args:
        name: of the main template; "" for the unnamed one.
        source: its text.
        known: names of functions.
        left: what opens an action of `source`.
        right: what closes one.
        fragments: further sources by name, with Go's own delimiters.

    Raises:
        faults.ParseFault: a source is not a valid template.
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
    source_lexer = lexer.Lexer(literals.encodable(source.text), left, right, words)
    shared = token_stream.Shared(source, source_lexer, known)
    _Parser(shared).parse()
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
        self._stream = token_stream.TokenStream(shared)
        self._pipeline_parser = pipeline_parser.PipelineParser(self._stream)
        self._ranges = 0

    def parse(self) -> None:
        """Parse the whole source, with the definitions at its top level."""
        stream = self._stream
        first = stream.peek()
        made: list[nodes.Node] = []
        while (token := stream.peek()).kind is not Kind.EOF:
            if token.kind is Kind.LEFT_DELIM:
                stream.next()
                keyword = stream.next_non_space()
                if keyword.kind is Kind.DEFINE:
                    _Parser(stream.shared).parse_definition(keyword)
                    continue
                stream.backup(keyword)
                stream.backup(token)
            node = self._text_or_action()
            if isinstance(node, _Closing):
                raise stream.fault(f"unexpected {node}", node.keyword)
            made.append(node)
        self._define(stream.shared.source.name, nodes.List(first.line, first.column, tuple(made)))

    def parse_definition(self, keyword: Token) -> None:
        """Parse a definition, after its keyword."""
        name = self._template_name("define clause", self._stream.next_non_space())
        self._stream.expect((Kind.RIGHT_DELIM,), "define clause")
        self.parse_body(name, keyword, "define clause", self._stream)

    def parse_body(self, name: str, keyword: Token, context: str, outer: token_stream.TokenStream) -> None:
        """Parse a definition after its first action, up to its end. `outer` reports an end that is wrong."""
        root, closing = self._item_list(keyword)
        if closing.keyword.kind is not Kind.END:
            raise outer.fault(f"unexpected {closing} in {context}", closing.keyword)
        self._define(name, root)

    def _define(self, name: str, root: nodes.List) -> None:
        shared = self._stream.shared
        if not shared.definitions.add(nodes.Tree(name, root, shared.source)):
            raise self._stream.fault(_MULTIPLE + literals.quoted(name))

    def _item_list(self, opening: Token) -> tuple[nodes.List, _Closing]:
        """Parse nodes up to an end or else, which is consumed."""
        first = self._stream.peek_non_space()
        made: list[nodes.Node] = []
        while self._stream.peek_non_space().kind is not Kind.EOF:
            node = self._text_or_action()
            if isinstance(node, _Closing):
                return nodes.List(first.line, first.column, tuple(made)), node
            made.append(node)
        raise self._stream.fault(
            f"unexpected EOF; the {{{{{opening.text}}}}} of line {opening.line} has no {{{{end}}}}"
        )

    def _text_or_action(self) -> nodes.Node | _Closing:
        stream = self._stream
        token = stream.next_non_space()
        if token.kind is Kind.TEXT:
            return nodes.Text(token.line, token.column, token.text)
        if token.kind is not Kind.LEFT_DELIM:
            raise stream.unexpected(token, "input")
        stream.action_line = token.line
        keyword = stream.next_non_space()
        statement = self._STATEMENTS.get(keyword.kind)
        if statement is None:
            stream.backup(keyword)
            pipe = self._pipeline_parser.pipeline("command")
            node: nodes.Node | _Closing = nodes.Action(keyword.line, keyword.column, pipe)
        else:
            node = statement(self, keyword)
        stream.action_line = 0
        return node

    # Statements, after their keyword.

    def _end_control(self, keyword: Token) -> _Closing:
        self._stream.expect((Kind.RIGHT_DELIM,), "end")
        return _Closing(keyword)

    def _else_control(self, keyword: Token) -> _Closing:
        if self._stream.peek_non_space().kind not in (Kind.IF, Kind.WITH):
            self._stream.expect((Kind.RIGHT_DELIM,), "else")
        return _Closing(keyword)

    def _break_control(self, keyword: Token) -> nodes.Node:
        self._expect_in_range(keyword)
        return nodes.Break(keyword.line, keyword.column)

    def _continue_control(self, keyword: Token) -> nodes.Node:
        self._expect_in_range(keyword)
        return nodes.Continue(keyword.line, keyword.column)

    def _expect_in_range(self, keyword: Token) -> None:
        action = f"{{{{{keyword.text}}}}}"
        self._stream.expect((Kind.RIGHT_DELIM,), action)
        if not self._ranges:
            raise self._stream.fault(f"{action} outside {{{{range}}}}", keyword)

    def _if_control(self, keyword: Token) -> nodes.Node:
        return self._parse_control(nodes.If, keyword)

    def _with_control(self, keyword: Token) -> nodes.Node:
        return self._parse_control(nodes.With, keyword)

    def _range_control(self, keyword: Token) -> nodes.Node:
        return self._parse_control(nodes.Range, keyword)

    def _parse_control(self, kind: type[_Branch], keyword: Token) -> _Branch:
        self._stream.enter()
        mark = self._pipeline_parser.variables.mark()
        pipe = self._pipeline_parser.pipeline(keyword.text)
        is_range = kind is nodes.Range
        self._ranges += is_range
        body, closing = self._item_list(keyword)
        self._ranges -= is_range
        else_list = self._else_list(kind, keyword) if closing.keyword.kind is Kind.ELSE else None
        self._pipeline_parser.variables.pop(mark)
        self._stream.leave()
        return kind(pipe.line, pipe.column, pipe, body, else_list)

    def _else_list(self, kind: type[_Branch], keyword: Token) -> nodes.List:
        following = self._stream.peek()
        if following.kind is keyword.kind and following.kind is not Kind.RANGE:
            # `{{else if}}` is an if within the else, and ends with it.
            self._stream.next()
            return nodes.List(following.line, following.column, (self._parse_control(kind, following),))
        block, closing = self._item_list(keyword)
        if closing.keyword.kind is not Kind.END:
            raise self._stream.fault(f"expected end; found {closing}", closing.keyword)
        return block

    def _block_control(self, keyword: Token) -> nodes.Node:
        context = "block clause"
        token = self._stream.next_non_space()
        name = self._template_name(context, token)
        pipe = self._pipeline_parser.pipeline(context)
        self._stream.enter()
        _Parser(self._stream.shared).parse_body(name, keyword, context, self._stream)
        self._stream.leave()
        return nodes.Template(token.line, token.column, name, pipe)

    def _template_control(self, _keyword: Token) -> nodes.Node:
        context = "template clause"
        token = self._stream.next_non_space()
        name = self._template_name(context, token)
        following = self._stream.next_non_space()
        pipe = None
        if following.kind is not Kind.RIGHT_DELIM:
            self._stream.backup(following)
            pipe = self._pipeline_parser.pipeline(context)
        return nodes.Template(token.line, token.column, name, pipe)

    def _template_name(self, context: str, token: Token) -> str:
        if token.kind not in (Kind.STRING, Kind.RAW):
            raise self._stream.unexpected(token, context)
        return str(pipeline_parser.constant(self._stream, token))

    _STATEMENTS: Final[Mapping[Kind, Callable[["_Parser", Token], nodes.Node | _Closing]]] = {
        Kind.BLOCK: _block_control,
        Kind.BREAK: _break_control,
        Kind.CONTINUE: _continue_control,
        Kind.ELSE: _else_control,
        Kind.END: _end_control,
        Kind.IF: _if_control,
        Kind.RANGE: _range_control,
        Kind.TEMPLATE: _template_control,
        Kind.WITH: _with_control,
    }
