"""Our dataclasses as JSON and back, by the types of their fields, so that a new field is kept without being named.

A field that has its default is left out, so that an older provider reads what a newer one wrote while nothing new is in
use, and the other way round. It follows that a default whose meaning changes needs a new `snapshot.SCHEMA_VERSION`.
What comes back is checked: JSON of another shape is an error, never half an object.

Numbers keep their text (`gojson`); bytes and secrets are base64, so what is encoded must be encrypted.
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
class Codec:
    """Both ways of one type: `encode` to JSON as `gojson` writes it, `decode` from JSON as it reads it.

    `decode` raises `SchemaMismatch`.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


Kinds = Mapping[Any, Mapping[str, type]]
"""Dataclasses that may stand where their base is asked for, by base and by the name that is stored with them."""


def of(hint: Any, kinds: Kinds = types.MappingProxyType({})) -> Codec:  # noqa: ANN401 -- any type annotation
    """The codec of a type.

    Args:
        hint: the type.
        kinds: what may stand for base classes in it.

    Raises:
        TypeError: it has no codec.
    """
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint in kinds:
        return _one_of(kinds[hint], kinds)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union) and len(inner) == 2 and inner[1] is type(None):
        return _optional(of(inner[0], kinds))
    if origin in (tuple, set) and (origin is set or inner[1:] == (...,)):
        return _several(origin, of(inner[0], kinds))
    if origin is tuple:
        return _row([of(each, kinds) for each in inner])
    if origin is collections.abc.Mapping and inner == (str, Any):
        return Codec(_same, lambda value: _checked(value, dict))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Codec(lambda value: value.value, lambda value: _member(hint, value))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _fields(hint, kinds)
    raise TypeError(f"{hint} has no codec")


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


def _checked(value: Any, kind: type) -> Any:  # noqa: ANN401
    if type(value) is not kind:
        raise SchemaMismatch(f"{kind.__name__} expected, {type(value).__name__} found")
    return value


def _encode_float(value: float) -> str:
    return gojson.Number(repr(float(value))) if math.isfinite(value) else repr(float(value))


def _decode_float(value: Any) -> float:  # noqa: ANN401
    try:
        return float(value) if isinstance(value, str) else float(_checked(value, gojson.Number))
    except ValueError:
        raise SchemaMismatch("a number expected") from None


def _decode_int(value: Any) -> int:  # noqa: ANN401
    try:
        return int(_checked(value, gojson.Number))
    except ValueError:
        raise SchemaMismatch("a whole number expected") from None


def _decode_bytes(value: Any) -> bytes:  # noqa: ANN401
    try:
        return base64.b64decode(_checked(value, str), validate=True)
    except ValueError:
        raise SchemaMismatch("base64 expected") from None


def _encode_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


_PLAIN: Final[Mapping[Any, Codec]] = {
    Any: Codec(_same, _same),
    str: Codec(_same, lambda value: _checked(value, str)),
    bool: Codec(_same, lambda value: _checked(value, bool)),
    int: Codec(_same, _decode_int),
    float: Codec(_encode_float, _decode_float),
    bytes: Codec(_encode_bytes, _decode_bytes),
    secret.Secret: Codec(
        lambda value: _encode_bytes(value.reveal()), lambda value: secret.Secret(_decode_bytes(value))
    ),
}


def _optional(inner: Codec) -> Codec:
    return Codec(
        lambda value: None if value is None else inner.encode(value),
        lambda value: None if value is None else inner.decode(value),
    )


def _several(kind: Any, inner: Codec) -> Codec:  # noqa: ANN401 -- tuple or set
    return Codec(
        lambda value: [inner.encode(each) for each in value],
        lambda value: kind(inner.decode(each) for each in _checked(value, list)),
    )


def _row(codecs: list[Codec]) -> Codec:
    def decode(value: Any) -> tuple[Any, ...]:  # noqa: ANN401
        if len(_checked(value, list)) != len(codecs):
            raise SchemaMismatch(f"{len(codecs)} items expected, {len(value)} found")
        return tuple(inner.decode(each) for inner, each in zip(codecs, value, strict=True))

    return Codec(lambda value: [inner.encode(each) for inner, each in zip(codecs, value, strict=True)], decode)


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:  # noqa: ANN401
    try:
        return kind(value)
    except ValueError:
        raise SchemaMismatch(f"no {kind.__name__}") from None


def _one_of(named: Mapping[str, type], kinds: Kinds) -> Codec:
    codecs = {name: of(kind, kinds) for name, kind in named.items()}
    names = {kind: name for name, kind in named.items()}

    def decode(value: Any) -> Any:  # noqa: ANN401
        name, encoded = _checked(value, list) if len(_checked(value, list)) == 2 else ("", None)
        if not isinstance(name, str) or name not in codecs:
            raise SchemaMismatch(f"none of {', '.join(codecs)}")
        return codecs[name].decode(encoded)

    return Codec(lambda value: [names[type(value)], codecs[names[type(value)]].encode(value)], decode)


def _fields(kind: Any, kinds: Kinds) -> Codec:  # noqa: ANN401 -- a dataclass
    hints = typing.get_type_hints(kind)
    codecs = {each.name: of(hints[each.name], kinds) for each in dataclasses.fields(kind)}
    defaults = {each.name: _default(each) for each in dataclasses.fields(kind)}
    required = [name for name, default in defaults.items() if default is dataclasses.MISSING]

    def encode(value: Any) -> dict[str, Any]:  # noqa: ANN401
        held = ((name, getattr(value, name)) for name in codecs)
        return {name: codecs[name].encode(each) for name, each in held if each != defaults[name]}

    def decode(value: Any) -> Any:  # noqa: ANN401
        _checked(value, dict)
        if value.keys() - codecs.keys() or any(name not in value for name in required):
            raise SchemaMismatch(f"other fields than those of {kind.__name__}")
        return kind(**{name: codecs[name].decode(each) for name, each in value.items()})

    return Codec(encode, decode)


def _default(each: dataclasses.Field[Any]) -> Any:  # noqa: ANN401
    return each.default if each.default_factory is dataclasses.MISSING else each.default_factory()
