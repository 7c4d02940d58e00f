"""Pipelines, operands, fields, methods and arguments: expected outputs and lines are what Go 1.26 gave."""

from typing import Any

import pytest

from provider.gotemplate import faults, function
from provider.gotemplate.execute import builtins, executor
from provider.gotemplate.parse import parser
from tests.doubles import rendering, template_state

VALUES = [
    # Fields.
    ("{{ .x.y.z }} {{ $.x.y.z }} {{ (.x).y.z }} {{ (index .l 3).x }}", "deep deep deep 1"),
    (
        "{{ .absent }} {{ .nul }} {{ .x.absent }} {{ .sm.absent }}|{{ .em.q }}",
        "<no value> <no value> <no value> |<no value>",
    ),
    ("{{ (.absent).q }} {{ (.nul).q.r }} {{ (nothing).q }}", "<no value> <no value> <no value>"),
    ("{{ $n := .nul }}{{ $n.q }} {{ $n }}", "<no value> <no value>"),
    ("{{ .am.k }} {{ .am.q }}", "v <no value>"),
    ("{{ sec.LeaseDuration }} {{ sec.Data.data.k }} {{ sec.Data.p }} {{ sec.Data.q }}", "5 v 5432 <no value>"),
    (
        "{{ .num.Int64 }} {{ .fnum.Float64 }} {{ .fnum.String }} {{ .big.Float64 }}",
        "42 1.5 1.50 1.2345678901234568e+29",
    ),
    ("{{ eq .num.Int64 42 }}", "true"),
    # Methods.
    ("{{ scratch.Set `k` 5 }}{{ scratch.Get `k` }} {{ (scratch.Self.Self).Get `k` }}", "5 5"),
    ("{{ 7 | scratch.Set `k` }}{{ `k` | scratch.Get }} {{ scratch.Get `q` }}", "7 <no value>"),
    # Pipelines and arguments.
    ("{{ 1 }}{{ 1.5 }}{{ 1e3 }}{{ 0x1F }}{{ 'a' }}{{ true }}{{ `s` }}", "11.510003197trues"),
    ("{{ `a` | str | str }} {{ str (str `b`) }}", "<<a>> <<b>>"),
    ("{{ i 1e3 }} {{ i 'a' }} {{ i64 5 }} {{ u64 5 }} {{ f64 2 }} {{ f64 'a' }} {{ b true }}", "1000 97 5 5 2 97 true"),
    ("{{ i .n }} {{ i64 .num.Int64 }} {{ u64 .u }} {{ f64 .f }}", "3 42 3 2.5"),
    ("{{ var `a` }} {{ var `a` 1 2 }} {{ 3 | var `a` 1 }} {{ `p` | var }}", "a[] a[1 2] a[1 3] p[]"),
    ("{{ ls .ss }} {{ la .l }} {{ mp .m }} {{ ls nil }} {{ la nil }} {{ mp nil }} {{ ls (.absent) }}", "3 4 4 0 0 0 0"),
    ("{{ anyf .nul | print }} {{ anyf nil }} {{ anyf .absent | print }}", "<nil> <no value> <nil>"),
    ("{{ print .nul }} {{ print .absent }} {{ print (.absent) }}", "<nil> <nil> <nil>"),
]


@pytest.mark.parametrize(("source", "wanted"), VALUES)
def test_renders_what_go_renders(source: str, wanted: str) -> None:
    """Under missingkey=zero every construct gives what it gives in Go."""
    assert rendering.rendered(source) == wanted


