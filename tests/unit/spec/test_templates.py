"""What an SPC says of templates: the fields of an object, and the shared fragments."""

import pytest

from provider import model
from provider.spec import shared_templates
from tests.doubles import objects, specs


def one(fields: str, fragments: tuple[tuple[str, str], ...] = ()) -> model.Object:
    parsed = specs.parse(f"- {{objectName: a, {fields}}}", specs.shared("ns", fragments))
    assert not parsed.problems
    assert not parsed.warnings
    return parsed.objects[0]


def test_a_template_needs_no_path() -> None:
    """It says itself what it reads, in the namespace of the SPC."""
    assert one("template: x") == objects.templated("a", model.Template("x", "ns"))


def test_a_template_beside_a_path_gets_that_secret() -> None:
    """Both are kept: the read gives the dot."""
    made = one("template: x, secretPath: p?version=2, method: PUT, secretArgs: {k: v}")
    assert made.read == model.Read("ns", "p", "PUT", (("version", "2"),), '{"k":"v"}')
    assert objects.template_of(made) == model.Template("x", "ns")


def test_a_block_of_text_stays_as_it_is() -> None:
    """Line breaks, braces, quotes and dollars are the template's."""
    text = '- objectName: a\n  template: |\n    {{- with secret "p" -}}\n    A="{{ .Data.data.a }}"\n    {{- end }}\n'
    made = specs.parse(text).objects[0]
    assert objects.template_of(made).source == '{{- with secret "p" -}}\nA="{{ .Data.data.a }}"\n{{- end }}\n'


def test_delimiters_missing_keys_and_fragments_are_the_templates() -> None:
    """Each has its default, and is written per object or for all."""
    made = one("template: x, templateDelims: ['<<', '>>'], missingKey: zero", (("f", "y"),))
    assert objects.template_of(made) == model.Template("x", "ns", "<<", ">>", "zero", (("f", "y"),))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("template: ''", "a: template is empty; write the file's text"),
        ("template: [x]", "a: template must be text, and is a list"),
        ("template: x, secretPath: p, secretKey: k", "a: secretKey has no meaning beside template; name the key in"),
        ("template: x, encoding: base64", "a: encoding has no meaning beside template; decode in the template"),
        (
            "template: x, missingKey: zer",
            'a: missingKey "zer" is unknown; write error, zero or default; did you mean z',
        ),
        ("template: x, templateDelims: '<<'", 'a: templateDelims must be two short texts, for example ["<<", ">>"]'),
        ("template: x, templateDelims: ['<<']", "a: templateDelims must be two short texts"),
        ("template: x, templateDelims: ['<<', '']", "a: templateDelims must be two short texts"),
        ("template: x, templateDelims: ['<<', [a]]", "a: templateDelims must be text, and is a list"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(fields: str, problem: str) -> None:
    """By the object's name, with what to write."""
    message = specs.parse(f"- {{objectName: a, {fields}}}").problems
    assert [text for text in message if text.startswith(problem)], message
    assert all("objects line 1" in text for text in message)


def test_a_template_that_is_null_is_none() -> None:
    """The path is needed again."""
    assert specs.parse("- {objectName: a, template: null}").problems[0].startswith("a: secretPath is missing")


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ("secretPath: p, missingKey: zero", "a: missingKey has no effect without template"),
        ("secretPath: p, templateDelims: [a, b]", "a: templateDelims has no effect without template"),
        ("template: x, method: PUT", "a: method has no effect without secretPath: the template says what it reads"),
        ("template: x, secretArgs: {a: b}", "a: secretArgs has no effect without secretPath"),
    ],
)
def test_what_has_no_effect_is_a_warning(fields: str, warning: str) -> None:
    """Nothing is lost silently."""
    parsed = specs.parse(f"- {{objectName: a, {fields}}}")
    assert len(parsed.objects) == 1
    assert [text for text in parsed.warnings if text.startswith(warning)]


def test_fragments_are_a_mapping_of_names_to_texts() -> None:
    """Their order is that of their names, whatever that of the manifest."""
    found, problems = specs.fragments("url: |\n  {{ .a }}\nauth: '{{ .b }}'\nnone: ~\n")
    assert list(found.items()) == [("auth", "{{ .b }}"), ("url", "{{ .a }}\n")]
    assert not problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a", "templates: must be a mapping of names to templates, and is a list (templates line 1, column 1)"),
        ("a: [b]", "templates: must be text, and is a list (templates line 1, column 4)"),
        ("a: 1\na: 2\n", 'templates: has the key "a" twice, first in line 1 (templates line 2, column 1)'),
        ("'': x", "templates: a template has an empty name (templates line 1, column 1)"),
        ("a: [", "templates: not YAML"),
        ("x" * (shared_templates.LARGEST + 1), "templates: larger than 1024 KiB"),
    ],
)
def test_broken_fragments_are_told(text: str, problem: str) -> None:
    """With their place in the parameter."""
    _, problems = specs.fragments(text)
    assert [message for message in problems if message.startswith(problem)]


@pytest.mark.parametrize("text", ["", "~", "# nothing"])
def test_no_fragments_are_none(text: str) -> None:
    """An empty parameter is as good as none."""
    assert specs.fragments(text) == ({}, [])
