"""Objects in tests."""

from provider import model


def read_of(made: model.Object) -> model.Read:
    """The read of an object that must have one."""
    assert made.read is not None
    return made.read
