"""consul-template's functions that encode and decode: base64, JSON, YAML, TOML."""

from typing import Final

from provider.golang import decode_json, encode_json, encode_toml, gobase64, unicode, values
from provider.golang.yaml import decode_v2, encode
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("base64Encode", "string")
def _base64_encode(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(_encoded_size(text))
    return gobase64.encode(text)


@TABLE.add("base64Decode", "string")
def _base64_decode(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    return gobase64.decode(text)


@TABLE.add("base64URLEncode", "string")
def _base64_url_encode(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(_encoded_size(text))
    return gobase64.encode(text, for_urls=True)


@TABLE.add("base64URLDecode", "string")
def _base64_url_decode(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    return gobase64.decode(text, for_urls=True)


def _encoded_size(text: str) -> int:
    return (values.size(text) + 2) // 3 * 4


@TABLE.add("toJSON", "any")
def _to_json(rendering: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, rendering.budget)


@TABLE.add("toJSONPretty", "any")
def _to_json_pretty(rendering: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, rendering.budget, indent="  ")


@TABLE.add("toUnescapedJSON", "any")
def _to_unescaped_json(rendering: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, rendering.budget, escape_html=False)


@TABLE.add("toUnescapedJSONPretty", "any")
def _to_unescaped_json_pretty(rendering: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, rendering.budget, escape_html=False, indent="  ")


@TABLE.add("toYAML", "any")
def _to_yaml(rendering: state.State, value: values.Value) -> str:
    return unicode.trim_space(encode.marshal(value, rendering.budget))


@TABLE.add("toTOML", "any")
def _to_toml(rendering: state.State, value: values.Value) -> str:
    return unicode.trim_space(encode_toml.marshal(value, rendering.budget))


@TABLE.add("parseJSON", "string")
def _parse_json(rendering: state.State, text: str) -> values.Value:
    return decode_json.unmarshal(text, rendering.budget) if text else {}


@TABLE.add("parseYAML", "string")
def _parse_yaml(rendering: state.State, text: str) -> values.Value:
    return decode_v2.unmarshal(text, rendering.budget) if text else {}
