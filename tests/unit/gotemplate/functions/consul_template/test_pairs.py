from typing import Any

import pytest

from provider.golang import failures, limits, values
from provider.gotemplate.functions.consul_template import pairs
from tests.doubles import template_state


def call(name: str, *arguments: Any) -> Any:
    return pairs.TABLE.functions[name].call(template_state.build(limits.Limits(depth=20)), *arguments)


def pair(key: str, value: str) -> values.Struct:
    return values.Struct("*dependency.KeyPair", {"Path": key, "Key": key, "Value": value})


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ({"a/b": 1, "a/c/d": 2, "e": 3}, {"a": {"b": 1, "c": {"d": 2}}, "e": 3}),
        ({"a//b": 1, "c/": 2, "/d": 3, "": 4, "/": 5}, {"": {"d": 3}, "a": {"": {"b": 1}}, "c": {}}),
        ({"a": {"x": 1}, "a/b": 2}, {"a": {"x": 1, "b": 2}}),
        ({}, {}),
        (None, {}),
    ],
)
def test_slashes_in_keys_become_maps(source: Any, made: Any) -> None:
    """Each part of a key is a level; an empty name holds no value."""
    assert call("explodeMap", source) == made


def test_exploding_changes_no_argument() -> None:
    """A map that is a value already is copied before something is put beside it."""
    source: dict[str, Any] = {"a": {"x": 1}, "a/b": 2}
    call("explodeMap", source)
    assert source == {"a": {"x": 1}, "a/b": 2}


@pytest.mark.parametrize(("source", "key"), [({"a": "hunter2", "a/b": 2}, "a/b"), ({"a/b": None, "a/b/c": 2}, "a/b/c")])
def test_a_value_is_no_map_to_put_keys_in(source: Any, key: str) -> None:
    """The keys are told, the value is not."""
    with pytest.raises(failures.Failed) as caught:
        call("explodeMap", source)
    assert caught.value.message == f'not a map: "{key[-3]}" of the key "{key}" already has a value'


def test_a_key_has_only_so_many_parts() -> None:
    """What could not be shown anyway is not built."""
    with pytest.raises(failures.Exceeded, match="more than 20 slashes"):
        call("explodeMap", {"/" * 21: 1})


def test_pairs_explode_in_their_order() -> None:
    """A later value takes the place of the map of earlier ones."""
    assert call("explode", [pair("a/b", "1"), pair("a", "2")]) == {"a": "2"}
    assert call("explode", [{"Key": "x/y", "Value": "1"}, {"Key": "x/z/", "Value": "2"}]) == {"x": {"y": "1", "z": {}}}
    with pytest.raises(failures.Failed, match="not a map"):
        call("explode", [pair("a", "1"), pair("a/b", "2")])


def test_pairs_are_grouped_by_the_first_part_of_their_key() -> None:
    """What is at the top has no group; the key of each is shortened, the path is not."""
    made = call("byKey", [pair("es/a", "1"), pair("es/b", "2"), pair("rd/a/b", "3"), pair("top", "4")])
    assert {top: list(group) for top, group in made.items()} == {"es": ["a", "b"], "rd": ["a/b"]}
    assert made["rd"]["a/b"].fields == {"Path": "rd/a/b", "Key": "a/b", "Value": "3"}


@pytest.mark.parametrize("name", ["explode", "byKey"])
@pytest.mark.parametrize("written", ["hunter2", ["hunter2"], [{"Key": "hunter2"}], [{"Key": 1, "Value": 2}]])
def test_only_pairs_are_pairs(name: str, written: Any) -> None:
    """Anything else is told by its type."""
    with pytest.raises(failures.Failed, match="is wanted, not") as caught:
        call(name, written)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "first"), [("explode", ()), ("byKey", ()), ("byTag", ()), ("byPort", ()), ("byMeta", ("a",))]
)
def test_nothing_gives_an_empty_map(name: str, first: tuple[str, ...]) -> None:
    """Nil is an empty list of pairs or services."""
    assert call(name, *first, None) == {}


@pytest.mark.parametrize(("name", "first"), [("byTag", ()), ("byPort", ()), ("byMeta", ("a",))])
def test_there_are_no_services(name: str, first: tuple[str, ...]) -> None:
    """Any list is of the wrong type, as it is to Go."""
    with pytest.raises(failures.Failed, match="wrong argument type"):
        call(name, *first, [])
