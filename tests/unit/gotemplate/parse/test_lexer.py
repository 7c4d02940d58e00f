"""Tokens are cut where Go's text/template/parse cuts them; faults and places are what it gave for the same text."""

import pytest

from provider.gotemplate.parse import lexer, tokens
from tests.doubles import cost

K = tokens.Kind


def cut(source: str, left: str = "{{", right: str = "}}") -> list[tokens.Token]:
    """All tokens, up to the end or a fault."""
    cutter = lexer.Lexer(source, left, right, tokens.WORDS)
    made = [cutter.next()]
    while made[-1].kind not in (K.EOF, K.ERROR):
        made.append(cutter.next())
    return made


def texts(source: str, left: str = "{{", right: str = "}}") -> list[str]:
    """What stands in the tokens, without delimiters, spaces and the end."""
    skipped = (K.LEFT_DELIM, K.RIGHT_DELIM, K.SPACE, K.EOF)
    return [token.text for token in cut(source, left, right) if token.kind not in skipped]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("no action", ["no action"]),
        ("a{{.}}b", ["a", ".", "b"]),
        ("a {{.}} b", ["a ", ".", " b"]),
        ("a \t\r\n{{- . -}} \t\r\nb", ["a", ".", "b"]),
        ("a {{-\n.\n-}} b", ["a", ".", "b"]),
        ("a {{- .   -}} b", ["a", ".", "b"]),
        (" {{- . -}} ", ["."]),
        ("a\u00a0\f {{- . -}} \f\u00a0b", ["a\u00a0\f", ".", "\f\u00a0b"]),
        ("a {{-3}} b", ["a ", "-3", " b"]),
        ("a {{- 3}} b", ["a", "3", " b"]),
        ("a {{- -3 -}} b", ["a", "-3", "b"]),
        ("a {{.-}} b", ["a ", "bad character U+002D '-'"]),
        ("a{{/* b */}}c", ["a", "c"]),
        ("a {{- /* b\n{{ }} */ -}} c", ["a", "c"]),
        ("a {{/* b */ -}} c", ["a ", "c"]),
        ("a {{/* b */ -}} {{- /* c */}} d", ["a ", " d"]),
        ("}} {", ["}} {"]),
    ],
)
def test_text_and_what_trims_it(source: str, expected: list[str]) -> None:
    """Only space, tab, CR and LF are trimmed, only by a marker with a space, and comments leave nothing."""
    assert texts(source) == expected


@pytest.mark.parametrize(
    ("source", "kind", "text"),
    [
        (".", K.DOT, "."),
        (".a_1é", K.FIELD, ".a_1é"),
        ("$", K.VARIABLE, "$"),
        ("$x1", K.VARIABLE, "$x1"),
        ("$1", K.VARIABLE, "$1"),
        ("f", K.IDENTIFIER, "f"),
        ("é٣", K.IDENTIFIER, "é٣"),
        ("_", K.IDENTIFIER, "_"),
        ("iffy", K.IDENTIFIER, "iffy"),
        ("if", K.IF, "if"),
        ("nil", K.NIL, "nil"),
        ("true", K.BOOL, "true"),
        ("0x1F", K.NUMBER, "0x1F"),
        ("+1_000.5e-3", K.NUMBER, "+1_000.5e-3"),
        (".5", K.NUMBER, ".5"),
        ("0x1.8p-1", K.NUMBER, "0x1.8p-1"),
        ("1+2i", K.NUMBER, "1+2i"),
        ("089", K.NUMBER, "089"),
        ("-", K.NUMBER, "-"),
        (r'"a\"}} \\"', K.STRING, r'"a\"}} \\"'),
        ("`a\\\n}}`", K.RAW, "`a\\\n}}`"),
        (r"'\''", K.RUNE, r"'\''"),
        ("'ab'", K.RUNE, "'ab'"),
        (":=", K.DECLARE, ":="),
        ("=", K.ASSIGN, "="),
        ("|", K.PIPE, "|"),
        (",", K.CHAR, ","),
        ("{", K.CHAR, "{"),
        ("\\", K.CHAR, "\\"),
    ],
)
def test_tokens_of_actions(source: str, kind: tokens.Kind, text: str) -> None:
    """Each kind of token is one token."""
    assert [(token.kind, token.text) for token in cut(f"{{{{{source}}}}}")[1:-2]] == [(kind, text)]


