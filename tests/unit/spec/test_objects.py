"""The `objects` list: every field, every default, and every problem with its object's name."""

import re

import pytest

from provider import model
from provider.shapes import response
from provider.spec import objects
from tests.doubles import cost, specs
from tests.doubles import objects as doubles

MINIMAL = "- objectName: a\n  secretPath: secret/data/a\n"


def one(fields: str, **more: str) -> model.Object:
    """The only object of a list whose entry has these fields in flow style."""
    parsed = specs.parse(f"- {{objectName: a, secretPath: p, {fields}}}", specs.shared("ns"))
    assert not parsed.problems
    return parsed.objects[0]


def problems_of(text: str) -> list[str]:
    parsed = specs.parse(text)
    return parsed.problems


def test_an_object_has_every_default() -> None:
    """Only objectName and secretPath are needed."""
    parsed = specs.parse(MINIMAL, specs.shared("team"))
    assert parsed == specs.Parsed([doubles.whole("a", model.Read("team", "secret/data/a"))])
    assert parsed.objects[0] == model.Object(
        name="a",
        read=model.Read(namespace="team", path="secret/data/a", method="GET", query=(), args=""),
        shape=response.Response(),
        mode=None,
        encoding="utf-8",
    )


def test_every_field_is_read() -> None:
    """An object as the documentation shows it."""
    text = """
      - objectName: "tls/cert.pem"
        secretPath: /v1/pki/issue/web?x=1
        secretKey: certificate
        method: PUT
        secretArgs:
          common_name: web.example.com
          ttl: 1h
        filePermission: 0600
        encoding: base64
    """
    parsed = specs.parse(text)
    assert not parsed.problems
    assert not parsed.warnings
    assert parsed.objects == [
        doubles.of_key(
            "tls/cert.pem",
            model.Read("", "pki/issue/web", "PUT", (("x", "1"),), '{"common_name":"web.example.com","ttl":"1h"}'),
            "certificate",
            mode=0o600,
            encoding="base64",
        )
    ]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ("secretKey: 0123", "0123"),
        ("secretKey: 1.10", "1.10"),
        ("secretKey: on", "on"),
        ("secretKey: true", "true"),
        ("secretKey: 2024-01-02", "2024-01-02"),
        ("secretKey: null", ""),
        ("secretKey: ~", ""),
        ("secretKey: ''", ""),
        ("secretKey: 'null'", "null"),
        ("secretKey: ' a '", " a "),
    ],
)
def test_a_secret_key_is_the_very_text(fields: str, key: str) -> None:
    """Text that looks like a number or a boolean stays text; null is no key."""
    assert doubles.key_of(one(fields)) == key


@pytest.mark.parametrize(
    ("fields", "mode"),
    [("filePermission: 0644", 0o644), ("filePermission: 420", 0o644), ('filePermission: "0640"', 0o640)]
    + [(f"filePermission: {none}", None) for none in ("0", "null", "")],
)
def test_a_file_permission_is_a_mode_or_the_default(fields: str, mode: int | None) -> None:
    """0 and null leave it to the mount."""
    assert one(fields).mode == mode


@pytest.mark.parametrize(
    ("fields", "args"),
    [
        ("secretArgs: {b: 1, a: x}", '{"a":"x","b":1}'),
        ("secretArgs: {}", "{}"),
        ("secretArgs: null", ""),
        ("secretArgs: ", ""),
        ("secretArgs: {a: yes, b: on, c: 1:30, d: 1e3, e: 2024-01-02}", None),
        ("method: get", ""),
    ],
)
def test_secret_args_become_the_body(fields: str, args: str | None) -> None:
    """As the JSON text that Go sends; an empty map is a body, null is none."""
    everything = '{"a":"yes","b":"on","c":"1:30","d":1000,"e":"2024-01-02T00:00:00Z"}'
    assert doubles.read_of(one(fields)).args == (everything if args is None else args)


@pytest.mark.parametrize("spelling", ["base64", "BASE64", "Base64"])
def test_an_encoding_may_have_any_case(spelling: str) -> None:
    """It is known by its lower-case name from here on."""
    assert one(f"secretKey: k, encoding: {spelling}").encoding == "base64"


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        ("method: get", "a: method get is sent as GET; write it in upper case"),
        ("method: Put", "a: method Put is sent as PUT; write it in upper case"),
        ("encoding: hex", "a: encoding hex has no effect without secretKey"),
        ("filePermission: 644", "a: filePermission 644 is decimal and gives the mode 0204; write 0644"),
        ("secretkey: k", "a: unknown field secretkey is ignored; did you mean secretKey? (objects line 1, column 35)"),
        ("zzz: 1", "a: unknown field zzz is ignored (objects line 1, column 35)"),
        ("zzz: {a: 1, a: 2}", "a: unknown field zzz is ignored"),
    ],
)
def test_what_is_doubtful_is_a_warning(entry: str, warning: str) -> None:
    """The mount goes on, as it does with the Go provider."""
    parsed = specs.parse(f"- {{objectName: a, secretPath: p,  {entry}}}")
    assert len(parsed.objects) == 1
    assert [text for text in parsed.warnings if text.startswith(warning)]


