"""What may be said of credentials that cannot be loaded: names of keys and files, never their content."""

import re
from typing import Final

_SAFE: Final = (
    re.compile(r"Expected key (?P<told>[\w-]+) in "),
    re.compile(r"Expected object with name (?P<told>\S+) in "),
    re.compile(r"^(?P<whole>File does not exist: \S+)$"),
    re.compile(r"(?P<whole>No configuration found|Service \w+ file does not exist|\w+ file exists but empty)"),
)


def plain(error: Exception) -> str:
    """A failure to load credentials in words that hold nothing of theirs; the library quotes whole entries."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or type(error).__name__)
    if isinstance(error, KeyError):
        return f"{error} is missing"
    for pattern in _SAFE:
        if match := pattern.search(str(error)):
            named = match.groupdict()
            return named["whole"] if "whole" in named else f"{named['told']} is missing"
    return f"it is not in the form of one ({type(error).__name__})"
