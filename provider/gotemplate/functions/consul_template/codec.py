"""consul-template's functions that encode and decode: base64, JSON, YAML, TOML."""

from typing import Final

from provider.golang import decode_json, encode_json, encode_toml, gobase64, unicode, values
from provider.golang.yaml import decode_v2, encode
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("base64Encode", "string")
def _base64_encode(at: state.State, text: str) -> str:
    at.budget.allocate(_encoded_size(text))
    return gobase64.encode(text)


@TABLE.add("base64Decode", "string")
def _base64_decode(at: state.State, text: str) -> str:
    at.budget.allocate(len(text))
    return gobase64.decode(text)


@TABLE.add("base64URLEncode", "string")
def _base64_url_encode(at: state.State, text: str) -> str:
    at.budget.allocate(_encoded_size(text))
    return gobase64.encode(text, for_urls=True)


@TABLE.add("base64URLDecode", "string")
def _base64_url_decode(at: state.State, text: str) -> str:
    at.budget.allocate(len(text))
    return gobase64.decode(text, for_urls=True)


def _encoded_size(text: str) -> int:
    return (values.size(text) + 2) // 3 * 4


@TABLE.add("toJSON", "any")
def _to_json(at: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, at.budget)


@TABLE.add("toJSONPretty", "any")
def _to_json_pretty(at: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, at.budget, indent="  ")


@TABLE.add("toUnescapedJSON", "any")
def _to_unescaped_json(at: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, at.budget, escape_html=False)


@TABLE.add("toUnescapedJSONPretty", "any")
def _to_unescaped_json_pretty(at: state.State, value: values.Value) -> str:
    return encode_json.marshal(value, at.budget, escape_html=False, indent="  ")


@TABLE.add("toYAML", "any")
def _to_yaml(at: state.State, value: values.Value) -> str:
    return unicode.trim_space(encode.marshal(value, at.budget))


@TABLE.add("toTOML", "any")
def _to_toml(at: state.State, value: values.Value) -> str:
    return unicode.trim_space(encode_toml.marshal(value, at.budget))


@TABLE.add("parseJSON", "string")
def _parse_json(at: state.State, text: str) -> values.Value:
    return decode_json.unmarshal(text, at.budget) if text else {}


@TABLE.add("parseYAML", "string")
def _parse_yaml(at: state.State, text: str) -> values.Value:
    return decode_v2.unmarshal(text, at.budget) if text else {}