@pytest.mark.parametrize("rest", ["- objectName: b\n  secretPath: p\n", "[broken"])
def test_a_second_document_is_dropped_with_a_warning(rest: str) -> None:
    """The Go provider drops it without a word."""
    parsed = specs.parse(f"{MINIMAL}---\n{rest}")
    assert [made.name for made in parsed.objects] == ["a"]
    assert "more than one YAML document" in parsed.warnings[0]


def test_null_entries_are_dropped_and_counted() -> None:
    """objects[3] is the fourth entry as it stands in the text."""
    parsed = specs.parse("- ~\n-\n- null\n- {secretPath: p}\n")
    assert [problem.partition(":")[0] for problem in parsed.problems] == ["objects[3]"]


def test_anchors_aliases_and_merge_keys_work() -> None:
    """An entry's own fields win over merged ones, the first merged over the second; null counts as its own."""
    text = """
    - &base {objectName: a, secretPath: p, secretKey: k, filePermission: 0600}
    - <<: *base
      objectName: b
      secretKey: ~
    - <<: [{objectName: c, method: PUT}, *base, {method: POST}]
    """
    parsed = specs.parse(text)
    assert not parsed.problems
    assert [(made.name, doubles.key_of(made), made.mode, doubles.read_of(made).method) for made in parsed.objects] == [
        ("a", "k", 0o600, "GET"),
        ("b", "", 0o600, "GET"),
        ("c", "k", 0o600, "PUT"),
    ]


PROBLEMS = [
    ("", "objects is empty; write a list"),
    ("# only this", "objects is empty; write a list"),
    ("~", "objects is empty"),
    ("[]", "objects is empty"),
    ("- ~\n- ~\n", "objects is empty"),
    ("text", "objects is plain text and must be a list (objects line 1, column 1); write a list"),
    ("a: b", "objects is a mapping and must be a list (objects line 1, column 1); write a list"),
    ("objectName: a\nsecretPath: p", '(objects line 1, column 1); put "- " before each entry'),
    ("array:\n  - |\n    objectName: a\n", "objects has the old form with array:"),
    ("- text", "objects[0]: must be a mapping with objectName and secretPath, and is text"),
    ("- [a]", "objects[0]: must be a mapping with objectName and secretPath, and is a list"),
    ("- {}", "objects[0]: objectName is missing; write the name of the file to make"),
    ("- {objectName: ~, secretPath: p}", "objects[0]: objectName is missing"),
    (
        "- {objectname: a, secretPath: p}",
        "objectName is missing; write the name of the file to make (objectname is not",
    ),
    (
        "- {objectName: [a], secretPath: p}",
        "objects[0]: objectName must be text, and is a list (objects line 1, column 16)",
    ),
    ("- {objectName: /a, secretPath: p}", '/a: objectName must be relative; write "a" (objects line 1, column 16)'),
    ("- {objectName: a/../b, secretPath: p}", "a/../b: objectName may not start with"),
    ("- {objectName: a}", "a: secretPath is missing; write the path in Vault"),
    ("- {objectName: a, secretpath: p}", "(secretpath is not a known field)"),
    ("- {objectName: a, secretPath: {}}", "a: secretPath must be text, and is a mapping"),
    ("- {objectName: a, secretPath: ../sys}", 'a: secretPath "../sys" climbs out with ".."'),
    ("- {objectName: a, secretPath: 'p?a;b'}", 'a: secretPath "p?a;b" has a ";" in its query'),
    ("- {objectName: a, secretPath: p, secretKey: [k]}", "a: secretKey must be text, and is a list"),
    ("- {objectName: a, secretPath: p, secretKey: !!int k}", "a: secretKey has the tag !!int, but is !!str"),
    ("- {objectName: a, secretPath: p, method: GTE}", 'a: method "GTE" is unknown to Vault; write one of GET, LIST'),
    ("- {objectName: a, secretPath: p, method: 'GET '}", "is unknown to Vault"),
    ("- {objectName: a, secretPath: p, encoding: utf8}", 'a: encoding "utf8" is unknown; write utf-8, base64 or hex'),
    ("- {objectName: a, secretPath: p, secretKey: k, encoding: rot13}", "a: encoding"),
    (
        "- {objectName: a, secretPath: p, filePermission: rw}",
        'a: filePermission "rw" is no file mode; write for example',
    ),
    ("- {objectName: a, secretPath: p, filePermission: [1]}", "a: filePermission must be a file mode such as 0644"),
    ("- {objectName: a, secretPath: p, secretArgs: [1]}", "a: secretArgs must be a mapping, and is a list"),
    ("- {objectName: a, secretPath: p, secretArgs: {a: {1: b}}}", "a: secretArgs has a key that is no text"),
    ("- {objectName: a, secretPath: p, secretArgs: {a: .nan}}", "a: secretArgs has an infinity or NaN"),
    ("- {objectName: a, secretPath: p, secretPath: q}", 'objects[0]: has the key "secretPath" twice, first in line 1'),
    ("- {objectName: a, secretPath: p, <<: 1}", "has a << that is neither a mapping nor a list"),
    (
        "- {objectName: a, secretPath: p}\n- {objectName: b, secretPath: p}\n- {objectName: a, secretPath: q}",
        "a: objectName is used 2 times (objects[0], objects[2]); give each object its own",
    ),
    (
        "- {objectName: a/b, secretPath: p}\n- {objectName: a, secretPath: p}",
        "a/b: objectName needs a to be a directory, and that is another object's file",
    ),
    ("- objectName: a\n\tsecretPath: p", "(objects line 2, column 1); indent with spaces, not with tabs"),
    ("- objectName: a: b", "not YAML: mapping values are not allowed in this context (objects line 1, column 16); put"),
    ("- {objectName: a, secretKey:}", "put a space behind the colon of a key"),
    ("%YAML 1.2\n---\n- {objectName: a, secretPath: p}", "1.1 (objects line 1, column 1); leave the directive out"),
    ("- *a", "objects: the alias *a has no anchor (objects line 1, column 3)"),
    ("&a\n- *a", "objects[0]: must be a mapping"),
]


