"""From one object of an SPC and the book of replies to its files. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider import model
from provider.render import extract, lookup

Freeze = Callable[[model.Object, model.Reply], Mapping[str, Any]]
"""Gives the envelope to write with a whole response: an earlier one while its data is unchanged."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of one object: one file or more, and the bytes that its version is made of."""

    wanted: model.Object
    files: tuple[model.File, ...]
    stable: bytes = field(repr=False)


def reads(wanted: model.Object) -> tuple[model.Read, ...]:
    """The reads that `render` will ask the book for."""
    return (wanted.read,)


def render(wanted: model.Object, book: lookup.Book, default_mode: int, freeze: Freeze) -> Rendered:
    """One object's files.

    Raises:
        errors.VaultError: its read failed.
        errors.ContentError: the reply has not what the object names.
    """
    reply = book.reply(wanted.read)
    if wanted.key:
        contents = extract.one_key(reply, wanted)
        stable = contents.reveal()
    else:
        contents = extract.whole(reply, freeze(wanted, reply))
        stable = extract.stable_part(reply)
    mode = default_mode if wanted.mode is None else wanted.mode
    return Rendered(wanted, (model.File(wanted.name, mode, contents),), stable)
