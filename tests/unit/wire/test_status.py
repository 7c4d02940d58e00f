"""The table of codes is total, and messages are fit to be read."""

import inspect

import grpc
import pytest

from provider import errors
from provider.wire import status

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ProviderError)]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_has_a_code(kind: type[errors.ProviderError]) -> None:
    """A new error class without a line in the table fails here."""
    assert kind in status.TABLE


def test_a_spent_budget_is_not_worth_three_calls() -> None:
    """UNAVAILABLE makes the driver call again, which helps only while time is left."""
    assert status.code(errors.VaultUnavailable("x", spent=True)) is grpc.StatusCode.DEADLINE_EXCEEDED
    assert status.code(errors.VaultUnavailable("x", spent=False)) is grpc.StatusCode.UNAVAILABLE


def test_several_failures_carry_the_code_their_owner_can_act_on() -> None:
    """A denied path alongside an unreachable Vault is PERMISSION_DENIED."""
    failed = errors.MountFailed([("a", errors.VaultUnavailable("x")), ("b", errors.PathDenied("y"))], 2)
    assert status.code(failed) is grpc.StatusCode.PERMISSION_DENIED


def test_failures_of_one_cause_are_reported_once() -> None:
    """Three objects of one denied path make one sentence."""
    denied = errors.PathDenied("no", hint="do")
    failed = errors.MountFailed([("a", denied), ("b", denied), ("c", errors.KeyNotFound("gone"))], 4)
    assert failed.full_message() == "3 of 4 objects failed: a, b: no; do; c: gone"


def test_a_message_is_one_line_redacted_and_short_enough_to_arrive() -> None:
    """Status messages travel as headers."""
    text = status.message(errors.InternalError("a\nb hvs.CAESIJabcdefghijkl " + "x" * 10_000))
    assert "\n" not in text
    assert "CAESIJ" not in text
    assert len(text) <= 3000