@pytest.mark.parametrize(("text", "problem"), PROBLEMS)
def test_a_problem_names_the_object_the_place_and_the_fix(text: str, problem: str) -> None:
    """What the pod's owner reads."""
    found = problems_of(text)
    assert any(problem in one_found for one_found in found), found


def test_all_problems_are_told_at_once() -> None:
    """Ten mistakes are one failed mount, not ten."""
    text = """
    - {objectName: /a, method: GETT}
    - {secretPath: p, encoding: x}
    - {objectName: c, secretPath: p, filePermission: rw, secretArgs: {a: [.inf]}}
    - 5
    """
    subjects = [problem.partition(":")[0] for problem in problems_of(text)]
    assert subjects == ["/a", "/a", "/a", "objects[1]", "objects[1]", "c", "c", "objects[3]"]


@pytest.mark.parametrize(
    "entry",
    [
        "secretArgs: {password: [hunter2, .nan]}",
        "secretArgs: {password: {1: hunter2}}",
        "secretArgs: {password: !!int hunter2}",
        "secretArgs: {password: !!binary hunter2}",
        "secretArgs: hunter2",
        "secretArgs: {password: hunter2, password: hunter2}",
        "secretArgs: {password: 'hunter2}",
        "secretArgs: {password: hunter2: x}",
    ],
)
def test_values_of_arguments_are_never_shown(entry: str) -> None:
    """Some arguments are passwords."""
    found = problems_of(f"- {{objectName: a, secretPath: p, {entry}}}")
    assert found
    assert "hunter2" not in "".join(found)


def test_a_long_or_unprintable_name_is_shortened_and_escaped() -> None:
    """A message stays one readable line."""
    (problem,) = problems_of(f'- {{objectName: "a\\n\\e[31m{"x" * 500}", secretPath: p}}')
    assert re.fullmatch(r"a\\n\\x1b\[31mx+…x+: objectName has a control character.*", problem)
    assert len(problem) < 250


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"- objectName: '{'x' * objects.LARGEST}'", "objects is larger than 1024 KiB"),
        ("- {objectName: a, secretPath: p}\n" * 1001, "objects has 1001 entries, at most 1000 are taken"),
        ("[" * 5000, "nested deeper than 100 levels"),
        (f"[{'a, ' * 200_000}]", "more than 50000 YAML nodes"),
        (
            f"- &b {{objectName: a, secretPath: &s '{'x' * 500_000}'}}\n"
            + "".join(f"- {{objectName: n{index}, secretPath: *s}}\n" for index in range(900)),
            "aliases unfold to far more",
        ),
        (
            f"- &a {{{', '.join(f'k{index}: 1' for index in range(9000))}}}\n- <<: [{', '.join(['*a'] * 9000)}]\n",
            "aliases unfold to far more",
        ),
        ("- &a {objectName: a, secretPath: p, secretArgs: *a}", "what an anchor names contains itself"),
    ],
    ids=["size", "count", "depth", "nodes", "long aliases", "merges", "itself"],
)
def test_limits_are_clear_and_quick(text: str, problem: str) -> None:
    """A hostile list costs its own mount an error, and nobody else their time: a few million calls at most."""
    found: list[str] = []
    assert cost.calls(lambda: found.extend(problems_of(text))) < 10_000_000
    assert any(problem in one_found for one_found in found), found


def test_a_thousand_objects_are_taken() -> None:
    """The limit itself is within reach."""
    text = "".join(f"- {{objectName: n{index}, secretPath: secret/data/{index}}}\n" for index in range(1000))
    parsed = specs.parse(text)
    assert len(parsed.objects) == 1000
    assert not parsed.problems
