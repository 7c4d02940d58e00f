"""A condition that lasts is logged once per cause, and its end once."""

from provider.base import once


def test_a_cause_is_reported_once() -> None:
    """However often it comes, also after another one."""
    outage = once.Once()
    assert [outage.report(cause) for cause in ("refused", "refused", "timed out", "refused")] == [
        True,
        False,
        True,
        False,
    ]


def test_the_recovery_is_reported_once_and_only_after_a_report() -> None:
    """What was never wrong does not recover."""
    outage = once.Once()
    assert not outage.recovered()
    outage.report("refused")
    assert outage.is_reported
    assert [outage.recovered(), outage.recovered()] == [True, False]
    assert not outage.is_reported


def test_after_the_recovery_the_same_cause_is_reported_again() -> None:
    """It is a new outage."""
    outage = once.Once()
    outage.report("refused")
    outage.recovered()
    assert outage.report("refused")


def test_a_condition_may_have_no_cause() -> None:
    """One that can only be or not be."""
    full = once.Once()
    assert [full.report(), full.report()] == [True, False]


def test_the_causes_remembered_are_bounded() -> None:
    """The oldest is forgotten, and would be reported again."""
    outage = once.Once()
    for number in range(once.REMEMBERED + 1):
        outage.report(number)
    assert (outage.report(1), outage.report(0)) == (False, True)
