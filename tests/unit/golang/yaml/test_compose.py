"""YAML as Go's yaml.v3 reads it: expected values are what v3.0.1 gave for the same text."""

import pytest

from provider.golang.yaml import compose, decode_v3
from tests.doubles import cost

SCALARS = [
    # Written, and the JSON that Go makes of it as an argument.
    ("yes", '"yes"'),
    ("no", '"no"'),
    ("on", '"on"'),
    ("off", '"off"'),
    ("y", '"y"'),
    ("true", "true"),
    ("TRUE", "true"),
    ("tRue", '"tRue"'),
    ("False", "false"),
    ("null", "null"),
    ("~", "null"),
    ("Null", "null"),
    ("nUll", '"nUll"'),
    ("", "null"),
    ("1:30", '"1:30"'),
    ("1:30:00", '"1:30:00"'),
    ("1e3", "1000"),
    ("1.10", "1.1"),
    ("1.", "1"),
    (".5", "0.5"),
    (".5e3", "500"),
    (".", '"."'),
    ("+.5", "0.5"),
    ("1.5.2", '"1.5.2"'),
    ("08", "8"),
    ("0999", "999"),
    ("0644", "420"),
    ("0o644", "420"),
    ("-0644", "-420"),
    ("1_000", "1000"),
    ("_1", '"_1"'),
    ("0x1F", "31"),
    ("0b11", "3"),
    ("0b2", '"0b2"'),
    ("0x", '"0x"'),
    ("-0", "0"),
    ("-0.0", "-0"),
    ("+1", "1"),
    ("1e20", "100000000000000000000"),
    ("1e21", "1e+21"),
    ("1e-6", "0.000001"),
    ("1e-7", "1e-7"),
    ("2.5e-8", "2.5e-8"),
    ("1e400", '"1e400"'),
    ("123456789.125", "123456789.125"),
    ("5e-324", "5e-324"),
    ("9223372036854775808", "9223372036854775808"),
    ("18446744073709551615", "18446744073709551615"),
    ("18446744073709551616", "18446744073709552000"),
    ("-9223372036854775809", "-9223372036854776000"),
    ("1f", '"1f"'),
    ("nan", '"nan"'),
    ("1,000", '"1,000"'),
    ("2024-01-02", '"2024-01-02T00:00:00Z"'),
    ("2024-1-2", '"2024-01-02T00:00:00Z"'),
    ("2024-02-30", '"2024-02-30"'),
    ("0000-02-29", '"0000-02-29T00:00:00Z"'),
    ("24-01-02", '"24-01-02"'),
    ("2024-01-02T03:04:05Z", '"2024-01-02T03:04:05Z"'),
    ("2024-01-02t3:4:5Z", '"2024-01-02T03:04:05Z"'),
    ("2024-01-02 03:04:05", '"2024-01-02T03:04:05Z"'),
    ("2024-01-02T03:04:05", '"2024-01-02T03:04:05"'),
    ("2024-01-02 03:04:05Z", '"2024-01-02 03:04:05Z"'),
    ("2024-01-02T03:04:05.120+02:00", '"2024-01-02T03:04:05.12+02:00"'),
    ("2024-01-02T03:04:05.1234567899Z", '"2024-01-02T03:04:05.123456789Z"'),
    ("2024-01-02T03:04:05-00:00", '"2024-01-02T03:04:05Z"'),
    ("2024-01-02T24:00:00Z", '"2024-01-02T24:00:00Z"'),
    ("'0644'", '"0644"'),
    ('"null"', '"null"'),
    ("!!str 0644", '"0644"'),
    ("!!int '0644'", "420"),
    ("!!float 1", "1"),
    ("!!timestamp '2024-01-02'", '"2024-01-02T00:00:00Z"'),
    ("!!binary aGk=", '"hi"'),
    ("!foo 12", '"12"'),
    ("! 12", "12"),
    ("[a, ~, 1]", '["a",null,1]'),
    ("{b: 1, a: {z: yes, y: 0}}", '{"a":{"y":0,"z":"yes"},"b":1}'),
    ("<<", '"\\u003c\\u003c"'),
    ("'<&>'", '"\\u003c\\u0026\\u003e"'),
    ("{<<: {a: 1, b: 2}, b: 3}", '{"a":1,"b":3}'),
    ("{<<: [{a: 1}, {a: 2, b: 3}]}", '{"a":1,"b":3}'),
    ("{<<: {<<: {a: 1, c: 4}, a: 2}}", '{"a":2,"c":4}'),
    ("{a: ~, <<: {a: 1}}", '{"a":null}'),
    ("{'<<': {a: 1}}", '{"\\u003c\\u003c":{"a":1}}'),
    ("{<<: {1: a}}", '{"1":"a"}'),
]