def test_fields_after_each_other_are_tokens_of_their_own() -> None:
    """Spaces are tokens, and a chain is a token for each field."""
    kinds = [token.kind for token in cut("{{$x.a.b (f) | g}}")]
    inner = [K.VARIABLE, K.FIELD, K.FIELD, K.SPACE, K.LEFT_PAREN, K.IDENTIFIER, K.RIGHT_PAREN, K.SPACE, K.PIPE, K.SPACE]
    assert kinds == [K.LEFT_DELIM, *inner, K.IDENTIFIER, K.RIGHT_DELIM, K.EOF]


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("a\n{{ .x", "unclosed action", 2, 6),
        ("{{ .x\n", "unclosed action", 2, 1),
        ("a\n{{/* b\n", "unclosed comment", 2, 3),
        ("{{-\n/* b }}", "unclosed comment", 2, 1),
        ("{{/* b */ }}", "comment ends before closing delimiter", 1, 3),
        ('{{"a\n"}}', "unterminated quoted string", 1, 3),
        (r'{{"a\"}}', "unterminated quoted string", 1, 3),
        ('{{"a\\\n"}}', "unterminated quoted string", 1, 3),
        ("{{\n`a}}", "unterminated raw quoted string", 2, 1),
        ("{{'a\n'}}", "unterminated character constant", 1, 3),
        ("{{(1}}", "unclosed left paren", 1, 5),
        ("{{1)}}", "unexpected right paren", 1, 4),
        ("{{:}}", "expected :=", 1, 3),
        ("{{12abc}}", 'bad number syntax: "12a"', 1, 3),
        ("{{1+2}}", 'bad number syntax: "1+2"', 1, 3),
        ("{{0b102}}", 'bad number syntax: "0b102"', 1, 3),
        ("{{é .my-key}}", "bad character U+002D '-'", 1, 5),
        ("{{.a½}}", "bad character U+00BD '½'", 1, 3),
        ("{{½}}", "unrecognized character in action: U+00BD '½'", 1, 3),
        ("{{\u00a0}}", "unrecognized character in action: U+00A0", 1, 3),
        ("{{\x01}}", "unrecognized character in action: U+0001", 1, 3),
    ],
)
def test_faults(source: str, message: str, line: int, column: int) -> None:
    """What cannot be cut is told with the place where it begins, in characters."""
    assert cut(source)[-1] == (K.ERROR, message, line, column)


def test_places_count_lines_and_characters() -> None:
    """Every token has the line and the column of its first character; that of a trimmed delimiter is its own."""
    places = [(token.text, token.line, token.column) for token in cut("é\né{{- `\n` é\n-}}\n\nx")]
    assert places == [
        ("é\né", 1, 1),
        ("{{", 2, 2),
        ("`\n`", 2, 6),
        (" ", 3, 2),
        ("é", 3, 3),
        ("}}", 4, 2),
        ("x", 6, 1),
        ("", 6, 2),
    ]


@pytest.mark.parametrize(
    ("left", "right", "source", "expected"),
    [
        ("<<", ">>", "{{ }} <<- .a ->> b", ["{{ }}", ".a", "b"]),
        ("[[", "]]", "[[/* c */]][[f]]", ["f"]),
        ("(", ")", "(f.a)x", ["f", ".a", "x"]),
        ("|", "|", "|.|b", [".", "b"]),
        ("{{", "é", "{{.éb", [".", "b"]),
        ("{{", "end", "{{.end{{$endx", [".", "$", "x"]),
    ],
)
def test_delimiters_of_ones_own(left: str, right: str, source: str, expected: list[str]) -> None:
    """Any text may open and close actions, even one that could be a name."""
    assert texts(source, left, right) == expected


def test_function_may_have_the_name_of_a_late_keyword() -> None:
    """The lexer takes for keywords only the words it is given."""
    words = {word: kind for word, kind in tokens.WORDS.items() if word != "break"}
    cutter = lexer.Lexer("{{break}}", "{{", "}}", words)
    assert [cutter.next().kind for _ in range(2)] == [K.LEFT_DELIM, K.IDENTIFIER]


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (tokens.Token(K.EOF, "", 1, 1), "EOF"),
        (tokens.Token(K.ERROR, "expected :=", 1, 1), "expected :="),
        (tokens.Token(K.DEFINE, "define", 1, 1), "<define>"),
        (tokens.Token(K.DOT, ".", 1, 1), "<.>"),
        (tokens.Token(K.STRING, '"a"', 1, 1), r'"\"a\""'),
        (tokens.Token(K.IDENTIFIER, "twelve_chars", 1, 1), '"twelve_cha"...'),
    ],
)
def test_tokens_in_faults(token: tokens.Token, shown: str) -> None:
    """A token is shown as Go shows it."""
    assert str(token) == shown


@pytest.mark.parametrize(
    ("begin", "part", "end", "most"),
    [
        ("", "{", "", 200_000),
        ("", " ", "{{- 1", 300_000),
        ("{{", " ", "", 300_000),
        ("{{1", " -", "", 100_000),
        ("", "{{/*", "", 75_000),
        ("", "{{/**/}}", "", 30_000),
        ('{{"', '\\"', "", 150_000),
        ("{{'", "a", "", 300_000),
        ("{{", "1_", "x", 150_000),
        ("", "\n", "{{.}}", 300_000),
        ("", "{{.}}\n", "", 20_000),
        ("{{", ".a", "", 50_000),
    ],
    ids=lambda part: part.strip() + "..." if isinstance(part, str) else "",
)
def test_takes_time_in_proportion(begin: str, part: str, end: str, most: int) -> None:
    """No source makes the lexer go over it again and again."""
    assert cost.is_in_proportion(cut, lambda size: begin + part * size + end, most)
