"""Deadlines of blocking work, by the machine's clock."""

from provider.base import clock


def test_a_deadline_is_over_when_its_seconds_are() -> None:
    """Counted from when it was made."""
    assert clock.Deadline(0.0).is_over()
    later = clock.Deadline(3600.0)
    assert not later.is_over()
    assert 3500.0 < later.remaining() <= 3600.0
