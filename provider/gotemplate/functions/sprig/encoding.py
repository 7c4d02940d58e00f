"""sprig's base64, base32 and JSON.

`b64dec` and `b32dec` give the text of their error, as in Go, which names a position and nothing of the input. JSON
functions that are not called must... give "" or nil for what cannot be written as JSON.
"""

import base64
from typing import Final

from provider.golang import decode_json, encode_json, failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import armour

TABLE: Final = function.Table()

Value = values.Value


@TABLE.add("b64enc", "string")
def _b64enc(rendering: state.State, text: str) -> str:
    raw = values.to_bytes(text)
    rendering.budget.allocate(len(raw) * 4 // 3)
    return base64.b64encode(raw).decode("ascii")


@TABLE.add("b64dec", "string")
def _b64dec(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    try:
        return values.to_text(armour.decode64(values.to_bytes(text)))
    except armour.Corrupt as error:
        return f"illegal base64 data at input byte {error.position}"


@TABLE.add("b32enc", "string")
def _b32enc(rendering: state.State, text: str) -> str:
    raw = values.to_bytes(text)
    rendering.budget.allocate(len(raw) * 8 // 5)
    return base64.b32encode(raw).decode("ascii")


@TABLE.add("b32dec", "string")
def _b32dec(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    try:
        return values.to_text(armour.decode32(values.to_bytes(text)))
    except armour.Corrupt as error:
        return f"illegal base32 data at input byte {error.position}"


@TABLE.add("mustFromJson", "string")
def _must_from_json(rendering: state.State, text: str) -> Value:
    return decode_json.unmarshal(text, rendering.budget)


@TABLE.add("fromJson", "string")
def _from_json(rendering: state.State, text: str) -> Value:
    try:
        return decode_json.unmarshal(text, rendering.budget)
    except failures.Exceeded:
        raise
    except failures.Failed:
        return None


def _json(rendering: state.State, value: Value, *, escape_html: bool = True, indent: str = "") -> str:
    return encode_json.marshal(value, rendering.budget, escape_html=escape_html, indent=indent)


@TABLE.add("mustToJson", "any")
def _must_to_json(rendering: state.State, value: Value) -> str:
    return _json(rendering, value)


@TABLE.add("toJson", "any")
def _to_json(rendering: state.State, value: Value) -> str:
    return _or_nothing(rendering, value, indent="")


@TABLE.add("mustToPrettyJson", "any")
def _must_to_pretty_json(rendering: state.State, value: Value) -> str:
    return _json(rendering, value, indent="  ")


@TABLE.add("toPrettyJson", "any")
def _to_pretty_json(rendering: state.State, value: Value) -> str:
    return _or_nothing(rendering, value, indent="  ")


@TABLE.add("mustToRawJson", "any")
@TABLE.add("toRawJson", "any")
def _to_raw_json(rendering: state.State, value: Value) -> str:
    return _json(rendering, value, escape_html=False)


def _or_nothing(rendering: state.State, value: Value, *, indent: str) -> str:
    try:
        return _json(rendering, value, indent=indent)
    except failures.Exceeded:
        raise
    except failures.Failed:
        return ""
