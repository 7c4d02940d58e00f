"""The measures that stand in for a stopwatch."""

from tests.doubles import cost


def _each_once(size: int) -> int:
    return sum(1 for _ in range(size))


def _all_for_each(size: int) -> int:
    return sum(1 for _ in range(size) for _ in range(size))


def test_what_grows_with_its_size_is_in_proportion() -> None:
    """Twice as much takes twice as long."""
    assert cost.is_in_proportion(_each_once, lambda size: size, 80_000)


def test_what_grows_faster_than_its_size_is_not() -> None:
    """Twice as much takes four times as long."""
    assert not cost.is_in_proportion(_all_for_each, lambda size: size, 1_000)
    assert cost.is_in_proportion(_all_for_each, lambda size: size, 1_000, power=2)


def test_the_most_memory_at_one_time_is_seen() -> None:
    """Also where it is given back before the end."""
    assert cost.peak(lambda: len(b"x" * 1_000_000)) > 1_000_000
    assert cost.peak(lambda: len(b"x")) < 10_000


def test_calls_are_counted() -> None:
    """Those of Python's functions and those of the interpreter's."""
    assert 1_000 <= cost.calls(lambda: [len("x") for _ in range(1_000)]) < 1_100
