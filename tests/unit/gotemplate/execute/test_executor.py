"""Statements, variables, templates and limits: expected outputs and lines are what Go 1.26 gave."""

import pytest

from provider.golang import limits
from provider.gotemplate import faults
from provider.gotemplate.execute import executor
from provider.gotemplate.parse import parser
from tests.doubles import cost, rendering, template_state

VALUES = [
    # Variables.
    ("{{ $x := 1 }}{{ $x }}{{ $x = 2 }}{{ $x }}", "12"),
    ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}", "21"),
    ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
    ("{{ $x := 1 }}{{ if $x := 0 }}{{ else }}{{ $x }}{{ end }}{{ $x }}", "01"),
    ("{{ $x := 1 }}{{ with $x := .s }}{{ $x }}{{ $x = 3 }}{{ end }}{{ $x }}", "str1"),
    ("{{ $x := 1 }}{{ range $x := .ss }}{{ $x }}{{ $x = 9 }}{{ end }}{{ $x }}", "abc1"),
    ("{{ ($x := 5) }}{{ $x }}", "55"),
    ("{{ $ }}", "7"),
    # if, with.
    ("{{ if .s }}a{{ else }}b{{ end }}{{ if .el }}a{{ else }}b{{ end }}{{ if .absent }}a{{ end }}", "ab"),
    ("{{ if 0 }}a{{ else if .s }}b{{ else }}c{{ end }}", "b"),
    ("{{ with .x }}{{ .y.z }}{{ $.s }}{{ end }}{{ with .nul }}a{{ else }}{{ .s }}{{ end }}", "deepstrstr"),
    ("{{ with 0 }}{{ else with .s }}{{ . }}{{ end }}", "str"),
    ("{{ if sec.Auth }}a{{ else }}b{{ end }}{{ if sec }}c{{ end }}{{ if .num }}d{{ end }}", "bcd"),
    # range.
    ("{{ range .l }}[{{ . }}]{{ end }}", "[1][b][<no value>][map[x:1]]"),
    ("{{ range $i, $e := .ss }}{{ $i }}{{ $e }}{{ . }}{{ end }}", "0aa1bb2cc"),
    ("{{ range $e := .is }}{{ $e }}{{ end }}", "312"),
    ("{{ range $k, $v := .m }}{{ $k }}{{ $v }}{{ end }}{{ range $v := .m }}{{ $v }}{{ end }}", "Z3a1b2é43124"),
    ("{{ range $k, $v := .im }}{{ $k }}{{ $v }} {{ end }}", "-1neg 9nine 10ten "),
    ("{{ range 3 }}{{ . }}{{ end }}{{ range $x := 2 }}{{ $x }}{{ end }}{{ range 0 }}a{{ else }}b{{ end }}", "01201b"),
    ("{{ range .u }}{{ printf `%T` . }}{{ end }}", "uint64uint64uint64"),
    ("{{ range $i, $v := loop 2 }}{{ $i }}{{ $v }}{{ end }}{{ range loop 0 }}a{{ else }}b{{ end }}", "0011b"),
    (
        "{{ $l := loop 4 }}{{ range $l }}{{ . }}{{ if . }}{{ break }}{{ end }}{{ end }}|{{ range $l }}{{ . }}{{ end }}",
        "01|23",
    ),
    (
        "{{ range .nul }}a{{ else }}b{{ end }}{{ range .absent }}a{{ else }}{{ .s }}{{ end }}{{ range .em }}a{{ end }}",
        "bstr",
    ),
    ("{{ range $x := .el }}{{ else }}{{ $x }}{{ end }}", "[]"),
    ("{{ range .bs }}{{ . }} {{ end }}", "1 255 "),
    (
        (
            "{{ $a := 0 }}{{ $b := 0 }}{{ range $a, $b = .ss }}{{ end }}{{ $a }}{{ $b }}"
            "{{ range $a = .is }}{{ end }}{{ $a }}"
        ),
        "2c2",
    ),
    ("{{ range .ss }}{{ if eq . `b` }}{{ continue }}{{ end }}{{ . }}{{ end }}", "ac"),
    ("{{ range .ss }}{{ with 1 }}{{ $x := 1 }}{{ break }}{{ end }}{{ end }}{{ .s }}", "str"),
    ("{{ range .is }}{{ range $.ss }}{{ . }}{{ break }}{{ end }}{{ . }}{{ end }}", "a3a1a2"),
    # A break in an else branch ends that branch only: the range that it belongs to catches it.
    ("{{ range .is }}{{ . }}{{ range $.el }}{{ else }}x{{ break }}y{{ end }}{{ end }}", "3x1x2x"),
    ("{{ range .is }}{{ . }}{{ range $.el }}{{ else }}{{ continue }}{{ end }}z{{ end }}", "312"),
    # Templates.
    (
        "{{ define `t` }}[{{ . }}{{ $ }}]{{ end }}{{ template `t` .s }}{{ template `t` }}",
        "[strstr][<no value><no value>]",
    ),
    ("{{ define `t` }}{{ .q }}{{ end }}{{ template `t` }}", "<no value>"),
    (
        (
            "{{ define `t` }}{{ range . }}{{ template `u` . }}{{ end }}{{ end }}"
            "{{ define `u` }}<{{ . }}>{{ end }}{{ template `t` .ss }}"
        ),
        "<a><b><c>",
    ),
    ("{{ block `t` .s }}{{ . }}{{ end }}", "str"),
    ("{{ $x := 1 }}{{ define `t` }}{{ $x := 2 }}{{ $x }}{{ end }}{{ template `t` }}{{ $x }}", "21"),
    ("{{ template `t` $x := 5 }}{{ $x }}{{ define `t` }}{{ . }}{{ end }}", "55"),
    (
        "{{ define `t` }}<{{ . }}>{{ end }}{{ executeTemplate `t` .s | len }}{{ executeTemplate `t` }}{{ .s }}",
        "5<<no value>>str",
    ),
    (
        (
            "{{ $x := 1 }}{{ range .ss }}{{ executeTemplate `t` . }}{{ $x }}{{ end }}"
            "{{ define `t` }}{{ range 2 }}{{ $ }}{{ end }}{{ end }}"
        ),
        "aa1bb1cc1",
    ),
]


