"""Packing: what goes in comes out, whatever the types; nothing else does."""

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from provider.base import secret
from provider.golang import gojson
from provider.service import codec


class Colour(enum.Enum):
    """An enum."""

    RED = "red"


@dataclass(frozen=True)
class Inner:
    """A dataclass inside another."""

    name: str
    more: int = 0


class Animal:
    """The base of what may stand in one field."""


@dataclass(frozen=True)
class Cat(Animal):
    """One kind."""

    lives: int = 9


@dataclass(frozen=True)
class Dog(Animal):
    """Another kind."""

    name: str


@dataclass
class Everything:
    """A field of each kind."""

    text: str
    number: int = 0
    real: float = 0.0
    flag: bool = False
    raw: bytes = b""
    hidden: secret.Secret = field(default_factory=lambda: secret.Secret(b""))
    maybe: Inner | None = None
    many: tuple[Inner, ...] = ()
    pair: tuple[str, int] = ("", 0)
    some: set[Inner] = field(default_factory=set)
    document: Mapping[str, Any] = field(default_factory=dict)
    colour: Colour | None = None
    animals: tuple[Animal, ...] = ()


FORM = codec.of(Everything, {Animal: {"cat": Cat, "dog": Dog}})
FULL = Everything(
    text="é \ud800 \x00 <&>",
    number=12345678901234567890,
    real=0.1,
    flag=True,
    raw=bytes(range(256)),
    hidden=secret.Secret(b"\xff\x00"),
    maybe=Inner("i", 1),
    many=(Inner("a"), Inner("b", 2)),
    pair=("p", 1),
    some={Inner("s")},
    document={"n": gojson.Number("1.10"), "big": gojson.Number("12345678901234567890"), "l": [None, True, "x"]},
    colour=Colour.RED,
    animals=(Cat(), Dog("d"), Cat(1)),
)


def through(value: Everything) -> Everything:
    made: Everything = FORM.decode(gojson.loads(gojson.dumps(FORM.encode(value))))
    return made


def test_everything_comes_back() -> None:
    """Number text, bytes that are no text, lone surrogates in memory, types that JSON has not."""
    assert through(FULL) == FULL
    assert isinstance(through(FULL).document["n"], gojson.Number)


@pytest.mark.parametrize("real", [math.inf, -math.inf, 1e-300, 1e300, -0.0, 123456.789012345])
def test_dates_come_back_to_the_last_bit(real: float) -> None:
    """Never is a date too."""
    assert through(Everything("t", real=real)).real == real


def test_what_has_its_default_takes_no_place() -> None:
    """So that another version that does not know the field reads it."""
    assert FORM.encode(Everything("t")) == {"text": "t"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"text": "t", "unknown": 1},
        {"text": gojson.Number("1")},
        {"text": None},
        {"text": "t", "number": "1"},
        {"text": "t", "number": gojson.Number("1.5")},
        {"text": "t", "real": "canary"},
        {"text": "t", "flag": gojson.Number("1")},
        {"text": "t", "raw": "canary!"},
        {"text": "t", "hidden": gojson.Number("1")},
        {"text": "t", "maybe": {"more": gojson.Number("1")}},
        {"text": "t", "many": {"name": "a"}},
        {"text": "t", "pair": ["p"]},
        {"text": "t", "document": []},
        {"text": "t", "colour": "canary"},
        {"text": "t", "animals": ["cat"]},
        {"text": "t", "animals": [["canary", {}]]},
        {"text": "t", "animals": [["dog", {}]]},
        {"text": "t", "animals": [["cat", {}, "canary"]]},
        {"text": "t", "animals": [[{}, "canary"]]},
        [],
        "canary",
    ],
)
def test_what_has_another_shape_is_refused(document: object) -> None:
    """Without a word of what is in it."""
    with pytest.raises(codec.SchemaMismatch) as caught:
        FORM.decode(document)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("hint", [object, Callable[[], None], dict[str, int], int | str, list[int], Animal])
def test_a_type_without_a_form_is_told_when_it_is_named(hint: Any) -> None:
    """Not when the first such value is to be kept."""
    with pytest.raises(TypeError):
        codec.of(hint)
