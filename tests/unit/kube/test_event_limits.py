"""Events of the same pod and reason are aggregated, and all of them are limited in rate."""

from provider.kube import event_limits
from tests.doubles import clocks

FAILED = ("uid", "SecretRefreshFailed", "vault-unavailable")
ROTATED = ("uid", "SecretRotated", "")


def _aggregator() -> tuple[event_limits.EventAggregator, clocks.TestClock]:
    clock = clocks.TestClock()
    return event_limits.EventAggregator(clock), clock


def test_the_first_is_sent_at_once() -> None:
    """Once, and now."""
    events, clock = _aggregator()
    assert events.add(FAILED) == event_limits.Occurrences(1, clock.now())


def test_in_ten_minutes_one_is_sent_and_the_next_says_how_often() -> None:
    """Counted from the first that was not sent; other pods and reasons are other keys."""
    events, clock = _aggregator()
    events.add(FAILED)
    for moment in (60, 120, 599):
        clock.moment = moment
        assert events.add(FAILED) is None
    assert events.add(("other", *FAILED[1:]))
    assert events.add((*FAILED[:2], "path-denied"))
    clock.moment = 600
    assert events.add(FAILED) == event_limits.Occurrences(4, 1_700_000_060.0)
    clock.moment = 1199
    assert events.add(FAILED) is None


def test_a_failure_that_went_away_is_not_sent_later() -> None:
    """Only changes come due by themselves."""
    events, clock = _aggregator()
    events.add(FAILED)
    events.add(FAILED)
    assert events.seconds_until_due() is None
    clock.moment = 700
    assert events.take_due() is None


def test_changes_are_merged_and_come_due_together() -> None:
    """From the oldest version to the newest, in the order of the last change."""
    events, clock = _aggregator()
    assert events.add(ROTATED, [("a", "1", "2")]) == event_limits.Occurrences(1, clock.now(), (("a", "1", "2"),))
    clock.moment = 100
    assert events.add(ROTATED, [("a", "2", "3"), ("b", "1", "2")]) is None
    clock.moment = 200
    assert events.add(ROTATED, [("a", "3", "4")]) is None
    assert events.seconds_until_due() == 400.0
    assert events.take_due() is None
    clock.moment = 600
    assert events.seconds_until_due() == 0.0
    assert events.take_due() == (
        ROTATED,
        event_limits.Occurrences(2, 1_700_000_100.0, (("b", "1", "2"), ("a", "2", "4"))),
    )
    assert (events.seconds_until_due(), events.take_due()) == (None, None)
    assert events.add(ROTATED, [("c", "1", "2")]) is None, "the ten minutes begin again"


def test_what_changed_back_did_not_change() -> None:
    """Nothing comes due."""
    events, clock = _aggregator()
    events.add(ROTATED, [("z", "1", "2")])
    events.add(ROTATED, [("a", "1", "2")])
    events.add(ROTATED, [("a", "2", "1")])
    clock.moment = 601
    assert events.take_due() is None
    assert events.seconds_until_due() is None


def test_what_is_remembered_is_bounded() -> None:
    """Pods, and the changes of each."""
    events, clock = _aggregator()
    many = [(f"o{number}", "1", "2") for number in range(3 * event_limits.MOST_CHANGES)]
    events.add(ROTATED, many[:1])
    events.add(ROTATED, many)
    clock.moment = 600
    due = events.take_due()
    assert due
    assert len(due[1].changes) == event_limits.MOST_CHANGES
    for number in range(2 * event_limits.MOST_KEYS):
        events.add((str(number), "SecretRotated", ""))
    assert len(events._aggregates) == event_limits.MOST_KEYS


def test_a_burst_and_then_one_in_two_seconds() -> None:
    """What was not used comes back, up to the burst."""
    clock = clocks.TestClock()
    rate = event_limits.RateLimit(clock, burst=3, seconds_each=2.0)
    assert [rate.reserve() for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 4.0]
    clock.moment = 100
    assert [rate.reserve() for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
