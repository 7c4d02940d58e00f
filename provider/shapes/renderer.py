"""Renders objects from what a mount has read. Pure but for the cache of compiled templates."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from provider import model
from provider.shapes import contract, envelopes, read_results, registry
from provider.shapes.templating import allowance, template_renderer


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of one object.

    Attributes:
        wanted: the object.
        files: one file or more.
        stable: the bytes that its version is made of.
        digest: of them, SHA-256.
        shown: what it shows of responses besides their data.
    """

    wanted: model.Object
    files: tuple[model.File, ...]
    stable: bytes = field(repr=False)
    shown: tuple[envelopes.ShownEnvelope, ...] = ()
    digest: bytes = b""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", hashlib.sha256(self.stable).digest())


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the objects of one mount.

    Attributes:
        results: what the mount has read by now.
        default_mode: permission bits of files whose object names none.
        before: the envelopes that each object has shown before, by the object's name.
        templates: renders templates.
    """

    results: read_results.ReadResults
    default_mode: int
    before: Mapping[str, tuple[envelopes.ShownEnvelope, ...]]
    templates: template_renderer.TemplateRenderer

    def render(self, wanted: model.Object, allowed: allowance.Allowance) -> Rendered | read_results.MissingReads:
        """Return one object's files, or what has to be read first.

        Raises:
            errors.VaultError: a read of its failed.
            errors.ContentError: the response is not as the object needs it, or its template cannot be rendered.
            allowance.NotQuick: its template takes longer than a quick allowance has.
        """
        shown = envelopes.Envelopes(self.before.get(wanted.name, ()))
        made = registry.of(wanted).render(wanted, contract.Inputs(self.results, shown, self.templates, allowed))
        if isinstance(made, read_results.MissingReads):
            return made
        mode = self.default_mode if wanted.mode is None else wanted.mode
        files = tuple(model.File(path, mode, contents) for path, contents in made.files)
        return Rendered(wanted, files, made.stable, shown.shown)
