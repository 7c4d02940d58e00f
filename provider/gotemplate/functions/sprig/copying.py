"""Deep copies of values: lists and maps are copied, everything else never changes and is shared."""

from provider.golang import limits, values


def copy(value: values.Value, budget: limits.Budget) -> values.Value:
    """A copy of the same type.

    Raises:
        failures.Exceeded: it is too large or too deep.
    """
    if not isinstance(value, list | dict):
        return value
    budget.allocate(len(value))
    budget.step(len(value))
    budget.enter()
    try:
        if isinstance(value, list):
            return type(value)(copy(each, budget) for each in value)
        return type(value)((key, copy(each, budget)) for key, each in value.items())
    finally:
        budget.leave()
