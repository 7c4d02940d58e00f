"""The questions of operators: which are taken, and what is said to the others."""

import dataclasses
from typing import Any

import pytest

from provider import model
from provider.observe import observers
from provider.service.admin import admin_api, status
from provider.service.volumes import volume_store
from tests.doubles import clocks


def desk(*pods: str) -> admin_api.AdminApi:
    record = volume_store.VolumeStore(1 << 20)
    for name in pods:
        record.open(model.Pod("ns", name, f"uid-{name}", "sa"), "/t").provider_class = "api"
    return admin_api.AdminApi(record, clocks.TestClock(), observers.Silent())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"do": "status"}, ["ns/a", "ns/b"]),
        ({"do": "refresh", "all": True}, ["ns/a", "ns/b"]),
        ({"do": "refresh", "pod": "ns/b"}, ["ns/b"]),
        ({"do": "refresh", "spc": "ns/api", "static_only": True}, ["ns/a", "ns/b"]),
    ],
)
def test_a_question_is_answered_with_the_volumes(question: dict[str, Any], expected: list[str]) -> None:
    """By the fields of an overview's line."""
    answer = desk("b", "a").answer(question)
    assert [line["pod"] for line in answer["volumes"]] == expected
    assert set(answer["volumes"][0]) == {field.name for field in dataclasses.fields(status.VolumeStatus)}
    assert set(answer) == {"volumes"}


def test_where_nothing_matches_it_says_what_is_there() -> None:
    """So that a misspelt name is seen at once."""
    answer = desk("a").answer({"do": "refresh", "pod": "ns/none"})
    assert answer["volumes"] == []
    assert [line["pod"] for line in answer["there"]] == ["ns/a"]


@pytest.mark.parametrize(
    "question",
    [
        None,
        7,
        "status",
        [],
        {},
        {"do": "stop"},
        {"do": ["refresh"]},
        {"do": "status", "all": True},
        {"do": "refresh"},
        {"do": "refresh", "static_only": True},
        {"do": "refresh", "all": False},
        {"do": "refresh", "all": 1},
        {"do": "refresh", "all": True, "pod": "ns/a"},
        {"do": "refresh", "pod": ""},
        {"do": "refresh", "pod": {"canary": 1}},
        {"do": "refresh", "spc": None},
        {"do": "refresh", "all": True, "static_only": "canary"},
        {"do": "refresh", "all": True, "canary": 1},
    ],
)
def test_any_other_question_gets_an_error(question: object) -> None:
    """Nothing of it is repeated, and nothing is done."""
    asked = desk("a")
    answer = asked.answer(question)
    assert list(answer) == ["error"]
    assert "canary" not in answer["error"]
