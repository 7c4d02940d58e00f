"""Reads the fields of one entry of `objects`; what is wrong with them goes into the report, with its place."""

from provider import findings
from provider.base import messages
from provider.golang.yaml import compose, decode_v3


class Fields:
    """The fields of one entry. Each is decoded once, and reported once where it is wrong.

    Attributes:
        position: where the entry is in the list, such as objects[2].
        subject: how findings name the entry: by its position until its objectName is known.
    """

    def __init__(
        self,
        item: compose.Node,
        position: str,
        decoder: decode_v3.Decoder,
        source: findings.Source,
        report: findings.Report,
    ) -> None:
        """Take in an entry that is a mapping.

        Args:
            item: the entry.
            position: where it is in the list.
            decoder: of the whole text.
            source: the text of the parameter.
            report: takes the findings.

        Raises:
            decode_v3.ExpansionTooLarge: its aliases expand to too much.
        """
        self.position = self.subject = position
        self._item = item
        self._decoder = decoder
        self._source = source
        self._report = report
        self._errors_before = len(report.errors)
        self._texts: dict[str, str] = {}
        self._wrong: set[str] = set()
        self._entries = decoder.entries(item)
        self._drain("")

    @property
    def names(self) -> list[str]:
        """The names of all fields that are there."""
        return list(self._entries)

    @property
    def has_errors(self) -> bool:
        """Whether anything was found in this entry that stops the mount."""
        return len(self._report.errors) > self._errors_before

    def node(self, name: str) -> compose.Node | None:
        """The value of a field; None where it is missing or null."""
        entry = self._entries.get(name)
        return None if entry is None or entry.value.is_null else entry.value

    def is_given(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.node(name) is not None

    def is_wrong(self, name: str) -> bool:
        """Whether the value of a field could not be decoded; that is reported by now."""
        return name in self._wrong

    def text(self, name: str) -> str:
        """The text of a field; "" where it is missing, null, or not text."""
        if name not in self._texts:
            entry = self._entries.get(name)
            self._texts[name] = (self._decoder.text(entry.value) if entry else "") or ""
            self._drain(name)
        return self._texts[name]

    def arguments(self, name: str) -> str:
        """The JSON text of a field that is a mapping; "" where it is missing, null, or wrong."""
        entry = self._entries.get(name)
        text = self._decoder.arguments(entry.value) if entry else ""
        self._drain(name)
        return text

    def texts(self, name: str) -> list[str | None]:
        """The items of a field that is a list of texts; none where it is not a list."""
        node = self.node(name)
        items = node.real.children if node is not None and node.kind is compose.Kind.LIST else []
        found = [self._decoder.text(item) for item in items]
        self._drain(name)
        return found

    def source(self, name: str) -> findings.Source:
        """The text of a field, to name places in it."""
        node = self.node(name) or self._item
        return findings.Source(
            self.text(name), inside=name, outer=self._source, line=node.line, column=node.column, style=node.style
        )

    def error(self, name: str, message: str, fix: str = "", place: findings.Place | None = None) -> None:
        """Report what stops the mount, at the value of the field unless `place` says another."""
        self._report.error(self._about(name), message, fix, place or self._place(name))

    def warn(self, name: str, message: str, fix: str = "", place: findings.Place | None = None) -> None:
        """Report what is most likely not meant, at the value of the field unless `place` says another."""
        self._report.warn(self._about(name), message, fix, place or self._place(name))

    def warn_of_name(self, name: str, message: str, fix: str) -> None:
        """Report that a field is most likely not meant, at its name."""
        key = self._entries[name].key
        self._report.warn(self._about(name), message, fix, self._source.place(key.line, key.column))

    def _about(self, name: str) -> findings.Subject:
        return findings.Subject(self._source.inside, messages.shown(self.subject), messages.shown(name))

    def _place(self, name: str) -> findings.Place:
        entry = self._entries.get(name)
        node = self._item if entry is None else entry.value
        return self._source.place(node.line, node.column)

    def _drain(self, name: str) -> None:
        """Report what the decoder found in a field."""
        for problem in self._decoder.problems:
            self._wrong.add(name)
            place = self._source.place(problem.line, problem.column)
            self._report.error(self._about(name), f"{name} {problem.message}".lstrip(), problem.fix, place)
        self._decoder.problems = []
