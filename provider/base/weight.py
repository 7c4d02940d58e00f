"""Weighs values as they lie in memory: JSON documents, strings and bytes."""

import sys
from collections.abc import Mapping


def of(value: object) -> int:
    """Bytes that a value and everything inside it takes; what is inside twice is weighed twice.

    >>> of("x" * 1000) - of("")
    1000
    """
    total, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        total += sys.getsizeof(each)
        if isinstance(each, Mapping):
            waiting.extend(each.keys())
            waiting.extend(each.values())
        elif isinstance(each, list | tuple):
            waiting.extend(each)
    return total
