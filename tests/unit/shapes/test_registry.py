"""The registry: an object has one shape, and what belongs to another one is not lost silently."""

import pytest

from provider import model
from provider.shapes import key, registry, response, template
from tests.doubles import specs


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ("secretPath: p", response.Response()),
        ("secretPath: p, secretKey: ''", response.Response()),
        ("secretPath: p, secretKey: ~, template: ~", response.Response()),
        ("secretPath: p, secretKey: k", key.Key("k")),
        ("template: x", template.TemplateFile(model.Template("x"))),
        ("secretPath: p, template: x, secretKey: ''", template.TemplateFile(model.Template("x"))),
    ],
)
def test_an_entry_has_the_shape_of_its_mark(fields: str, shape: model.Shape) -> None:
    """Without any mark, it is the whole response; a mark that is null or an empty key is none."""
    [made] = specs.parse(f"- {{objectName: a, {fields}}}").objects
    assert made.shape == shape


def test_marks_of_two_shapes_are_refused_by_both_names() -> None:
    """At the one that has no meaning, with what to write instead."""
    parsed = specs.parse("- {objectName: a, secretPath: p, template: x, secretKey: k}")
    [problem] = parsed.problems
    assert problem.startswith("a: secretKey has no meaning beside template; name the key in the template, ")
    assert problem.endswith(" (objects line 1, column 58)")


def test_fields_of_a_shape_that_an_entry_has_not_are_a_warning() -> None:
    """They have no effect."""
    parsed = specs.parse("- {objectName: a, secretPath: p, secretKey: k, missingKey: zero}")
    assert parsed.warnings == ["a: missingKey has no effect without template (objects line 1, column 60)"]


def test_shapes_are_told_apart() -> None:
    """By names in stored state, and by marks in manifests; only the last one has no mark."""
    assert len(registry.KINDS[model.Shape]) == len(registry.SHAPES)
    marks = [shape.MARK for shape in registry.SHAPES]
    assert len(set(marks)) == len(marks)
    assert [mark for mark in marks if not mark] == marks[-1:]
    for shape in registry.SHAPES:
        assert not shape.MARK or shape.MARK in [field.name for field in shape.FIELDS]


def test_an_object_needs_a_shape_of_the_registry() -> None:
    """Another one is a fault of ours."""

    class Strange(model.Shape):
        version = None

    with pytest.raises(TypeError, match="Strange is not a shape"):
        registry.of(model.Object("a", None, Strange()))
