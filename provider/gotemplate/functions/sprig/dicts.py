"""sprig's functions on maps. `set`, `unset` and the merges change the map that they are given, as they do in Go.

Keys and values come in the order of the keys' bytes, where Go has none.
"""

from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import copying, merging, reflection, stringify

TABLE: Final = function.Table()

Value = values.Value
Map = dict[str, values.Value]


@TABLE.add("dict", "any...")
def _dict(rendering: state.State, *pairs: Value) -> Map:
    made: Map = {}
    for position in range(0, len(pairs), 2):
        key = stringify.text(pairs[position], rendering.budget)
        made[key] = pairs[position + 1] if position + 1 < len(pairs) else ""
    return made


@TABLE.add("get", "map", "string")
def _get(_rendering: state.State, source: Map, key: str) -> Value:
    return source.get(key, "")


@TABLE.add("set", "map", "string", "any")
def _set(rendering: state.State, target: Map, key: str, value: Value) -> Map:
    rendering.budget.allocate(len(target) + 1)
    target[key] = value
    return target


@TABLE.add("unset", "map", "string")
def _unset(_rendering: state.State, target: Map, key: str) -> Map:
    target.pop(key, None)
    return target


@TABLE.add("hasKey", "map", "string")
def _has_key(_rendering: state.State, source: Map, key: str) -> bool:
    return key in source


@TABLE.add("pluck", "string", "map...")
def _pluck(_rendering: state.State, key: str, *sources: Map) -> list[Value]:
    return [source[key] for source in sources if key in source]


@TABLE.add("keys", "map...")
def _keys(rendering: state.State, *sources: Map) -> values.StringList:
    rendering.budget.allocate(sum(map(len, sources)))
    return values.StringList(key for source in sources for key in _sorted(rendering, source))


@TABLE.add("values", "map")
def _values(rendering: state.State, source: Map) -> list[Value]:
    return [source[key] for key in _sorted(rendering, source)]


def _sorted(rendering: state.State, source: Map) -> list[str]:
    rendering.budget.allocate(len(source))
    rendering.budget.step(len(source))
    return sorted(source, key=values.to_bytes)


@TABLE.add("pick", "map", "string...")
def _pick(_rendering: state.State, source: Map, *keys: str) -> Map:
    return {key: source[key] for key in keys if key in source}


@TABLE.add("omit", "map", "string...")
def _omit(rendering: state.State, source: Map, *keys: str) -> Map:
    rendering.budget.allocate(len(source))
    unwanted = frozenset(keys)
    return {key: value for key, value in source.items() if key not in unwanted}


@TABLE.add("merge", "map", "map...")
@TABLE.add("mustMerge", "map", "map...")
def _merge(rendering: state.State, target: Map, *sources: Map) -> Map:
    for source in sources:
        merging.Merging(rendering.budget, overwrites=False).merge(target, source)
    return target


@TABLE.add("mergeOverwrite", "map", "map...")
@TABLE.add("mustMergeOverwrite", "map", "map...")
def _merge_overwrite(rendering: state.State, target: Map, *sources: Map) -> Map:
    for source in sources:
        merging.Merging(rendering.budget, overwrites=True).merge(target, source)
    return target


@TABLE.add("deepCopy", "any")
@TABLE.add("mustDeepCopy", "any")
def _deep_copy(rendering: state.State, value: Value) -> Value:
    if value is None:
        raise failures.Failed("cannot copy nil")
    return copying.copy(value, rendering.budget)


@TABLE.add("deepEqual", "any", "any")
def _deep_equal(rendering: state.State, first: Value, second: Value) -> bool:
    return reflection.equal(first, second, rendering.budget)


@TABLE.add("dig", "any...")
def _dig(_rendering: state.State, *given: Value) -> Value:
    if len(given) < 3:
        raise failures.Failed("dig needs at least three arguments")
    *keys, fallback, found = given
    for key in keys:
        if type(key) is not str:
            raise failures.Failed(f"a key of type {values.type_name(key)}, not string")
    for key in keys:
        if type(found) is not dict:
            raise failures.Failed(f"a value of type {values.type_name(found)} on the way, not a map")
        if key not in found:
            return fallback
        found = found[key]
    return found
