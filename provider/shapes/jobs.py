"""From one object of an SPC and the book of replies to its files. Pure."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provider import model
from provider.base import secret
from provider.shapes import extract, read_results
from provider.shapes.templating import allowance, template_renderer

Freeze = Callable[[str, model.Read, model.Reply], Mapping[str, Any]]
"""Gives the envelope to show with a response to the object of this name: an earlier one while its data is unchanged."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of one object: one file or more, and the bytes that its version is made of."""

    wanted: model.Object
    files: tuple[model.File, ...]
    stable: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the objects of one mount from what its book holds."""

    book: read_results.ReadResults
    default_mode: int
    freeze: Freeze
    templating: template_renderer.TemplateRenderer

    def render(self, wanted: model.Object, allowed: allowance.Allowance) -> Rendered | read_results.MissingReads:
        """One object's files, or what has to be read first.

        Raises:
            errors.VaultError: a read of its failed.
            errors.ContentError: the reply has not what the object names, or its template cannot be rendered.
            allowance.NotQuick: its template takes longer than a quick allowance has.
        """
        if wanted.template is not None:
            made = self.templating.render(wanted, wanted.template, self.book, self._freezing(wanted), allowed)
            return (
                made if isinstance(made, read_results.MissingReads) else self._done(wanted, secret.Secret(made), made)
            )
        if wanted.read is None:
            raise ValueError("an object has neither a read nor a template")
        if not self.book.holds(wanted.read):
            return read_results.MissingReads((wanted.read,))
        reply = self.book.reply(wanted.read)
        if wanted.key:
            contents = extract.one_key(reply, wanted)
            return self._done(wanted, contents, contents.reveal())
        contents = extract.whole(reply, self.freeze(wanted.name, wanted.read, reply))
        return self._done(wanted, contents, extract.stable_part(reply))

    def _freezing(self, wanted: model.Object) -> Callable[[model.Read, model.Reply], Mapping[str, Any]]:
        return functools.partial(self.freeze, wanted.name)

    def _done(self, wanted: model.Object, contents: secret.Secret, stable: bytes) -> Rendered:
        mode = self.default_mode if wanted.mode is None else wanted.mode
        return Rendered(wanted, (model.File(wanted.name, mode, contents),), stable)
