"""Keeps the text of a template, for errors to show a line of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """One text that was parsed: its name, "" for the main template, and what is written there."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """Return a line of the text without its end, counted from one; "" where there is no such line."""
        lines = self.text.split("\n")
        return lines[number - 1].removesuffix("\r") if 0 < number <= len(lines) else ""
