"""Log lines of events: every kind has one, with its facts, and none can hold a value."""

import dataclasses
import enum
import logging
import types
import typing
from typing import Any

import pytest

from provider import model
from provider.observe import events, log_lines
from tests.doubles import clocks

WHO = model.Origin(model.Pod("production", "api-0", "uid-1", "api"), "database", "ab12cd34")
KINDS = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event
]


def example(hint: Any) -> Any:
    """A value of a field's type."""
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    if typing.get_origin(hint) in (tuple, types.UnionType):
        return (events.Change("db-password", "old", "new"),)
    return {str: "text", int: 3, float: 0.0125, bool: True}[hint]


def made(kind: type[events.Event]) -> events.Event:
    hints = typing.get_type_hints(kind)
    fields = {each.name: example(hints[each.name]) for each in dataclasses.fields(kind) if each.name != "who"}
    return kind(who=WHO, **fields)


def lines(caplog: pytest.LogCaptureFixture, *observed: events.Event) -> list[logging.LogRecord]:
    observer = log_lines.LogLines(clocks.TestClock())
    with caplog.at_level(logging.DEBUG, "provider"):
        for event in observed:
            observer.observe(event)
    return caplog.records


def test_every_kind_of_event_has_its_line() -> None:
    """A new kind without a row would fail in a running daemon only."""
    assert set(log_lines.TABLE) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_carries_the_mount_and_the_facts(kind: type[events.Event], caplog: pytest.LogCaptureFixture) -> None:
    """Fields by their names; durations in milliseconds; the pod where a line may stand alone."""
    [line] = lines(caplog, made(kind))
    row = log_lines.TABLE[kind]
    assert (line.levelno, line.message, line.name) == (row.level, row.text, f"provider.{row.logger}")
    facts = line.__dict__["facts"]
    assert facts["mount"] == "ab12cd34"
    assert ("pod" in facts) == (row.level > logging.DEBUG)
    named = {each.name for each in dataclasses.fields(kind)} - {"who", "seconds", *row.left_out}
    assert named <= set(facts)
    assert facts.get("ms") == (12.5 if "seconds" in {each.name for each in dataclasses.fields(kind)} else None)


def test_a_rotation_names_what_changed(caplog: pytest.LogCaptureFixture) -> None:
    """Names only: versions are for the Event."""
    changes = (events.Change("a", "1", "2"), events.Change("b", "3", "4"))
    [line] = lines(
        caplog, events.Rotated(who=WHO, role="r", changes=changes, files=2, bytes=9, requests=1, seconds=1.0)
    )
    assert (line.levelname, line.message, line.__dict__["facts"]["changed"]) == ("INFO", "rotated", "a,b")


def test_a_failure_says_why_in_one_field(caplog: pytest.LogCaptureFixture) -> None:
    """The text that the pod's owner reads, too."""
    failed = events.MountFailed(who=WHO, role="r", reason="path-denied", message="Vault denied it", seconds=0.1)
    [line] = lines(caplog, failed)
    assert (line.levelname, line.__dict__["facts"]["error"]) == ("ERROR", "Vault denied it")


def test_a_warning_about_a_class_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not at every refresh, nor for every pod; but for every class and every warning."""
    other = dataclasses.replace(WHO, pod=model.Pod("production", "api-1", "uid-2", "api"), mount="ef56")
    elsewhere = dataclasses.replace(WHO, provider_class="web")
    warnings = [events.SpecWarned(who=who, warning="odd") for who in (WHO, other, elsewhere, WHO)]
    found = lines(caplog, *warnings, events.SpecWarned(who=WHO, warning="another"))
    assert [line.__dict__["facts"]["spc"] for line in found] == ["database", "web", "database"]


def test_work_between_mounts_names_the_pod(caplog: pytest.LogCaptureFixture) -> None:
    """Where there is no mount id to look for."""
    [line] = lines(
        caplog, events.LeaseRenewed(who=dataclasses.replace(WHO, mount=""), path="database/creds/app", ttl=60)
    )
    assert line.__dict__["facts"] == {"pod": WHO.pod, "spc": "database", "path": "database/creds/app", "ttl": 60}


def test_what_nobody_reads_costs_no_formatting() -> None:
    """Most events are below the level in force."""

    class Costly(str):
        __slots__ = ()

        def __str__(self) -> str:
            raise AssertionError("formatted")

    logging.getLogger("provider.renewals").setLevel(logging.INFO)
    try:
        log_lines.LogLines(clocks.TestClock()).observe(events.LeaseRenewed(who=WHO, path=Costly("x"), ttl=1.0))
    finally:
        logging.getLogger("provider.renewals").setLevel(logging.NOTSET)