KEYS = [
    # A map of arguments, and its JSON: at the top, names that are no strings are taken as they are written.
    ("{1: a, true: b, 0x10: c, 1.10: d}", '{"0x10":"c","1":"a","1.10":"d","true":"b"}'),
    ("{~: a, b: c}", '{"b":"c"}'),
    ("{2024-01-02: x}", '{"2024-01-02":"x"}'),
    ("{}", "{}"),
    ("~", ""),
    ("", ""),
    ("{a: &x 1, b: *x}", '{"a":1,"b":1}'),
]

REFUSED = [
    # Arguments that Go refuses, in decoding them or in making JSON of them.
    "{a: .inf}",
    "{a: [-.INF]}",
    "{a: .nan}",
    "{a: {1: b}}",
    "{a: [{true: b}]}",
    "{a: {~: b}}",
    "{a: 1, a: 2}",
    "{1: a, '1': b}",
    "{a: {b: 1, b: 2}}",
    "{[a]: b}",
    "{<<: 1}",
    "{<<: [1]}",
    "{a: !!int x}",
    "{a: !!int 1.0}",
    "{a: !!bool yes}",
    "{a: !!null x}",
    "{a: !!binary '!'}",
    "&x {a: *x}",
    "&x {a: 1, b: {<<: *x}}",
    "{a: *nowhere}",
    "text",
    "[a]",
    "''",
]


def arguments(text: str, loader: object = compose.LOADERS[0]) -> str:
    root = compose.parse(f"args: {text}\n", loader).root
    assert root is not None
    decoder = decode_v3.Decoder()
    made = decoder.arguments(decoder.entries(root)["args"].value)
    assert not decoder.problems, decoder.problems
    return made


@pytest.mark.parametrize("loader", compose.LOADERS)
@pytest.mark.parametrize(("written", "json"), SCALARS)
def test_an_argument_has_the_value_that_go_gives_it(written: str, json: str, loader: object) -> None:
    """Whatever YAML 1.1 or 1.2 say, a scalar is what it was to the Go provider."""
    assert arguments(f"\n  a: {written}", loader) == f'{{"a":{json}}}'


@pytest.mark.parametrize(("written", "json"), KEYS)
def test_names_of_arguments_become_text(written: str, json: str) -> None:
    """At the top level a name may be a number; null arguments are none, an empty map is an empty map."""
    assert arguments(written) == json


@pytest.mark.parametrize("written", REFUSED)
def test_arguments_without_a_json_form_are_refused_with_a_place(written: str) -> None:
    """What Go cannot decode or send is an error that says where, and shows no value."""
    decoder = decode_v3.Decoder()
    place = (0, 0)
    try:
        root = compose.parse(f"args: {written}\n").root
        assert root is not None
        decoder.arguments(decoder.entries(root)["args"].value)
    except compose.Fault as error:
        place = (error.line, error.column)
    places = [(problem.line, problem.column) for problem in decoder.problems] or [place]
    assert all(line == 1 and column > 6 for line, column in places)


TEXTS = [
    # As a field that takes text: the source text is kept.
    ("0123", "0123"),
    ("1.10", "1.10"),
    ("on", "on"),
    ("true", "true"),
    ("1e3", "1e3"),
    ("2024-01-02", "2024-01-02"),
    ("~", None),
    ("null", None),
    ("", None),
    ("'null'", "null"),
    ("''", ""),
    ("!!null ''", None),
    ("!!binary aGk=", "hi"),
    ("!foo null", "null"),
    ("|\n  a\n  b\n", "a\nb\n"),
    (">-\n  a\n  b\n", "a b"),
    ('"\\u00e9"', "é"),
]


@pytest.mark.parametrize(("written", "text"), TEXTS)
def test_a_text_field_keeps_the_source_text(written: str, text: str | None) -> None:
    """A key named 0123, 1.10, on or true is that very text; null is no text."""
    root = compose.parse(f"key: {written}").root
    assert root is not None
    decoder = decode_v3.Decoder()
    assert decoder.text(decoder.entries(root)["key"].value) == text


READ = [
    "- a",
    "\ufeff- a",
    "- a\r- b\r",
    "- a\r\n- b",
    "- a\u2028- b",
    "%YAML 1.1\n---\n- a",
    "%TAG !e! tag:yaml.org,2002:\n---\n- !e!str a",
    "!foo\n- !bar a",
    "- a # comment",
    "- {a: http://x:1/y}",
    "  - a\n  - b",
]


