"""How often owners are told of the same matter, and how fast Events may be sent."""

from provider.kube import event_limits
from tests.doubles import clocks

MATTER = ("uid", "SecretRefreshFailed", "vault-unavailable")
ROTATED = ("uid", "SecretRotated", "")


def _sparing() -> tuple[event_limits.EventLimits, clocks.TestClock]:
    clock = clocks.TestClock()
    return event_limits.EventLimits(clock), clock


def test_the_first_is_told_at_once() -> None:
    """Once, and now."""
    spare, clock = _sparing()
    assert spare.admit(MATTER) == event_limits.Occurrences(1, clock.now())


def test_in_ten_minutes_it_is_told_once_and_then_with_how_often() -> None:
    """Counted from the first that was kept back; other pods and reasons are other matters."""
    spare, clock = _sparing()
    spare.admit(MATTER)
    for moment in (60, 120, 599):
        clock.moment = moment
        assert spare.admit(MATTER) is None
    assert spare.admit(("other", *MATTER[1:]))
    assert spare.admit((*MATTER[:2], "path-denied"))
    clock.moment = 600
    assert spare.admit(MATTER) == event_limits.Occurrences(4, 1_700_000_060.0)
    clock.moment = 1199
    assert spare.admit(MATTER) is None


def test_a_failure_that_went_away_is_not_told_of_later() -> None:
    """Only changes come due by themselves."""
    spare, clock = _sparing()
    spare.admit(MATTER)
    spare.admit(MATTER)
    assert spare.wait() is None
    clock.moment = 700
    assert spare.due() is None


def test_changes_are_kept_and_come_due_together() -> None:
    """From the oldest version to the newest, in the order of the last change."""
    spare, clock = _sparing()
    assert spare.admit(ROTATED, [("a", "1", "2")]) == event_limits.Occurrences(1, clock.now(), (("a", "1", "2"),))
    clock.moment = 100
    assert spare.admit(ROTATED, [("a", "2", "3"), ("b", "1", "2")]) is None
    clock.moment = 200
    assert spare.admit(ROTATED, [("a", "3", "4")]) is None
    assert spare.wait() == 400.0
    assert spare.due() is None
    clock.moment = 600
    assert spare.wait() == 0.0
    assert spare.due() == (ROTATED, event_limits.Occurrences(2, 1_700_000_100.0, (("b", "1", "2"), ("a", "2", "4"))))
    assert (spare.wait(), spare.due()) == (None, None)
    assert spare.admit(ROTATED, [("c", "1", "2")]) is None, "the ten minutes begin anew"


def test_what_changed_back_did_not_change() -> None:
    """Nothing comes due."""
    spare, clock = _sparing()
    spare.admit(ROTATED, [("z", "1", "2")])
    spare.admit(ROTATED, [("a", "1", "2")])
    spare.admit(ROTATED, [("a", "2", "1")])
    clock.moment = 601
    assert spare.due() is None
    assert spare.wait() is None


def test_what_is_remembered_is_bounded() -> None:
    """Pods, and the changes of each."""
    spare, clock = _sparing()
    many = [(f"o{number}", "1", "2") for number in range(3 * event_limits.GATHERED)]
    spare.admit(ROTATED, many[:1])
    spare.admit(ROTATED, many)
    clock.moment = 600
    due = spare.due()
    assert due
    assert len(due[1].changes) == event_limits.GATHERED
    for number in range(2 * event_limits.KEPT):
        spare.admit((str(number), "SecretRotated", ""))
    assert len(spare._matters) == event_limits.KEPT


def test_a_burst_and_then_one_in_two_seconds() -> None:
    """What was not used comes back, up to the burst."""
    clock = clocks.TestClock()
    pace = event_limits.RateLimit(clock, burst=3, every=2.0)
    assert [pace.take() for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 4.0]
    clock.moment = 100
    assert [pace.take() for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
