"""What every shape of an object has: its fields, how it is parsed, and how it is rendered into files.

A shape is one module with one frozen dataclass, and one row in `registry`. Nothing else knows which shapes there are.
"""

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from provider import findings, model
from provider.base import secret
from provider.shapes import envelopes, fields, read_results
from provider.shapes.templating import allowance, template_renderer


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entry of `objects`, for parsing, warnings and the reference page.

    Attributes:
        name: as it is written.
        kind: text, choice, list, map, mode or duration.
        default: what holds without it, as people read it.
        doc: one sentence.
        choices: the words that a choice takes.
    """

    name: str
    kind: str
    default: str
    doc: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """What all objects of an SPC share.

    Attributes:
        namespace: the Vault namespace of every read.
        fragments: the templates that the objects' templates may call, by name.
        interval: seconds of refreshInterval where an object is silent.
        thorough: whether `Shape.check` is asked too.
    """

    namespace: str = ""
    fragments: Mapping[str, findings.Source] = field(default_factory=dict)
    interval: float = model.Refresh().interval
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an object is rendered from. Rendering makes no request: what is not here it returns as missing.

    Attributes:
        results: what the mount has read by now.
        envelopes: what the object shows of responses besides their data.
        templates: renders templates.
        allowed: what templates may cost.
    """

    results: read_results.ReadResults
    envelopes: envelopes.Envelopes
    templates: template_renderer.TemplateRenderer
    allowed: allowance.Allowance

    def reply(self, wanted: model.Object) -> model.Reply | read_results.MissingReads:
        """Return the response to the object's secretPath.

        Raises:
            errors.ProviderError: the read failed.
        """
        read = read_of(wanted)
        return self.results.reply(read) if self.results.holds(read) else read_results.MissingReads((read,))


def read_of(wanted: model.Object) -> model.Read:
    """Return the read of an object whose shape has one."""
    if wanted.read is None:
        raise ValueError(f"{type(wanted.shape).__name__} needs a read")
    return wanted.read


@dataclass(frozen=True, slots=True)
class Output:
    """What an object becomes.

    Attributes:
        files: path and contents of one file or more. Paths other than the object's name must be checked with
            `base.file_names`.
        stable: the bytes of its content that count: the object's version changes with them.
    """

    files: tuple[tuple[str, secret.Secret], ...]
    stable: bytes = field(repr=False)


class Shape(model.Shape):
    """The base of all shapes; their fields are what an entry says.

    Attributes:
        NAME: in stored state; never changes.
        MARK: the field that chooses the shape; "" for the one without.
        DOC: what the file is, to follow "the file is".
        FIELDS: the fields that only objects of this shape have, `MARK` among them.
        INSTEAD: what to do in the place of another shape's mark, by its name.
    """

    __slots__ = ()

    NAME: ClassVar[str]
    MARK: ClassVar[str] = ""
    DOC: ClassVar[str]
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    INSTEAD: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def is_chosen(cls, entry: fields.Fields) -> bool:
        """Whether an entry has this shape."""
        return entry.is_given(cls.MARK)

    @classmethod
    @abc.abstractmethod
    def parse(cls, entry: fields.Fields, shared: Shared) -> Self:
        """Read the shape's fields. What is wrong with them goes into the entry's report, and the result is not used."""

    def check(self, entry: fields.Fields) -> None:
        """Report what only a closer look shows, for commands that check a manifest."""

    @abc.abstractmethod
    def render(self, wanted: model.Object, inputs: Inputs) -> Output | read_results.MissingReads:
        """Return the object's files, or what has to be read first.

        Raises:
            errors.VaultError: a read of its failed.
            errors.ContentError: the response is not as the object needs it.
            allowance.NotQuick: a template takes longer than a quick allowance has.
        """
