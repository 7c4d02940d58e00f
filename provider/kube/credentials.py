"""Describes credentials that cannot be loaded by the names of keys and files, never by their content."""

import re
from typing import Final

_SAFE: Final = (
    re.compile(r"Expected key (?P<name>[\w-]+) in "),
    re.compile(r"Expected object with name (?P<name>\S+) in "),
    re.compile(r"^(?P<whole>File does not exist: \S+)$"),
    re.compile(r"(?P<whole>No configuration found|Service \w+ file does not exist|\w+ file exists but empty)"),
)


def describe(error: Exception) -> str:
    """Describe a failure to load credentials without quoting them; the library quotes whole entries."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or type(error).__name__)
    if isinstance(error, KeyError):
        return f"{error} is missing"
    for pattern in _SAFE:
        if match := pattern.search(str(error)):
            named = match.groupdict()
            return named["whole"] if "whole" in named else f"{named['name']} is missing"
    return f"it does not have the expected form ({type(error).__name__})"
