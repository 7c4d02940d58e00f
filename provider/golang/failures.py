"""Exceptions of operations that cannot be done. Texts name functions, fields, keys and types, never a value.

Failed              the operation cannot be done
└── Exceeded        it would take more than the budget allows
"""


class Failed(Exception):
    """An operation cannot be done. `message` continues "error calling NAME: " and contains no argument's value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Exceeded(Failed):
    """A limit of the budget is reached. Ends the whole rendering, even in functions that ignore failures."""
