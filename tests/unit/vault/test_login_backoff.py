"""Refused logins are backed off, by identity, and never for long."""

import pytest

from provider import errors
from provider.vault import login_backoff
from tests.doubles import clocks

SAID = errors.LoginRefused("permission denied", status=403, hint="check the role")


def test_a_refusal_is_said_again_until_its_pause_is_over() -> None:
    """The same words and advice, with the time of the next try; then Vault is asked."""
    time = clocks.TestClock()
    kept = login_backoff.LoginBackoff(time)
    kept.refused("pod", SAID)
    with pytest.raises(errors.LoginRefused) as caught:
        kept.check("pod")
    assert caught.value is not SAID
    assert (caught.value.status, caught.value.hint) == (403, "check the role")
    assert caught.value.message == "permission denied (next login attempt in 0.4 s)"
    time.moment += login_backoff.FIRST
    kept.check("pod")


def test_each_refusal_in_a_row_doubles_the_pause_up_to_ten_seconds() -> None:
    """A call a second, as the kubelet makes for a volume whose republish fails: two minutes cost 16 logins, not 120."""
    time = clocks.TestClock()
    kept = login_backoff.LoginBackoff(time)
    asked = []
    for _ in range(120):
        try:
            kept.check("pod")
        except errors.LoginRefused:
            pass
        else:
            asked.append(time.moment)
            kept.refused("pod", SAID)
        time.moment += 1.0
    assert asked[:7] == [0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 25.0]
    assert len(asked) == 16


def test_a_login_that_succeeds_ends_it_and_others_are_not_concerned() -> None:
    """The next refusal starts at the shortest pause."""
    time = clocks.TestClock()
    kept = login_backoff.LoginBackoff(time)
    kept.refused("pod", SAID)
    kept.check("another pod")
    kept.accepted("pod")
    kept.check("pod")
    kept.refused("pod", SAID)
    time.moment += login_backoff.FIRST
    kept.check("pod")
