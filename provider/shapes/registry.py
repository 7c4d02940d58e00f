"""Lists all shapes, and finds the one that an entry of `objects` has."""

from typing import Final

from provider import model
from provider.shapes import contract, fields, key, response, template

SHAPES: Final[tuple[type[contract.Shape], ...]] = (
    template.TemplateFile,
    key.Key,
    response.Response,
)
"""Every shape. Where an entry has several marks, the first one counts and the others are errors. The last has none."""

FIELDS: Final = {field.name: field for shape in SHAPES for field in shape.FIELDS}
"""The fields of all shapes by name."""

KINDS: Final = {model.Shape: {shape.NAME: shape for shape in SHAPES}}
"""All shapes by the name that stored state has, for a codec of what holds one."""


def chosen(entry: fields.Fields) -> type[contract.Shape]:
    """Find the shape of an entry. Marks of another one are reported, and fields that only another one has."""
    first, *others = [shape for shape in SHAPES if shape.is_chosen(entry)]
    for shape in others:
        if shape.MARK:
            fix = first.INSTEAD.get(shape.MARK, "keep one of the two")
            entry.error(shape.MARK, f"{shape.MARK} has no meaning beside {first.MARK}", fix)
    own = {field.name for field in first.FIELDS}
    for shape in SHAPES:
        for field in shape.FIELDS if shape not in (first, *others) else ():
            if field.name not in own and field.name != shape.MARK and entry.is_given(field.name):
                entry.warn(field.name, f"{field.name} has no effect without {shape.MARK}")
    return first


def of(wanted: model.Object) -> contract.Shape:
    """Return the shape of an object."""
    if not isinstance(wanted.shape, contract.Shape):
        raise TypeError(f"{type(wanted.shape).__name__} is not a shape")
    return wanted.shape
