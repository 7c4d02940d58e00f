"""How often owners are told of the same matter, and how fast Events may be sent."""

from provider.kube import sparing
from tests.doubles import clocks

MATTER = ("uid", "SecretRefreshFailed", "vault-unavailable")
ROTATED = ("uid", "SecretRotated", "")


def _sparing() -> tuple[sparing.Sparing, clocks.TestClock]:
    clock = clocks.TestClock()
    return sparing.Sparing(clock), clock


def test_the_first_is_told_at_once() -> None:
    """Once, and now."""
    spare, clock = _sparing()
    assert spare.tell(MATTER) == sparing.Told(1, clock.now())


def test_in_ten_minutes_it_is_told_once_and_then_with_how_often() -> None:
    """Counted from the first that was kept back; other pods and reasons are other matters."""
    spare, clock = _sparing()
    spare.tell(MATTER)
    for moment in (60, 120, 599):
        clock.moment = moment
        assert spare.tell(MATTER) is None
    assert spare.tell(("other", *MATTER[1:]))
    assert spare.tell((*MATTER[:2], "path-denied"))
    clock.moment = 600
    assert spare.tell(MATTER) == sparing.Told(4, 1_700_000_060.0)
    clock.moment = 1199
    assert spare.tell(MATTER) is None


def test_a_failure_that_went_away_is_not_told_of_later() -> None:
    """Only changes come due by themselves."""
    spare, clock = _sparing()
    spare.tell(MATTER)
    spare.tell(MATTER)
    assert spare.wait() is None
    clock.moment = 700
    assert spare.due() is None


def test_changes_are_kept_and_come_due_together() -> None:
    """From the oldest version to the newest, in the order of the last change."""
    spare, clock = _sparing()
    assert spare.tell(ROTATED, [("a", "1", "2")]) == sparing.Told(1, clock.now(), (("a", "1", "2"),))
    clock.moment = 100
    assert spare.tell(ROTATED, [("a", "2", "3"), ("b", "1", "2")]) is None
    clock.moment = 200
    assert spare.tell(ROTATED, [("a", "3", "4")]) is None
    assert spare.wait() == 400.0
    assert spare.due() is None
    clock.moment = 600
    assert spare.wait() == 0.0
    assert spare.due() == (ROTATED, sparing.Told(2, 1_700_000_100.0, (("b", "1", "2"), ("a", "2", "4"))))
    assert (spare.wait(), spare.due()) == (None, None)
    assert spare.tell(ROTATED, [("c", "1", "2")]) is None, "the ten minutes begin anew"


def test_what_changed_back_did_not_change() -> None:
    """Nothing comes due."""
    spare, clock = _sparing()
    spare.tell(ROTATED, [("z", "1", "2")])
    spare.tell(ROTATED, [("a", "1", "2")])
    spare.tell(ROTATED, [("a", "2", "1")])
    clock.moment = 601
    assert spare.due() is None
    assert spare.wait() is None


def test_what_is_remembered_is_bounded() -> None:
    """Pods, and the changes of each."""
    spare, clock = _sparing()
    many = [(f"o{number}", "1", "2") for number in range(3 * sparing.GATHERED)]
    spare.tell(ROTATED, many[:1])
    spare.tell(ROTATED, many)
    clock.moment = 600
    due = spare.due()
    assert due
    assert len(due[1].changes) == sparing.GATHERED
    for number in range(2 * sparing.KEPT):
        spare.tell((str(number), "SecretRotated", ""))
    assert len(spare._matters) == sparing.KEPT


def test_a_burst_and_then_one_in_two_seconds() -> None:
    """What was not used comes back, up to the burst."""
    clock = clocks.TestClock()
    pace = sparing.Pace(clock, burst=3, every=2.0)
    assert [pace.take() for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 4.0]
    clock.moment = 100
    assert [pace.take() for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
