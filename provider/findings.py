"""What is wrong or doubtful in a SecretProviderClass, as data: about what, where, what to write instead, how severe.

A place counts lines in the text that was parsed: a parameter such as `objects`, or a template inside it. `Source` knows
where such a text stands in the text around it, so that a place in a template becomes one in the manifest's file.
"""

import dataclasses
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from provider.base import messages

_LINE_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML."""

_LITERAL: Final = "|"


class Severity(enum.Enum):
    """Whether a finding stops the mount."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about.

    Attributes:
        parameter: a parameter of the SPC by the name that was written, or the name to write where it is missing; "" for
            the mount request or the manifest as a whole.
        entry: of `objects`, the entry: its objectName, or objects[2] where it has none.
        field: of the entry, the field.
    """

    parameter: str = ""
    entry: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text.

    Attributes:
        file: the file's name; "" where the text is not a file.
        document: which YAML document of the file, from zero.
        line: from one; 0 for the text as a whole.
        column: from one, in characters; 0 where only the line is known.
        inside: the parameter or field whose value the text is; "" for a file.
        outer: the same place in the text around it; None where that is not known.
    """

    file: str = ""
    document: int = 0
    line: int = 0
    column: int = 0
    inside: str = ""
    outer: "Place | None" = None

    @property
    def outermost(self) -> "Place":
        """The same place in the outermost text that is known: the manifest's file, or a parameter."""
        return self if self.outer is None else self.outer.outermost

    def located(self, sources: Mapping[str, "Source"]) -> "Place":
        """The same place, named in the texts around the parameters.

        Args:
            sources: the text of each parameter by name, and under "" what is named where a parameter is missing.
        """
        if self.outer is not None:
            return dataclasses.replace(self, outer=self.outer.located(sources))
        if self.file:
            return self
        if self.inside in sources:
            return sources[self.inside].place(self.line, self.column)
        return sources[""].place() if "" in sources else self

    @property
    def text(self) -> str:
        """The outermost place as people read it; "" where no line is known.

        >>> Place(line=3, column=5, inside="objects").text
        'objects line 3, column 5'
        >>> Place(line=3, column=5, inside="objects", outer=Place("spc.yaml", 0, 14, 9)).text
        'spc.yaml line 14, column 9'
        """
        found = self.outermost
        if not found.line:
            return ""
        column = f", column {found.column}" if found.column else ""
        return f"{found.file or found.inside} line {found.line}{column}"


@dataclass(frozen=True, slots=True)
class Source:
    """A text whose places are to be named, and where it stands.

    Attributes:
        text: all of it.
        file: the file's name; "" where it is not a file.
        document: which YAML document of the file its places are in, from zero.
        inside: the parameter or field whose value it is.
        outer: the YAML text that has it as a scalar; None where that is not known.
        line: of the scalar in the outer text, from one.
        column: of the scalar in the outer text, from one.
        style: how the scalar is written: "|" and ">" for blocks, a quote, or "" for plain text.
    """

    text: str = field(repr=False)
    file: str = ""
    document: int = 0
    inside: str = ""
    outer: "Source | None" = None
    line: int = 0
    column: int = 0
    style: str = ""

    def place(self, line: int = 0, column: int = 0) -> Place:
        """Name a place of the text, and the same place in all texts around it.

        In the text around it, that is exact for literal blocks (`|`), and for the first line of other scalars that are
        written as they are read; elsewhere it is where the scalar starts.
        """
        outer = None if self.outer is None else self.outer.place(*self._in_outer(self.outer, line, column))
        return Place(self.file, self.document, line, column, self.inside, outer)

    def _in_outer(self, outer: "Source", line: int, column: int) -> tuple[int, int]:
        lines = self.text.removesuffix("\n").split("\n")
        if line > len(lines):
            # The end of a text, where something is missing, is shown in its last line.
            line, column = len(lines), 0
        own = lines[line - 1] if line else ""
        if line and self.style == _LITERAL:
            written = _line(outer.text, self.line + line)
            # What is written must be what was read, or else the place is another one.
            if written.endswith(own):
                return self.line + line, column and len(written) - len(own) + column
        elif line == 1:
            start = self.column - 1 + (self.style in ("'", '"'))
            if _line(outer.text, self.line)[start:].startswith(own[: max(0, column - 1)]):
                return self.line, column and start + column
        return self.line, self.column


def _line(text: str, number: int) -> str:
    lines = _LINE_BREAK.split(text)
    return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem or doubt.

    Attributes:
        subject: what it is about.
        place: where it is.
        message: what is wrong, as a sentence; where the subject is an entry of `objects`, its name is not in it.
        fix: what to write instead, "" where that follows from the message.
        severity: whether it stops the mount.
    """

    subject: Subject
    place: Place
    message: str
    fix: str = ""
    severity: Severity = Severity.ERROR

    @property
    def text(self) -> str:
        """All of it as one text, the way the pod's owner reads it."""
        where = f" ({self.place.text})" if self.place.text else ""
        fix = f"; {self.fix}" if self.fix else ""
        if self.subject.entry:
            return f"{self.subject.entry}: {self.message}{fix}{where}"
        return f"{self.message}{where}{fix}"

    def located(self, sources: Mapping[str, Source]) -> "Finding":
        """The same finding, its place named in the texts around the parameters; see `Place.located`."""
        return dataclasses.replace(self, place=self.place.located(sources))


@dataclass(slots=True)
class Report:
    """Collects findings, in the order in which they are made."""

    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def found(self) -> tuple[Finding, ...]:
        """All of them, those that stop the mount first."""
        return (*self.errors, *self.warnings)

    def error(self, subject: Subject, message: str, fix: str = "", place: Place | None = None) -> None:
        """Add what stops the mount; without `place` it is about the parameter as a whole."""
        self.errors.append(Finding(subject, place or Place(inside=subject.parameter), message, fix))

    def warn(self, subject: Subject, message: str, fix: str = "", place: Place | None = None) -> None:
        """Add what is most likely not meant; without `place` it is about the parameter as a whole."""
        found = Finding(subject, place or Place(inside=subject.parameter), message, fix, Severity.WARNING)
        self.warnings.append(found)


def joined(*fixes: str) -> str:
    """Several fixes as one; empty ones do not count."""
    return "; ".join(fix for fix in fixes if fix)


def texts(found: Iterable[Finding], what: str) -> tuple[str, ...]:
    """The texts of findings, each once; beyond the first thirty only how many `what` there are."""
    return messages.capped([each.text for each in found], what)