@pytest.mark.parametrize("text", READ)
def test_documents_that_go_reads_are_read(text: str) -> None:
    """A byte-order mark, any line break, local tags and the directive of YAML 1.1 do no harm."""
    root = compose.parse(text).root
    assert root is not None
    assert root.kind is compose.Kind.LIST


NOT_READ = [
    # Text, and where it goes wrong.
    ("%YAML 1.2\n---\n- a", 1, 1),
    ("%YAML 1.0\n---\n- a", 1, 1),
    ("- a\n\t- b", 2, 1),
    ("- [a", 2, 1),
    ("- a: b: c", 1, 7),
    ("- a\nb", 2, 1),
    ("- @a", 1, 3),
    ("- *a", 1, 3),
    ("- 'a", 1, 3),
    ("- a: [b\n", 2, 1),
    ("- \x01", 0, 0),
    ("- \x00", 0, 0),
]


@pytest.mark.parametrize(("text", "line", "column"), NOT_READ)
def test_what_is_no_yaml_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    """Line and column count from one; a control character has no place, but is named."""
    with pytest.raises(compose.Fault) as caught:
        compose.parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert line or "U+00" in caught.value.message


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff"])
def test_an_empty_text_has_no_root(text: str) -> None:
    """Nothing, a comment or a byte-order mark are an empty document."""
    assert compose.parse(text).root is None


@pytest.mark.parametrize("rest", ["- b", "[", "\x85- c", "%YAML 1.2"])
def test_only_the_first_document_counts(rest: str) -> None:
    """Whatever follows --- is not read, however broken, but noticed."""
    document = compose.parse(f"- a\n---\n{rest}")
    assert document.root is not None
    assert [item.text for item in document.root.children] == ["a"]
    assert document.more


def test_every_document_of_a_file_is_read() -> None:
    """Lines count from the start of the file; comments alone are not a document."""
    roots = compose.documents("# first\na: 1\n---\n- |\n  b\n---\n'c'\n---\n")
    assert [(root.kind, root.line) for root in roots] == [
        (compose.Kind.MAP, 2),
        (compose.Kind.LIST, 4),
        (compose.Kind.SCALAR, 7),
        (compose.Kind.SCALAR, 9),
    ]
    assert [root.children[-1].style for root in roots[:2]] == ["", "|"]
    assert (roots[2].style, roots[3].is_null) == ("'", True)
    assert compose.documents("# nothing\n") == []


def test_a_fault_in_any_document_is_found() -> None:
    """At its line of the file."""
    with pytest.raises(compose.Fault) as caught:
        compose.documents("a: 1\n---\nb: [\n")
    assert caught.value.line == 4


def test_a_lone_surrogate_does_no_harm() -> None:
    """Text that is no Unicode is replaced, not raised on."""
    root = compose.parse("- a\ud800").root
    assert root is not None
    assert root.children[0].text == "a?"


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
)


def test_a_billion_laughs_are_a_quick_error() -> None:
    """Aliases of aliases of aliases end in a clear error after a few million calls at most: about a second."""
    root = compose.parse(LAUGHS).root
    assert root is not None

    def laugh() -> None:
        with pytest.raises(decode_v3.ExpansionTooLarge, match="aliases unfold to far more"):
            decode_v3.Decoder().arguments(root)

    assert cost.calls(laugh) < 10_000_000


@pytest.mark.parametrize("text", ["[" * 1000, "- " * 1000, "{a: " * 1000, "? " * 1000])
def test_deep_nesting_is_an_error(text: str) -> None:
    """A thousand levels end in a clear error, not in the interpreter's."""
    with pytest.raises(compose.Fault, match="nested deeper than 100 levels"):
        compose.parse(text)


def test_nesting_by_aliases_is_an_error_too() -> None:
    """Each alias may stay below the limit and the whole must still."""
    levels = "".join(f"a{i}: &a{i} {'[' * 60}{f'*a{i - 1}' if i else 'x'}{']' * 60}\n" for i in range(3))
    root = compose.parse(levels).root
    assert root is not None
    decoder = decode_v3.Decoder()
    with pytest.raises(decode_v3.ExpansionTooLarge, match="nested deeper"):
        decoder.arguments(root)


def test_very_many_nodes_are_an_error() -> None:
    """A list of a hundred thousand is refused while it is read."""
    with pytest.raises(compose.Fault, match="more than 50000 YAML nodes"):
        compose.parse(f"[{'a,' * 100_000}]")
