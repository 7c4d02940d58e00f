"""sprig's functions on lists. They take a list of any type and make a new one; membership is by deep equality.

Where Go has a nil list (the rest of an empty one), this has an empty one.
"""

from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import numbers, reflection

TABLE: Final = function.Table()

Value = values.Value


def _copied(rendering: state.State, value: Value, action: str, more: int = 0) -> list[Value]:
    """The elements of any list as a new one, to which so many will be added."""
    items = reflection.elements(value, action)
    rendering.budget.allocate(len(items) + more)
    return list(items)


@TABLE.add("list", "any...")
@TABLE.add("tuple", "any...")
def _list(_rendering: state.State, *items: Value) -> list[Value]:
    return list(items)


@TABLE.add("append", "any", "any")
@TABLE.add("push", "any", "any")
@TABLE.add("mustAppend", "any", "any")
@TABLE.add("mustPush", "any", "any")
def _append(rendering: state.State, items: Value, item: Value) -> list[Value]:
    return [*_copied(rendering, items, "append to", 1), item]


@TABLE.add("prepend", "any", "any")
@TABLE.add("mustPrepend", "any", "any")
def _prepend(rendering: state.State, items: Value, item: Value) -> list[Value]:
    return [item, *_copied(rendering, items, "prepend to", 1)]


@TABLE.add("first", "any")
@TABLE.add("mustFirst", "any")
def _first(_rendering: state.State, items: Value) -> Value:
    found = reflection.elements(items, "find the first of")
    return found[0] if found else None


@TABLE.add("last", "any")
@TABLE.add("mustLast", "any")
def _last(_rendering: state.State, items: Value) -> Value:
    found = reflection.elements(items, "find the last of")
    return found[-1] if found else None


@TABLE.add("rest", "any")
@TABLE.add("mustRest", "any")
def _rest(rendering: state.State, items: Value) -> list[Value]:
    return _copied(rendering, items, "find the rest of")[1:]


@TABLE.add("initial", "any")
@TABLE.add("mustInitial", "any")
def _initial(rendering: state.State, items: Value) -> list[Value]:
    return _copied(rendering, items, "find the beginning of")[:-1]


@TABLE.add("reverse", "any")
@TABLE.add("mustReverse", "any")
def _reverse(rendering: state.State, items: Value) -> list[Value]:
    return _copied(rendering, items, "reverse")[::-1]


@TABLE.add("compact", "any")
@TABLE.add("mustCompact", "any")
def _compact(rendering: state.State, items: Value) -> list[Value]:
    return [item for item in _copied(rendering, items, "compact") if values.is_true(item)]


@TABLE.add("uniq", "any")
@TABLE.add("mustUniq", "any")
def _uniq(rendering: state.State, items: Value) -> list[Value]:
    seen = reflection.Members(rendering.budget)
    made = []
    for item in _copied(rendering, items, "find what is unique in"):
        if item not in seen:
            seen.add(item)
            made.append(item)
    return made


@TABLE.add("without", "any", "any...")
@TABLE.add("mustWithout", "any", "any...")
def _without(rendering: state.State, items: Value, *unwanted: Value) -> list[Value]:
    dropped = reflection.Members(rendering.budget)
    for each in unwanted:
        dropped.add(each)
    return [item for item in _copied(rendering, items, "leave anything out of") if item not in dropped]


@TABLE.add("has", "any", "any")
@TABLE.add("mustHas", "any", "any")
def _has(rendering: state.State, needle: Value, items: Value) -> bool:
    if items is None:
        return False
    return any(reflection.equal(needle, item, rendering.budget) for item in reflection.elements(items, "look into"))


@TABLE.add("slice", "any", "any...")
@TABLE.add("mustSlice", "any", "any...")
def _slice(rendering: state.State, items: Value, *bounds: Value) -> Value:
    found = reflection.elements(items, "slice")
    rendering.budget.allocate(len(found))
    if not found:
        return None
    start = int(numbers.to_int64(bounds[0])) if bounds else 0
    end = int(numbers.to_int64(bounds[1])) if len(bounds) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        raise failures.Failed("slice bounds out of range")
    return type(found)(found[start:end])  # type: ignore[call-arg]


@TABLE.add("concat", "any...")
def _concat(rendering: state.State, *lists: Value) -> list[Value]:
    made: list[Value] = []
    for items in lists:
        found = reflection.elements(items, "join")
        rendering.budget.allocate(len(made) + len(found))
        made.extend(found)
    return made


@TABLE.add("chunk", "int", "any")
@TABLE.add("mustChunk", "int", "any")
def _chunk(rendering: state.State, size: int, items: Value) -> list[list[Value]]:
    found = _copied(rendering, items, "cut up")
    rendering.budget.step(len(found) // 10)
    if size > 0:
        return [found[start : start + size] for start in range(0, len(found), size)]
    # Go's formula for the number of chunks has an answer for some senseless sizes.
    if size < -1 and len(found) == 1:
        return [found]
    if size < 0 and 0 < len(found) - 1 <= -size:
        return []
    raise failures.Failed("the size of a chunk must be more than zero")
