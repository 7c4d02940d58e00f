"""Objects in tests, and what is in them."""

from typing import Any

from provider import model
from provider.shapes import key as keys
from provider.shapes import response, template


def of_key(name: str, read: model.Read, key: str, **more: Any) -> model.Object:
    """The value of one key."""
    return model.Object(name, read, keys.Key(key), **more)


def whole(name: str, read: model.Read, **more: Any) -> model.Object:
    """The whole response."""
    return model.Object(name, read, response.Response(), **more)


def templated(name: str, source: model.Template, read: model.Read | None = None, **more: Any) -> model.Object:
    """What a template makes."""
    return model.Object(name, read, template.TemplateFile(source), **more)


def read_of(made: model.Object) -> model.Read:
    """The read of an object that must have one."""
    assert made.read is not None
    return made.read


def key_of(made: model.Object) -> str:
    """The key of an object; "" for the whole response, and for a template."""
    return made.shape.key if isinstance(made.shape, keys.Key) else ""


def template_of(made: model.Object) -> model.Template:
    """The template of an object that must have one."""
    [found] = made.shape.templates
    return found
