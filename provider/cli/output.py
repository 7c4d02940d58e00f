"""What commands print: tables, and spans of time."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned columns under upper-case headings.

    >>> print(table(["a", "bb"], [["xyz", "1"]]))
    A    BB
    xyz  1
    """
    lines = [[name.upper() for name in header], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def span(seconds: float) -> str:
    """A time in its largest unit that leaves two or more, as kubectl shows ages.

    >>> span(0.4), span(119), span(120), span(7200), span(200_000)
    ('0s', '119s', '2m', '2h', '2d')
    """
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{int(seconds / size)}{unit}"
    return f"{int(seconds)}s"
