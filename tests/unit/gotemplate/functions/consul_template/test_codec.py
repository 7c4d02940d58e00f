"""consul-template's functions that encode and decode: expected values are what Go gave."""

from typing import Any

import pytest

from provider.golang import failures, limits, values
from provider.gotemplate import state
from provider.gotemplate.functions.consul_template import codec
from tests.doubles import template_state

CALLS: list[tuple[str, Any, Any]] = [
    ("base64Encode", "hi\udcff", "aGn/"),
    ("base64Decode", "aGn/\n", "hi\udcff"),
    ("base64URLEncode", "hi\udcff", "aGn_"),
    ("base64URLDecode", "aGn_", "hi\udcff"),
    ("toJSON", {"b": [], "a": "<"}, '{"a":"\\u003c","b":[]}'),
    ("toJSONPretty", {"b": [1], "a": "<"}, '{\n  "a": "\\u003c",\n  "b": [\n    1\n  ]\n}'),
    ("toUnescapedJSON", {"a": "<&>"}, '{"a":"<&>"}'),
    ("toUnescapedJSONPretty", {"a": "<&>"}, '{\n  "a": "<&>"\n}'),
    ("toYAML", {"a": ["x"], "b": "l\n"}, "a:\n- x\nb: |\n  l"),
    ("toYAML", None, "null"),
    ("toYAML", "a\xa0", "a"),
    ("toTOML", {"t": {"b": 1}, "a": "x"}, 'a = "x"\n\n[t]\n  b = 1'),
    ("parseJSON", "", {}),
    ("parseJSON", '{"a": [1]}', {"a": [1.0]}),
    ("parseYAML", "", {}),
    ("parseYAML", "a: [1]", {"a": [1]}),
    ("parseYAML", "# nothing", None),
]


def call(name: str, argument: object, at: state.State | None = None) -> Any:
    return codec.TABLE.functions[name].call(at or template_state.build(), argument)


@pytest.mark.parametrize(("name", "argument", "result"), CALLS)
def test_it_gives_what_go_gives(name: str, argument: object, result: object) -> None:
    """One argument, one result."""
    assert call(name, argument) == result


def test_what_is_parsed_of_nothing_has_keys_that_are_strings() -> None:
    """An empty text is an empty map, of JSON's kind for YAML too."""
    assert type(call("parseYAML", "")) is dict


@pytest.mark.parametrize("name", codec.TABLE.functions)
def test_each_takes_one_argument(name: str) -> None:
    """A string to decode, anything to encode."""
    function = codec.TABLE.functions[name]
    assert function.params == (("any",) if name.startswith("to") else ("string",))
    assert not function.variadic


@pytest.mark.parametrize("name", ["toJSON", "toTOML"])
def test_what_yaml_gives_is_no_json(name: str) -> None:
    """Its maps have keys of any type."""
    with pytest.raises(failures.Failed, match=r"map\[interface {}\]interface {}"):
        call(name, values.AnyMap({"a": "hunter2"}))


@pytest.mark.parametrize(
    "name", ["base64Encode", "base64Decode", "base64URLEncode", "base64URLDecode", "toJSON", "toYAML"]
)
def test_a_result_is_no_larger_than_a_string_may_be(name: str) -> None:
    """It is asked for before it is made."""
    with pytest.raises(failures.Exceeded):
        call(name, "A" * 1000, template_state.build(limits.Limits(string=900)))
