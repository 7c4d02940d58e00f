"""Trees, places and faults are those of Go 1.26's text/template/parse for the same text."""

from collections.abc import Callable, Iterator

import pytest

from provider.golang import values
from provider.gotemplate import faults
from provider.gotemplate.parse import nodes, parser, token_stream
from tests.doubles import cost

KNOWN = frozenset({"f", "print", "é"})


def parse(source: str) -> nodes.Program:
    """The program of an unnamed template."""
    return parser.parse("", source, known=KNOWN)


def fault(source: str) -> faults.ParseFault:
    """What is wrong with a template."""
    with pytest.raises(faults.ParseFault) as caught:
        parse(source)
    return caught.value


def below(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node and all nodes inside it, in the order of the source."""
    yield node
    match node:
        case nodes.Branch():
            inside: tuple[nodes.Node | None, ...] = (node.pipe, node.body, node.else_list)
        case nodes.Action() | nodes.Template():
            inside = (node.pipe,)
        case nodes.List():
            inside = node.nodes
        case nodes.Pipe():
            inside = node.commands
        case nodes.Command():
            inside = node.operands
        case nodes.Chain():
            inside = (node.term,)
        case _:
            inside = ()
    for each in inside:
        if each is not None:
            yield from below(each)


def operand(source: str) -> nodes.Node:
    """The only operand of the only action."""
    action = parse(f"{{{{ {source} }}}}").main.root.nodes[0]
    assert isinstance(action, nodes.Action)
    return action.pipe.commands[0].operands[0]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("a {{- .x -}} b", "a{{.x}}b"),
        ("{{  f  1   `a` \"b\\n\" 'c' 0x1F 1.50 true nil .  $ }}", "{{f 1 `a` \"b\\n\" 'c' 0x1F 1.50 true nil . $}}"),
        ("{{ .a.b.c }}", "{{.a.b.c}}"),
        ("{{ $.a.b }}", "{{$.a.b}}"),
        ("{{ $ .a }}", "{{$ .a}}"),
        ("{{ (f 1).a.b }}", "{{(f 1).a.b}}"),
        ("{{ f.a }}", "{{f.a}}"),
        ("{{ (((1))) }}", "{{(((1)))}}"),
        ("{{ ((f).a).b }}", "{{((f).a).b}}"),
        ("{{ 1|print|f . }}", "{{1 | print | f .}}"),
        ("{{ 1 | }}", "{{1}}"),
        ("{{ print (f 1 | f) }}", "{{print (f 1 | f)}}"),
        ("{{ $x:=1 }}{{ $x =2 }}{{ $x }}", "{{$x := 1}}{{$x = 2}}{{$x}}"),
        ("{{ $new = 1 }}", "{{$new = 1}}"),
        ("{{ ($x := 1) }}{{ $x }}", "{{($x := 1)}}{{$x}}"),
        ("{{ if .a }}b{{ end }}", "{{if .a}}b{{end}}"),
        ("{{ if .a }}b{{ else }}c{{ end }}", "{{if .a}}b{{else}}c{{end}}"),
        ("{{ if .a }}b{{ else if .c }}d{{ else }}e{{ end }}", "{{if .a}}b{{else}}{{if .c}}d{{else}}e{{end}}{{end}}"),
        ("{{ with .a }}b{{ else with .c }}d{{ end }}", "{{with .a}}b{{else}}{{with .c}}d{{end}}{{end}}"),
        ("{{ with $x := .a }}{{ $x }}{{ else }}{{ $x }}{{ end }}", "{{with $x := .a}}{{$x}}{{else}}{{$x}}{{end}}"),
        ("{{ range .a }}{{ break }}{{ continue }}{{ end }}", "{{range .a}}{{break}}{{continue}}{{end}}"),
        ("{{ range $k,$v:=.a }}b{{ else }}c{{ end }}", "{{range $k, $v := .a}}b{{else}}c{{end}}"),
        ('{{ template `a` }}{{ template "b\\"" .x }}', '{{template "a"}}{{template "b\\"" .x}}'),
        ("{{ block `a` . }}b{{ end }}", '{{template "a" .}}'),
        ("{{ define `a` }}b{{ end }}c", "c"),
        ("{{/* only a comment */}}", ""),
    ],
)
def test_source_of_a_tree(source: str, shown: str) -> None:
    """A tree is written as Go writes it, which is how errors show its nodes."""
    assert str(parse(source).main.root) == shown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (".a.b", nodes.Field(1, 6, ("a", "b"))),
        (".a.b.c", nodes.Field(1, 6, ("a", "b", "c"))),
        (".a", nodes.Field(1, 4, ("a",))),
        ("$", nodes.Variable(1, 4, "$", ())),
        ("$.a.b", nodes.Variable(1, 5, "$", ("a", "b"))),
        ("f.a", nodes.Chain(1, 5, nodes.Identifier(1, 4, "f"), ("a",))),
        (".", nodes.Dot(1, 4)),
        ("nil", nodes.Nil(1, 4)),
        ("true", nodes.Constant(1, 4, True, "true")),
        ("0x1F", nodes.Constant(1, 4, 31, "0x1F")),
        ("1e3", nodes.Constant(1, 4, 1000.0, "1e3")),
        ("'a'", nodes.Constant(1, 4, 97, "'a'", is_rune=True)),
        (r'"\xff"', nodes.Constant(1, 4, values.to_text(b"\xff"), r'"\xff"')),
        ("`\\n`", nodes.Constant(1, 4, "\\n", "`\\n`")),
    ],
)
def test_operands(source: str, expected: nodes.Node) -> None:
    """An operand's place is where Go's is: with fields, at the first that is added to the term."""
    found = operand(source)
    assert found == expected
    assert isinstance(found, nodes.Constant) is isinstance(expected, nodes.Constant)
    if isinstance(found, nodes.Constant) and isinstance(expected, nodes.Constant):
        assert type(found.value) is type(expected.value)


def test_spaces_tell_fields_from_arguments() -> None:
    """`$x.a` is one operand, and `$x .a` two."""
    commands = [node for node in below(parse("{{ $x := 1 }}{{ $x .a }}").main.root) if isinstance(node, nodes.Command)]
    assert [len(command.operands) for command in commands] == [1, 2]


def test_places() -> None:
    """Every node is at the place that Go names in an error at it."""
    source = 'é\n {{- if $x := (f 1).a }}\n{{ print .b | f }}\n{{ else if . }}{{ end }}{{ template "t" $.c.d }}'
    places = [f"{type(node).__name__} {node.line}:{node.column}" for node in below(parse(source).main.root)][1:]
    assert places == [
        "Text 1:1",
        *("If 2:9", "Pipe 2:9", "Command 2:15", "Chain 2:20", "Pipe 2:16", "Command 2:16"),
        *("Identifier 2:16", "Constant 2:18"),
        *("List 2:25", "Text 2:25", "Action 3:4", "Pipe 3:4", "Command 3:4", "Identifier 3:4", "Field 3:10"),
        *("Command 3:15", "Identifier 3:15", "Text 3:19"),
        *("List 4:9", "If 4:12", "Pipe 4:12", "Command 4:12", "Dot 4:12", "List 4:16"),
        *("Template 4:37", "Pipe 4:41", "Command 4:41", "Variable 4:42"),
    ]


def test_variables_of_a_pipeline() -> None:
    """A pipeline has the names that it declares or assigns, with their sign."""
    pipes = [
        node
        for node in below(parse("{{ range $k, $v := . }}{{ $k = 1 }}{{ end }}").main.root)
        if isinstance(node, nodes.Pipe)
    ]
    assert [(pipe.variables, pipe.assigns) for pipe in pipes] == [(("$k", "$v"), False), (("$k",), True)]


PLACES = [
    # The source, what is told, the line, and the column or 0.
    ("{{ nosuch }}", 'function "nosuch" not defined', 1, 4),
    ("a\nb\nc\n{{ nosuch }}\n", 'function "nosuch" not defined', 4, 4),
    ("{{ f\n1\n(nosuch) }}", 'function "nosuch" not defined', 3, 2),
    ("{{ $x }}", 'undefined variable "$x"', 1, 4),
    ("\n{{ $x\n}}", 'undefined variable "$x"', 3, 0),
    ("{{ $x.y := 1 }}", 'undefined variable "$x"', 1, 4),
    ("{{ if . }}{{ $x := 1 }}{{ end }}\n{{ $x }}", 'undefined variable "$x"', 2, 4),
    ("{{ range $v := . }}{{ end }}{{ $v }}", 'undefined variable "$v"', 1, 32),
    ("{{ $x := 1 }}{{ define `t` }}{{ $x }}{{ end }}", 'undefined variable "$x"', 1, 33),
    ("{{ $x := 1 }}{{ block `t` . }}{{ $x }}{{ end }}", 'undefined variable "$x"', 1, 34),
    ("{{ }}", "missing value for command", 1, 4),
    ("{{ if }}{{ end }}", "missing value for if", 1, 7),
    ("{{ else if }}", "unexpected {{else}}", 1, 4),
    ("{{ print () }}", "missing value for parenthesized pipeline", 1, 11),
    ("{{ | f }}", 'unexpected "|" in command', 1, 4),
    ("{{ 1 || f }}", 'unexpected "|" in command', 1, 7),
    ("{{ 1 | 2 }}", "non executable command in pipeline stage 2", 1, 8),
    ("{{ 1 | f | . }}", "non executable command in pipeline stage 3", 1, 12),
    ("{{ 1 | f | nil }}", "non executable command in pipeline stage 3", 1, 12),
    ('{{ "x".y }}', r'unexpected . after term "\"x\""', 1, 7),
    ("{{ nil.x }}", 'unexpected . after term "nil"', 1, 7),
    ("{{ ..x }}", 'unexpected . after term "."', 1, 5),
    ("{{ print 3`x` }}", 'unexpected "`x`" in operand', 1, 11),
    ("{{ print(f) }}", 'unexpected "(" in operand', 1, 9),
    ("{{ define `t` }}{{ block `t` . }}1{{ end }} {{ end }}", 'multiple definition of template "t"', 1, 0),
    ("{{ print 3, 4 }}", 'unexpected "," in operand', 1, 11),
    ("{{ print\n3,\n4 }}", 'unexpected "," in operand', 2, 2),
    ("{{ = 1 }}", 'unexpected "=" in command', 1, 4),
    ("{{ # }}", 'unexpected "#" in command', 1, 4),
    ("{{ {{ . }} }}", 'unexpected "{" in command', 1, 4),
    ("{{ (if 1) }}", "unexpected <if> in parenthesized pipeline", 1, 5),
    ("{{ $x := 1 }}{{ $x= 1 }}", "bad character U+003D '='", 1, 17),
    ("{{ $x := 1 }}{{ $x += 1 }}", 'illegal number syntax: "+"', 1, 20),
    ("{{ 18446744073709551616 }}", 'integer overflow: "18446744073709551616"', 1, 4),
    ("{{ 1i }}", 'complex constant "1i" is not supported', 1, 4),
    ("{{ 'ab' }}", "malformed character constant: 'ab'", 1, 4),
    (r'{{ "\q" }}', r"invalid escape in a constant: \q", 1, 4),
    (r'{{ template "\q" }}', r"invalid escape in a constant: \q", 1, 13),
    ("{{ $a, $b := 1 }}", "too many declarations in command", 1, 6),
    ("{{ range $a, $b, $c := . }}{{ end }}", "too many declarations in range", 1, 16),
    ("{{ range $a, 1 }}{{ end }}", "range can only initialize variables", 1, 14),
    ("a\nb\n{{ if . }}x\n", "unexpected EOF; the {{if}} of line 3 has no {{end}}", 4, 0),
    ("{{ range . }}\n{{ if . }}{{ end }}", "unexpected EOF; the {{range}} of line 1 has no {{end}}", 2, 0),
    ("{{ define `t` }}", "unexpected EOF; the {{define}} of line 1 has no {{end}}", 1, 0),
    ("x{{ end }}", "unexpected {{end}}", 1, 5),
    ("x{{ else }}", "unexpected {{else}}", 1, 5),
    ("{{ if . }}{{ else }}{{ else }}{{ end }}", "expected end; found {{else}}", 1, 24),
    ("{{ if . }}{{ end 1 }}", 'unexpected "1" in end', 1, 18),
    ("{{ if . }}{{ else 1 }}{{ end }}", 'unexpected "1" in else', 1, 19),
    ("{{ if . }}{{ else with . }}{{ end }}", "unexpected <with> in input", 1, 19),
    ("{{ range . }}{{ else range . }}{{ end }}", "unexpected <range> in else", 1, 22),
    ("{{ break }}", "{{break}} outside {{range}}", 1, 4),
    ("{{ range . }}{{ else }}{{ continue }}{{ end }}", "{{continue}} outside {{range}}", 1, 27),
    ("{{ range . }}{{ block `t` . }}{{ break }}{{ end }}{{ end }}", "{{break}} outside {{range}}", 1, 34),
    ("{{ range . }}{{ break 1 }}{{ end }}", 'unexpected "1" in {{break}}', 1, 23),
    ("{{ template t }}", 'unexpected "t" in template clause', 1, 13),
    ("{{ template }}", 'unexpected "}}" in template clause', 1, 13),
    ("{{ define t }}{{ end }}", 'unexpected "t" in define clause', 1, 11),
    ("{{ define `t` . }}{{ end }}", "unexpected <.> in define clause", 1, 15),
    ("{{ if . }}{{ define `t` }}{{ end }}{{ end }}", "unexpected <define> in command", 1, 14),
    ("{{ define `t` }}{{ define `u` }}{{ end }}{{ end }}", "unexpected <define> in command", 1, 20),
    ("{{ define `t` }}x{{ else }}{{ end }}", "unexpected {{else}} in define clause", 1, 21),
    ("{{ block `t` }}x{{ end }}", "missing value for block clause", 1, 14),
    ("{{ block `t` . }}\nx{{ else }}{{ end }}", "unexpected {{else}} in block clause", 1, 0),
    ("{{ define `t` }}1{{ end }}\n{{ define `t` }}2{{ end }}", 'multiple definition of template "t"', 2, 0),
    ("{{ block `t` . }}1{{ end }}{{ define `t` }}2{{ end }}", 'multiple definition of template "t"', 1, 0),
    ("{{ define `` }}1{{ end }}x", 'multiple definition of template ""', 1, 0),
    ("a\n{{ .x", "unclosed action", 2, 6),
    ("{{ .x\n\n", "unclosed action started at line 1", 3, 1),
    ("{{ f\n: }}", "expected := in action started at line 1", 2, 1),
    ("{{ if . }}{{ .x }}\n{{ else if\n", "unclosed action", 3, 1),
    ("a\n\n{{/* b", "unclosed comment", 3, 3),
]


@pytest.mark.parametrize(("source", "message", "line", "column"), PLACES)
def test_faults(source: str, message: str, line: int, column: int) -> None:
    """A fault has Go's text or a plainer one, Go's line, and a column where what is wrong is on that line."""
    found = fault(source)
    assert (found.message, found.line, found.column, found.template) == (message, line, column, "")


def test_fault_names_the_template() -> None:
    """A fault in a definition is one of the source that it stands in."""
    with pytest.raises(faults.ParseFault) as caught:
        parser.parse("main", "{{ define `t` }}\n{{ end 1 }}", known=KNOWN)
    assert str(caught.value) == 'template: main:2:8: unexpected "1" in end'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ define `t` }}1{{ end }}{{ define `t` }} \t\r\n{{/* c */}}{{ end }}", "1"),
        ("{{ define `t` }} {{ end }}{{ define `t` }}1{{ end }}", "1"),
        ("{{ define `t` }} {{ end }}{{ define `t` }}\n{{ end }}", "\n"),
        ("{{ define `t` }}1{{ end }}{{ define `t` }}\u00a0\v\u2003{{ end }}", "1"),
        ("{{ block `t` . }} {{ end }}{{ define `t` }}1{{ end }}", "1"),
    ],
)
def test_blank_definitions(source: str, expected: str) -> None:
    """A blank definition gives way to any other and replaces only blank ones."""
    assert str(parse(source).trees["t"].root) == expected


@pytest.mark.parametrize(
    ("source", "is_empty"),
    [
        ("", True),
        (" \t\r\n\v\f\u0085\u00a0\u3000", True),
        ("{{/* c */}} {{- /* d */}}", True),
        ("\x1c", False),
        (" x ", False),
        ("{{ $x := 1 }}", False),
        ("{{ if . }}{{ end }}", False),
        ("{{ template `t` }}", False),
    ],
)
def test_empty_trees(source: str, is_empty: bool) -> None:
    """A tree is empty if it holds nothing but what is white space in Go."""
    assert parse(source).main.is_empty is is_empty


def test_main_template_may_be_defined_in_itself() -> None:
    """A definition of the main template's name stands for it where the rest is blank."""
    program = parser.parse("main", "{{ define `main` }}x{{ end }}\n", known=KNOWN)
    assert str(program.main.root) == "x"


def test_delimiters() -> None:
    """The main template may have delimiters of its own; empty ones are Go's, as there."""
    assert str(parser.parse("", "<< . >>{{", known=(), left="<<", right=">>").main.root) == "{{.}}{{"
    assert str(parser.parse("", "{{ . }}", known=(), left="", right="").main.root) == "{{.}}"


def test_functions_named_as_late_keywords() -> None:
    """`break` and `continue` are functions where there are such."""
    program = parser.parse("", "{{ break 1 }}", known={"break"})
    assert str(program.main.root) == "{{break 1}}"


def test_fragments() -> None:
    """Fragments are templates by their names with what they define, and have Go's delimiters."""
    program = parser.parse(
        "",
        "<< template `a` >>",
        known=KNOWN,
        left="<<",
        right=">>",
        fragments={"a": "{{ define `inner` }}1{{ end }}{{ template `inner` }}", "b": "<<2>>"},
    )
    assert {name: str(tree.root) for name, tree in program.trees.items()} == {
        "": '{{template "a"}}',
        "a": '{{template "inner"}}',
        "b": "<<2>>",
        "inner": "1",
    }
    assert {name: tree.source.name for name, tree in program.trees.items()} == {
        "": "",
        "a": "a",
        "b": "b",
        "inner": "a",
    }


def test_main_template_replaces_what_fragments_define() -> None:
    """A definition of the main template is preferred to one of a fragment, unless it is blank."""
    fragments = {"a": "{{ block `x` . }}1{{ end }}{{ block `y` . }}1{{ end }}"}
    main = "{{ define `x` }}2{{ end }}{{ define `y` }} {{ end }}"
    trees = parser.parse("", main, known=KNOWN, fragments=fragments).trees
    assert (str(trees["x"].root), str(trees["y"].root)) == ("2", "1")


@pytest.mark.parametrize(
    ("fragments", "shown"),
    [
        ({"a": "x\n{{ nosuch }}"}, 'template: a:2:4: function "nosuch" not defined'),
        (
            {"a": "{{ define `x` }}1{{ end }}", "b": "\n{{ define `x` }}2{{ end }}"},
            'template: b:2: multiple definition of template "x"',
        ),
    ],
)
def test_faults_of_fragments(fragments: dict[str, str], shown: str) -> None:
    """A fault names the fragment; two fragments must not define the same."""
    with pytest.raises(faults.ParseFault) as caught:
        parser.parse("", "", known=KNOWN, fragments=fragments)
    assert str(caught.value) == shown


@pytest.mark.parametrize(
    ("begin", "middle", "end"),
    [
        ("(", "1", ")"),
        ("(", "f", ").a"),
        ("{{ if . }}", "", "{{ end }}"),
        ("{{ range . }}", "", "{{ else }}{{ end }}"),
        ("{{ if . }}{{ else if . }}", "", "{{ end }}"),
        ("{{ with (f (f)) }}", "", "{{ end }}"),
        ("{{ block `t` . }}", "", "{{ end }}"),
    ],
)
def test_nesting_is_bounded(begin: str, middle: str, end: str) -> None:
    """Ten thousand levels are a fault, told at once, and never the end of Python's stack."""
    source = f"{begin * 10_000}{middle}{end * 10_000}"
    found = fault(f"{{{{ {source} }}}}" if begin == "(" else source)
    assert found.message == f"nested deeper than {token_stream.DEEPEST} levels"


@pytest.mark.parametrize("begin", ["(", "{{ if . }}", "{{ with . }}"])
def test_deepest_nesting(begin: str) -> None:
    """As deep as is allowed a template is parsed and shown."""
    deep = token_stream.DEEPEST
    source = f"{{{{{'(' * deep}1{')' * deep}}}}}" if begin == "(" else begin * deep + "{{ end }}" * deep
    assert str(parse(source).main.root) == source.replace("{{ ", "{{").replace(" }}", "}}")


def test_levels_are_counted_where_one_is_in() -> None:
    """Statements after each other are not nested, and neither are parentheses."""
    parse("{{ if (f (1)) }}{{ end }}{{ block `t` . }}{{ end }}{{ (1) }}{{ define `u` }}{{ end }}" * 150)


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda size: "".join(f"{{{{ $v{each} := 1 }}}}" for each in range(size)) + "{{ $v1 }}" * size, 5000),
        (
            lambda size: "{{ define `t` }}" + " " * 60 * size + "{{ f }}{{ end }}" + "{{ define `t` }}{{ end }}" * size,
            5000,
        ),
        (lambda size: "".join(f"{{{{ define `t{each}` }}}}x{{{{ end }}}}" for each in range(size)), 5000),
        (lambda size: "{{ f" + " | f" * size + " }}", 20_000),
        (lambda size: "{{ $" + ".a" * size + " }}", 50_000),
    ],
    ids=["variables", "blank definitions", "definitions", "pipeline", "fields"],
)
def test_takes_time_in_proportion(make: Callable[[int], str], most: int) -> None:
    """No source makes the parser go over anything again and again."""
    assert cost.is_in_proportion(parse, make, most)


def test_surrogates_that_stand_for_no_byte() -> None:
    """What no file could hold is U+FFFD from the start."""
    assert str(parse("\ud800\udcff{{ `\udfff` }}").main.root) == "\ufffd\udcff{{`\ufffd`}}"
