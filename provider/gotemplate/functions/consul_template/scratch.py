"""consul-template's scratch, a store within one rendering: `scratch.Set "key" value` and the like."""

from typing import Any, Final

from provider.golang import failures, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()

_METHODS: Final = function.Table()


@TABLE.add("scratch")
def _scratch(_rendering: state.State) -> values.Struct:
    return values.Struct("*template.Scratch", {}, _METHODS.functions)


@_METHODS.add("Key", "string")
def _key(rendering: state.State, key: str) -> bool:
    return key in rendering.scratch


@_METHODS.add("Get", "string")
def _get(rendering: state.State, key: str) -> values.Value:
    return rendering.scratch.get(key)


@_METHODS.add("Set", "string", "any")
def _set(rendering: state.State, key: str, value: values.Value) -> str:
    rendering.scratch[key] = value
    return ""


@_METHODS.add("SetX", "string", "any")
def _set_unless_there(rendering: state.State, key: str, value: values.Value) -> str:
    rendering.scratch.setdefault(key, value)
    return ""


@_METHODS.add("MapSet", "string", "string", "any")
def _map_set(rendering: state.State, key: str, name: str, value: values.Value) -> str:
    _map_at(rendering, key)[name] = value
    return ""


@_METHODS.add("MapSetX", "string", "string", "any")
def _map_set_unless_there(rendering: state.State, key: str, name: str, value: values.Value) -> str:
    _map_at(rendering, key).setdefault(name, value)
    return ""


@_METHODS.add("MapValues", "string")
def _map_values(rendering: state.State, key: str) -> list[Any]:
    kept = rendering.scratch.get(key)
    if type(kept) is not dict:
        return []
    rendering.budget.allocate(len(kept))
    rendering.budget.step(len(kept))
    return [kept[name] for name in sorted(kept, key=values.to_bytes)]


def _map_at(rendering: state.State, key: str) -> dict[str, Any]:
    """Return the map stored under a key. It is changed in place as in Go: earlier results of Get show the change."""
    kept = rendering.scratch.setdefault(key, {})
    if type(kept) is not dict:
        raise failures.Failed(f"what scratch keeps there is {values.type_name(kept)}, not a map")
    return kept
