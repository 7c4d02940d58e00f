"""A value as text, where sprig takes anything: its `strval` and `strslice`."""

from provider.golang import limits, values
from provider.golang.fmt import sprint


def text(value: values.Value, budget: limits.Budget) -> str:
    """One value: a string or bytes as they are, all else as %v prints it."""
    if isinstance(value, str):
        return str(value)
    return values.to_text(value) if isinstance(value, bytes) else printed(value, budget)


def printed(value: values.Value, budget: limits.Budget) -> str:
    """One value as %v prints it."""
    return sprint.sprint([value], budget)


def texts(value: values.Value, budget: limits.Budget) -> values.StringList:
    """The elements of a list, but for nil; a list of one for any other value."""
    if value is None:
        return values.StringList()
    if not isinstance(value, list | bytes):
        return values.StringList([text(value, budget)])
    budget.allocate(len(value))
    made = values.StringList()
    for each in value:
        budget.step()
        if each is not None:
            made.append(text(each, budget))
    return made


def joined(parts: list[str], separator: str, budget: limits.Budget) -> str:
    """Texts in one, paid for before it is made."""
    budget.allocate(sum(map(values.size, parts)) + values.size(separator) * max(len(parts) - 1, 0))
    made = separator.join(parts)
    return made if made.isascii() else values.to_text(values.to_bytes(made))