@pytest.mark.parametrize(("source", "wanted"), VALUES)
def test_renders_what_go_renders(source: str, wanted: str) -> None:
    """Under missingkey=zero every construct gives what it gives in Go."""
    dot = 7 if source == "{{ $ }}" else rendering.DATA
    assert rendering.rendered(source, dot=dot) == wanted


FAILURES = [
    ("{{ .big.Int64 }}", 1, "error calling Int64: strconv.ParseInt: value out of range"),
    ("{{ range true }}{{ end }}", 1, "range can't iterate over a value of type bool"),
    ("{{ range .s }}{{ end }}", 1, "range can't iterate over a value of type string"),
    ("{{ range .num }}{{ end }}", 1, "range can't iterate over a value of type json.Number"),
    ("{{ range 2.5 }}{{ end }}", 1, "range can't iterate over a value of type float64"),
    ("{{ range sec }}{{ end }}", 1, "range can't iterate over a value of type *main.Secret"),
    ("{{ range $a, $b := 3 }}{{ end }}", 1, "can't use an int to iterate over more than one variable"),
    ("x\n{{ template `nope` }}", 2, 'template "nope" not defined'),
    ("\n\n{{ loop 3 }}", 3, "can't print: a value of type <-chan int64 has no text"),
]


@pytest.mark.parametrize(("source", "line", "message"), FAILURES)
def test_fails_where_go_fails(source: str, line: int, message: str) -> None:
    """Every error is at Go's line, and tells types and names but no values."""
    found = rendering.fault(source)
    assert (found.line, found.message) == (line, message)


def test_an_error_names_the_source_it_is_in() -> None:
    """An error in a defined template is at its place in the source that defines it."""
    found = rendering.fault("{{ template `bad` . }}\n{{ define `bad` }}\n  {{ .s.x }}{{ end }}")
    assert (found.template, found.line) == ("", 3)
    fragments = {"parts": "\n{{ define `bad` }}\n\n{{ .s.x }}{{ end }}"}
    program = parser.parse("", "{{ template `bad` . }}", known=rendering.KNOWN, fragments=fragments)
    with pytest.raises(faults.ExecFault) as caught:
        executor.execute(program, rendering.DATA, template_state.build(), rendering.TABLE.functions)
    assert (caught.value.template, caught.value.line) == ("parts", 4)


def test_an_error_after_a_template_names_the_caller() -> None:
    """Once a defined template is done, errors are the caller's again."""
    found = rendering.fault("{{ define `t` }}\n\n{{ end }}{{ template `t` }}{{ executeTemplate `t` }}{{ .s.x }}")
    assert (found.template, found.line) == ("", 3)


def test_an_error_in_an_executed_template_is_at_the_call() -> None:
    """As in Go, the error is where executeTemplate is called, and it tells the innermost place once."""
    found = rendering.fault(
        "{{ define `t` }}{{ executeTemplate `u` . }}{{ end }}\n"
        "{{ define `u` }}\n{{ .s.x }}{{ end }}\n{{ executeTemplate `t` . }}"
    )
    assert found.line == 4
    assert found.message == "error calling executeTemplate: template: :3:6: can't evaluate field x in type string"


def test_an_unknown_template_is_not_named() -> None:
    """The name that executeTemplate is given may be a secret."""
    found = rendering.fault("{{ define `t` }}{{ end }}{{ executeTemplate .s }}")
    assert found.message == "error calling executeTemplate: there is no such template (defined: t)"


