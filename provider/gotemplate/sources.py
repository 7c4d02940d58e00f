"""The text of a template, by the name that errors give it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """One text that was parsed: its name, "" for the main template, and what is written there."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """A line of the text without its end, counted from one; "" where there is none."""
        lines = self.text.split("\n")
        return lines[number - 1].removesuffix("\r") if 0 < number <= len(lines) else ""
