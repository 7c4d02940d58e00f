"""consul-template's functions on Consul's pairs and services, and `explodeMap`, which takes any map.

Templates get no pairs or services here, since the functions that read them are disabled. A pair is any struct or map
with Key and Value; the only list of services is nil.
"""

from collections.abc import Iterable
from typing import Any, Final

from provider.golang import failures, values
from provider.gotemplate import function, state

TABLE: Final = function.Table()


@TABLE.add("explodeMap", "map")
def _explode_map(rendering: state.State, source: dict[str, Any] | None) -> dict[str, Any]:
    return _exploded(rendering, sorted((source or {}).items(), key=lambda item: values.to_bytes(item[0])))


@TABLE.add("explode", "any")
def _explode(rendering: state.State, pairs: values.Value) -> dict[str, Any]:
    return _exploded(rendering, [(each["Key"], each["Value"]) for each in _pairs(rendering, pairs)])


def _exploded(rendering: state.State, items: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    ours = {id(root)}
    for path, value in items:
        *parents, name = path.split("/")
        rendering.budget.step(1 + len(parents))
        if len(parents) > rendering.budget.limits.depth:
            raise failures.Exceeded(f"a key has more than {rendering.budget.limits.depth} slashes")
        nest = root
        for parent in parents:
            nest = _nest(nest, parent, path, ours)
        if name:
            nest[name] = value
    return root


def _nest(within: dict[str, Any], name: str, path: str, ours: set[int]) -> dict[str, Any]:
    there = within.get(name, {})
    if type(there) is not dict:
        raise failures.Failed(f'not a map: "{name}" of the key "{path}" already has a value')
    if id(there) not in ours:
        # A map that came as a value is the caller's.
        there = within[name] = dict(there)
        ours.add(id(there))
    return there


@TABLE.add("byKey", "any")
def _by_key(rendering: state.State, pairs: values.Value) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for fields in _pairs(rendering, pairs):
        top, _, rest = fields["Key"].partition("/")
        if rest:
            made.setdefault(top, {})[rest] = values.Struct("*dependency.KeyPair", {**fields, "Key": rest})
    return made


def _pairs(rendering: state.State, pairs: values.Value) -> list[dict[str, Any]]:
    found = []
    for each in _list(pairs):
        rendering.budget.step()
        fields = each.fields if isinstance(each, values.Struct) else each
        if not isinstance(fields, dict) or not isinstance(fields.get("Key"), str) or "Value" not in fields:
            raise failures.Failed(f"a list of pairs with Key and Value is wanted, not of {values.type_name(each)}")
        found.append(fields)
    return found


def _list(pairs: values.Value) -> list[Any]:
    if pairs is None:
        return []
    if not isinstance(pairs, list):
        raise failures.Failed(f"a list of pairs is wanted, not {values.type_name(pairs)}")
    return pairs


@TABLE.add("byTag", "any")
def _by_tag(_rendering: state.State, services: values.Value) -> dict[str, Any]:
    return _no_services(services)


@TABLE.add("byPort", "any")
def _by_port(_rendering: state.State, services: values.Value) -> dict[str, Any]:
    return _no_services(services)


@TABLE.add("byMeta", "string", "any")
def _by_meta(_rendering: state.State, _names: str, services: values.Value) -> dict[str, Any]:
    return _no_services(services)


def _no_services(services: values.Value) -> dict[str, Any]:
    if services is not None:
        raise failures.Failed(f"wrong argument type {values.type_name(services)}")
    return {}