def test_the_state_is_left_as_it_was() -> None:
    """After a rendering nothing of it hangs on the state."""
    made = template_state.build()
    before = made.execute
    rendering.rendered("{{ .s }}", made=made)
    assert made.execute is before


# Limits.


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ range 1000000000 }}{{ end }}", "10000 steps"),
        ("{{ range 1000000000 }}{{ $x := 1 }}{{ end }}", "10000 steps"),
        ("{{ range $a, $b := loop 1000000000 }}{{ end }}", "10000 steps"),
        ("{{ range 100000 }}{{ $.x.y.z.q }}{{ end }}", "can't evaluate"),
        ("{{ define `r` }}{{ template `r` }}{{ end }}{{ template `r` }}", "deeper than 100"),
        ("{{ define `r` }}{{ executeTemplate `r` }}{{ end }}{{ executeTemplate `r` }}", "nested too deeply"),
        ("{{ define `r` }}{{ range 9 }}{{ template `r` }}{{ end }}{{ end }}{{ template `r` }}", "deeper than 100"),
        ("{{ range 1000 }}xxxxxxxxxx{{ end }}", "output is larger than"),
        ("{{ $x := `0123456789` }}{{ range 1000 }}{{ $x }}{{ end }}", "output is larger than"),
        (
            "{{ define `t` }}{{ range 1000 }}xxxxxxxxxx{{ end }}{{ end }}{{ $x := executeTemplate `t` }}",
            "string or list",
        ),
    ],
)
def test_a_hostile_template_ends_early(source: str, message: str) -> None:
    """Endless loops, endless recursion and endless output end at their limit, after few steps."""
    found = rendering.fault(source, most=limits.Limits(output=5_000, string=4_000, steps=10_000))
    assert message in found.message
    assert isinstance(found, faults.LimitFault) is ("can't" not in message)


def test_output_may_be_as_long_as_the_limit() -> None:
    """The limit counts bytes, and what fits is rendered."""
    assert rendering.rendered("{{ range 10 }}é{{ end }}", most=limits.Limits(output=20)) == "é" * 10
    with pytest.raises(faults.LimitFault):
        rendering.rendered("{{ range 10 }}é{{ end }}", most=limits.Limits(output=19))


def test_a_hundred_templates_take_no_stack() -> None:
    """Blocks and templates within each other do not use up Python's stack."""
    made = template_state.build()
    chain = "".join(
        f"{{{{define `t{number}`}}}}{{{{if true}}}}{{{{range 1}}}}"
        f"{{{{with 5}}}}{{{{deepest}}}}{{{{template `t{number + 1}` .}}}}"
        "{{end}}{{end}}{{end}}{{end}}"
        for number in range(99)
    )
    assert rendering.rendered(chain + "{{define `t99`}}end{{end}}{{template `t0`}}", made=made) == "end"
    assert made.scratch["frames"] < rendering.frames() + 30


NESTED = [
    "{{" + "print (" * 99 + "deepest" + ")" * 99 + "}}",
    "{{" + "(" * 99 + "deepest" + ")" * 99 + "}}",
    "{{ $d := deepest }}{{" + "(" * 60 + "scratch" + ").Self" * 60 + "}}",
    "{{ define `r` }}{{ deepest }}{{ executeTemplate `r` }}{{ end }}{{ template `r` }}",
    "{{ define `r` }}{{ deepest }}{{"
    + "print (" * 20
    + "executeTemplate `r`"
    + ")" * 20
    + "}}{{ end }}{{ template `r` }}",
    "{{ define `r` }}{{ deepest }}{{"
    + "print (" * 20
    + "executeTemplate `r`"
    + ").x" * 20
    + "}}{{ end }}{{ template `r` }}",
    "{{ define `r` }}{{ deepest }}{{ if executeTemplate `r` }}{{ end }}{{ end }}{{ template `r` }}",
]


@pytest.mark.parametrize("source", NESTED)
def test_python_s_stack_is_not_used_up(source: str) -> None:
    """However expressions and executeTemplate are nested, four hundred frames are left for functions."""
    made = template_state.build()
    try:
        rendering.rendered(source, made=made)
    except faults.LimitFault as found:
        assert "nested too deeply" in found.message  # noqa: PT017 -- some of them fit
    assert made.scratch["frames"] < rendering.frames() + 600


def test_a_typical_template_is_quick() -> None:
    """A rendering takes a fraction of the time that asking Vault does: a few steps, of which a million are a second."""
    source = "{{ with .x }}a={{ .y.z }}\nb={{ .y.z }}\nc={{ .y.z }}\n{{ end }}"
    assert rendering.rendered(source, most=limits.Limits(steps=20)) == "a=deep\nb=deep\nc=deep\n"
    program = parser.parse("", source, known=rendering.KNOWN)
    state = template_state.build()
    functions = rendering.TABLE.functions
    assert cost.calls(lambda: executor.execute(program, rendering.DATA, state, functions)) < 300
