"""Our dataclasses as JSON and back, by the types of their fields, so that a new field is kept without being named.

A field that has its default is left out, so that an older provider reads what a newer one wrote while nothing new is in
use, and the other way round. It follows that a default whose meaning changes needs a new `snapshot.FORM`. What comes
back is checked: JSON of another shape is an error, never half an object.

Numbers keep their text (`gojson`); bytes and secrets are base64, so what is packed has to be sealed.
"""

import base64
import collections.abc
import dataclasses
import enum
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider.base import secret
from provider.golang import gojson


class SchemaMismatch(ValueError):
    """JSON that is not of the form asked for; the message names types and fields, and no value."""


@dataclass(frozen=True, slots=True)
class Form:
    """Both ways of one type: `pack` to JSON as `gojson` writes it, `unpack` from JSON as it reads it.

    `unpack` raises `SchemaMismatch`.
    """

    pack: Callable[[Any], Any]
    unpack: Callable[[Any], Any]


def of(hint: Any) -> Form:  # noqa: ANN401 -- any type annotation
    """The form of a type.

    Raises:
        TypeError: it cannot be packed.
    """
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(inner) == 2 and inner[1] is type(None):
        return _optional(of(inner[0]))
    if origin in (tuple, set) and (origin is set or inner[1:] == (...,)):
        return _several(origin, of(inner[0]))
    if origin is tuple:
        return _row([of(each) for each in inner])
    if origin is collections.abc.Mapping and inner == (str, Any):
        return Form(_same, lambda value: _checked(value, dict))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Form(lambda value: value.value, lambda value: _member(hint, value))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _fields(hint)
    raise TypeError(f"{hint} cannot be packed")


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


def _checked(value: Any, kind: type) -> Any:  # noqa: ANN401
    if type(value) is not kind:
        raise SchemaMismatch(f"{kind.__name__} expected, {type(value).__name__} found")
    return value


def _pack_float(value: float) -> str:
    return gojson.Number(repr(float(value))) if math.isfinite(value) else repr(float(value))


def _unpack_float(value: Any) -> float:  # noqa: ANN401
    try:
        return float(value) if isinstance(value, str) else float(_checked(value, gojson.Number))
    except ValueError:
        raise SchemaMismatch("a number expected") from None


def _unpack_int(value: Any) -> int:  # noqa: ANN401
    try:
        return int(_checked(value, gojson.Number))
    except ValueError:
        raise SchemaMismatch("a whole number expected") from None


def _unpack_bytes(value: Any) -> bytes:  # noqa: ANN401
    try:
        return base64.b64decode(_checked(value, str), validate=True)
    except ValueError:
        raise SchemaMismatch("base64 expected") from None


def _pack_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


_PLAIN: Final[Mapping[Any, Form]] = {
    Any: Form(_same, _same),
    str: Form(_same, lambda value: _checked(value, str)),
    bool: Form(_same, lambda value: _checked(value, bool)),
    int: Form(_same, _unpack_int),
    float: Form(_pack_float, _unpack_float),
    bytes: Form(_pack_bytes, _unpack_bytes),
    secret.Secret: Form(lambda value: _pack_bytes(value.reveal()), lambda value: secret.Secret(_unpack_bytes(value))),
}


def _optional(form: Form) -> Form:
    return Form(
        lambda value: None if value is None else form.pack(value),
        lambda value: None if value is None else form.unpack(value),
    )


def _several(kind: Any, form: Form) -> Form:  # noqa: ANN401 -- tuple or set
    return Form(
        lambda value: [form.pack(each) for each in value],
        lambda value: kind(form.unpack(each) for each in _checked(value, list)),
    )


def _row(forms: list[Form]) -> Form:
    def unpack(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
        if len(_checked(value, list)) != len(forms):
            raise SchemaMismatch(f"{len(forms)} items expected, {len(value)} found")
        return tuple(form.unpack(each) for form, each in zip(forms, value, strict=True))

    return Form(lambda value: [form.pack(each) for form, each in zip(forms, value, strict=True)], unpack)


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:  # noqa: ANN401
    try:
        return kind(value)
    except ValueError:
        raise SchemaMismatch(f"no {kind.__name__}") from None


def _fields(kind: Any) -> Form:  # noqa: ANN401 -- a dataclass
    hints = typing.get_type_hints(kind)
    forms = {each.name: of(hints[each.name]) for each in dataclasses.fields(kind)}
    defaults = {each.name: _default(each) for each in dataclasses.fields(kind)}
    required = [name for name, default in defaults.items() if default is dataclasses.MISSING]

    def pack(value: Any) -> dict[str, Any]:  # noqa: ANN401
        held = ((name, getattr(value, name)) for name in forms)
        return {name: forms[name].pack(each) for name, each in held if each != defaults[name]}

    def unpack(value: Any) -> Any:  # noqa: ANN401
        _checked(value, dict)
        if value.keys() - forms.keys() or any(name not in value for name in required):
            raise SchemaMismatch(f"other fields than those of {kind.__name__}")
        return kind(**{name: forms[name].unpack(each) for name, each in value.items()})

    return Form(pack, unpack)


def _default(each: dataclasses.Field[Any]) -> Any:  # noqa: ANN401
    return each.default if each.default_factory is dataclasses.MISSING else each.default_factory()