FAILURES = [
    # Template, line, what is told.
    ("{{ .absent.q }}", 1, "nil pointer evaluating interface {}.q"),
    ("\n{{ .nul.q }}", 2, "nil pointer evaluating interface {}.q"),
    ("{{ range .l }}{{ .x }}{{ end }}", 1, "can't evaluate field x in type int"),
    ("{{ .s.upper }}", 1, "can't evaluate field upper in type string"),
    ("{{ (1).x }}", 1, "can't evaluate field x in type int"),
    ("{{ .im.x }}", 1, "can't evaluate field x in type map[int]string"),
    ("{{ sec.Nope }}", 1, "can't evaluate field Nope in type *main.Secret"),
    ("{{ sec.data }}", 1, "can't evaluate field data in type *main.Secret"),
    ("{{ sec.__class__ }}", 1, "can't evaluate field __class__ in type *main.Secret"),
    ("{{ sec.Auth.ClientToken }}", 1, "nil pointer evaluating *main.Auth.ClientToken"),
    ("{{ nothing.q }}", 1, "nil pointer evaluating interface {}.q"),
    ("{{ .s `arg` }}", 1, "s is not a method but has arguments"),
    ("{{ sec.Data `arg` }}", 1, "Data has arguments but cannot be invoked as function"),
    ("{{ 1 | .s }}", 1, "s is not a method but has arguments"),
    ("{{ nil | .s }}", 1, "nil is not a command"),
    ("{{ 1 2 }}", 1, "can't give argument to non-function 1"),
    ("{{ (1) 2 }}", 1, "can't give argument to non-function (...)"),
    ("{{ . 2 }}", 1, "can't give argument to non-function ."),
    ("{{ $x := 1 }}{{ $x 2 }}", 1, "can't give argument to non-function $x"),
    ("{{ if nil }}{{ end }}", 1, "nil is not a command"),
    ("{{ str }}", 1, "wrong number of args for str: want 1 got 0"),
    ("{{ `a` | str `b` }}", 1, "wrong number of args for str: want 1 got 2"),
    ("{{ var }}", 1, "wrong number of args for var: want at least 1 got 0"),
    ("{{ scratch.Set `a` }}", 1, "wrong number of args for Set: want 2 got 1"),
    ("{{ scratch.Set.x }}", 1, "wrong number of args for Set: want 2 got 0"),
    ("{{ scratch.Nope }}", 1, "can't evaluate field Nope in type *main.Scratch"),
    ("{{ str\n5 }}", 2, "expected string; found 5"),
    ("{{ str .n }}", 1, "wrong type for value; expected string; got int"),
    ("{{ str .num }}", 1, "wrong type for value; expected string; got json.Number"),
    ("{{ str .nul }}", 1, "wrong type for value; expected string; got interface {}"),
    ("{{ str (.nul) }}", 1, "invalid value; expected string"),
    ("{{ str nil }}", 1, "cannot assign nil to string"),
    ("{{ ls .nul }}", 1, "wrong type for value; expected []string; got interface {}"),
    ("{{ la .ss }}", 1, "wrong type for value; expected []interface {}; got []string"),
    ("{{ ls .l }}", 1, "wrong type for value; expected []string; got []interface {}"),
    ("{{ ls `a` }}", 1, "can't handle `a` for arg of type []string"),
    ("{{ i 1.5 }}", 1, "expected integer; found 1.5"),
    ("{{ i true }}", 1, "expected integer; found true"),
    ("{{ i64 `1` }}", 1, "expected integer; found `1`"),
    ("{{ u64 -1 }}", 1, "expected unsigned integer; found -1"),
    ("{{ f64 `1` }}", 1, "expected float; found `1`"),
    ("{{ b 1 }}", 1, "expected bool; found 1"),
    ("{{ i64 .n }}", 1, "wrong type for value; expected int64; got int"),
    ("{{ 5 | var `a` `b` }}", 1, "expected integer; found `b`"),
    ("{{ .s | var `a` 1 }}", 1, "wrong type for value; expected int; got string"),
    ("{{ .fnum.Int64 }}", 1, "error calling Int64: strconv.ParseInt: invalid syntax"),
    ("a\nb{{ fail }}", 2, "error calling fail: no"),
    ("{{ and true\nfail }}", 2, "error calling fail: no"),
]


@pytest.mark.parametrize(("source", "line", "message"), FAILURES)
def test_fails_where_go_fails(source: str, line: int, message: str) -> None:
    """Every error is at Go's line, and tells types and names but no values."""
    found = rendering.fault(source)
    assert (found.line, found.message) == (line, message)


