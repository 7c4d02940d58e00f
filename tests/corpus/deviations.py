"""Cases whose outcome differs from Go's on purpose, by name, with the reason.

Each must differ: one that no longer does is taken off this list.
"""

from typing import Final

DEVIATIONS: Final[dict[str, str]] = {
    "helpers/spew-sdump": "refused: it dumps whatever it is given, whole secrets included, for people to debug with",
}