MODES = [
    # Template, and what the modes zero, default and error give; None for an error.
    ("{{ .q }}", "<no value>", "<no value>", None),
    ("{{ .q.r }}", None, "<no value>", None),
    ("{{ .x.q.r.s }}", None, "<no value>", None),
    ("{{ .nul }}", "<no value>", "<no value>", "<no value>"),
    ("{{ .nul.q }}", None, None, None),
    ("{{ (.nul).q }}", "<no value>", "<no value>", None),
    ("{{ $n := .nul }}{{ $n.q }}", "<no value>", "<no value>", None),
    ("{{ .sm.q }}", "", "<no value>", None),
    ("{{ .am.q }}", "<no value>", "<no value>", None),
    ("{{ index .m `q` }}", "<no value>", "<no value>", "<no value>"),
    ("{{ if .q }}a{{ else }}b{{ end }}", "b", "b", None),
    ("{{ or .q 1 }}", "1", "1", None),
    ("{{ or 1 .q }}", "1", "1", "1"),
    ("{{ define `t` }}{{ .q }}{{ end }}{{ template `t` }}", "<no value>", "<no value>", None),
    ("{{ print .q }}", "<nil>", "<nil>", None),
    ("{{ str .q }}", None, None, None),
]


@pytest.mark.parametrize("mode", ["zero", "default", "error"])
@pytest.mark.parametrize(("source", "zero", "default", "error"), MODES)
def test_an_absent_key_follows_the_mode(
    source: str, zero: str | None, default: str | None, error: str | None, mode: str
) -> None:
    """The three modes of missingkey treat absent keys as Go does."""
    wanted = {"zero": zero, "default": default, "error": error}[mode]
    if wanted is None:
        assert rendering.fault(source, missing=mode).line == 1
    else:
        assert rendering.rendered(source, missing=mode) == wanted


def _absent(source: str, path: str, secret: dict[str, Any]) -> str:
    made = template_state.build()
    made.remember_path(secret, path)
    with pytest.raises(faults.ExecFault) as caught:
        rendering.rendered(source, dot={"Data": secret}, missing="error", made=made)
    return caught.value.message


def test_an_absent_key_of_a_secret_is_told_with_its_path() -> None:
    """The error names the secret and the keys that it has, never their values."""
    secret = {"data": {"username": "u", "host": "h", "password": "p"}, "metadata": {}}
    message = _absent("{{ .Data.data.hostt }}", "secret/data/app", secret)
    assert message == 'key "hostt" is not in secret/data/app (it has: host, password, username)'


def test_an_absent_key_of_another_map_is_told_alone() -> None:
    """The keys of a map that the template made may be values: of a secret that was parsed, split or set."""
    assert rendering.fault("{{ .sm.hostt }}", missing="error").message == 'the map has no key "hostt"'
    assert rendering.fault("{{ .em.hostt }}", missing="error").message == 'the map has no key "hostt"'


def test_a_key_that_the_template_set_is_not_told() -> None:
    """It may be a value: only what came from Vault is listed."""
    secret = {"data": {"host": "h", "password": "canary"}}
    made = template_state.build()
    made.remember_path(secret, "kv/a")
    secret["data"]["canary"] = "1"
    with pytest.raises(faults.ExecFault) as caught:
        rendering.rendered("{{ .Data.data.q }}", dot={"Data": secret}, missing="error", made=made)
    assert caught.value.message == 'key "q" is not in kv/a (it has: host, password)'


def test_an_error_lists_few_keys() -> None:
    """Of many keys twenty are told, cut short and on one line."""
    message = _absent("{{ .Data.q }}", "kv/a", {f"k{number:03}\n{'x' * 100}": "v" for number in range(1000)})
    assert message.count("k0") == 20
    assert message.endswith(", ...)")
    assert "\n" not in message
    assert len(message) < 2000


def test_a_bug_of_a_function_is_not_hidden() -> None:
    """What is no fault of the template goes through as it is."""
    with pytest.raises(KeyError):
        rendering.rendered("{{ broken }}")


def test_a_function_is_preferred_to_a_builtin() -> None:
    """As in Go, a builtin's name may be taken by a function."""
    program = parser.parse("", "{{ len `ab` }}{{ or 0 1 }}", known=builtins.NAMES)
    mine = function.Table()
    mine.add("len", "string")(lambda _state, text: text * 2)
    mine.add("or", "any", "any")(lambda _state, first, second: [first, second])
    assert executor.execute(program, None, template_state.build(), mine.functions) == "abab[0 1]"
