"""sprig's functions on strings. What counts or cuts does so by bytes, as Go does; the subject is the last argument."""

from typing import Final

from provider.golang import failures, unicode, values
from provider.golang.strconv import quote
from provider.gotemplate import function, state
from provider.gotemplate.functions.consul_template import strings
from provider.gotemplate.functions.sprig import runes, stringify

TABLE: Final = function.Table()

# What consul-template has too, under names of its own.
TABLE.add("upper", "string")(strings.to_upper)
TABLE.add("lower", "string")(strings.to_lower)
TABLE.add("trimAll", "string", "string")(strings.trim_cutset)
TABLE.add("trimall", "string", "string")(strings.trim_cutset)
TABLE.add("trimPrefix", "string", "string")(strings.trim_prefix)
TABLE.add("trimSuffix", "string", "string")(strings.trim_suffix)
TABLE.add("replace", "string", "string", "string")(strings.replace_all)


@TABLE.add("title", "string")
def _title(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    rendering.budget.step(len(text) // 10)
    made, before = [], " "
    for char in runes.valid(text):
        made.append(runes.title(char) if _separates(before) else char)
        before = char
    return "".join(made)


def _separates(char: str) -> bool:
    """Whether Go's strings.Title begins a word behind it."""
    if char.isascii():
        return not (char.isalnum() or char == "_")
    return not (runes.is_letter(char) or runes.is_digit(char)) and runes.is_space(char)


@TABLE.add("repeat", "int", "string")
def _repeat(rendering: state.State, count: int, text: str) -> str:
    if count < 0:
        raise failures.Failed("the count is negative")
    rendering.budget.allocate(values.size(text) * count)
    return runes.whole(text * count)


@TABLE.add("trim", "string")
def _trim(rendering: state.State, text: str) -> str:
    rendering.budget.allocate(len(text))
    return unicode.trim_space(text)


@TABLE.add("contains", "string", "string")
def _contains(rendering: state.State, part: str, text: str) -> bool:
    rendering.budget.allocate(len(text))
    return values.to_bytes(part) in values.to_bytes(text)


@TABLE.add("hasPrefix", "string", "string")
def _has_prefix(rendering: state.State, prefix: str, text: str) -> bool:
    rendering.budget.allocate(len(text))
    return values.to_bytes(text).startswith(values.to_bytes(prefix))


@TABLE.add("hasSuffix", "string", "string")
def _has_suffix(rendering: state.State, suffix: str, text: str) -> bool:
    rendering.budget.allocate(len(text))
    return values.to_bytes(text).endswith(values.to_bytes(suffix))


@TABLE.add("quote", "any...")
def _quote(rendering: state.State, *given: values.Value) -> str:
    parts = []
    for each in given:
        if each is not None:
            text = stringify.text(each, rendering.budget)
            rendering.budget.allocate(len(text))
            parts.append(quote.quote(text))
    return stringify.joined(parts, " ", rendering.budget)


@TABLE.add("squote", "any...")
def _squote(rendering: state.State, *given: values.Value) -> str:
    parts = [f"'{stringify.printed(each, rendering.budget)}'" for each in given if each is not None]
    return stringify.joined(parts, " ", rendering.budget)


@TABLE.add("cat", "any...")
def _cat(rendering: state.State, *given: values.Value) -> str:
    parts = [stringify.printed(each, rendering.budget) for each in given if each is not None]
    return stringify.joined(parts, " ", rendering.budget)


@TABLE.add("indent", "int", "string")
def _indent(rendering: state.State, spaces: int, text: str) -> str:
    return _indented(rendering, spaces, text)


@TABLE.add("nindent", "int", "string")
def _nindent(rendering: state.State, spaces: int, text: str) -> str:
    return "\n" + _indented(rendering, spaces, text)


def _indented(rendering: state.State, spaces: int, text: str) -> str:
    """Every line with so many spaces in front, empty ones included."""
    if spaces < 0:
        raise failures.Failed("the number of spaces is negative")
    rendering.budget.allocate(values.size(text) + spaces * (text.count("\n") + 1))
    pad = " " * spaces
    return pad + text.replace("\n", f"\n{pad}")


@TABLE.add("plural", "string", "string", "int")
def _plural(_rendering: state.State, one: str, many: str, count: int) -> str:
    return one if count == 1 else many


@TABLE.add("toString", "any")
def _to_string(rendering: state.State, value: values.Value) -> str:
    return stringify.text(value, rendering.budget)


@TABLE.add("toStrings", "any")
def _to_strings(rendering: state.State, value: values.Value) -> values.StringList:
    return stringify.texts(value, rendering.budget)


@TABLE.add("join", "string", "any")
def _join(rendering: state.State, separator: str, value: values.Value) -> str:
    return stringify.joined(stringify.texts(value, rendering.budget), separator, rendering.budget)


@TABLE.add("sortAlpha", "any")
def _sort_alpha(rendering: state.State, value: values.Value) -> values.StringList:
    texts = stringify.texts(value, rendering.budget) if value is not None else [stringify.text(None, rendering.budget)]
    rendering.budget.step(len(texts))
    return values.StringList(sorted(texts, key=values.to_bytes))


@TABLE.add("splitList", "string", "string")
def _split_list(rendering: state.State, separator: str, text: str) -> values.StringList:
    return values.StringList(_parts(rendering, separator, text, -1))


@TABLE.add("split", "string", "string")
def _split(rendering: state.State, separator: str, text: str) -> values.StringMap:
    return _numbered(_parts(rendering, separator, text, -1))


@TABLE.add("splitn", "string", "int", "string")
def _splitn(rendering: state.State, separator: str, most: int, text: str) -> values.StringMap:
    return _numbered(_parts(rendering, separator, text, most) if most else [])


def _numbered(parts: list[str]) -> values.StringMap:
    return values.StringMap({f"_{position}": part for position, part in enumerate(parts)})


def _parts(rendering: state.State, separator: str, text: str, most: int) -> list[str]:
    """Go's strings.SplitN: at most so many parts, all of them below zero; the characters without a separator."""
    raw, cut = values.to_bytes(text), values.to_bytes(separator)
    count = raw.count(cut) + 1 if cut else len(text)
    rendering.budget.allocate(max(count, len(raw)))
    rendering.budget.step(count)
    if cut:
        return [values.to_text(part) for part in raw.split(cut, -1 if most < 0 else most - 1)]
    whole = values.to_text(raw)
    if most < 0 or most >= len(whole):
        return list(whole)
    return [*whole[: most - 1], whole[most - 1 :]]


@TABLE.add("trunc", "int", "string")
def _trunc(rendering: state.State, count: int, text: str) -> str:
    rendering.budget.allocate(len(text))
    raw = values.to_bytes(text)
    if count < 0:
        return values.to_text(raw[count:]) if len(raw) + count > 0 else text
    return values.to_text(raw[:count])


@TABLE.add("substr", "int", "int", "string")
def _substr(rendering: state.State, start: int, end: int, text: str) -> str:
    rendering.budget.allocate(len(text))
    raw = values.to_bytes(text)
    if start >= 0 and not 0 <= end <= len(raw):
        end = len(raw)
    start = max(start, 0)
    if not start <= end <= len(raw):
        raise failures.Failed("slice bounds out of range")
    return values.to_text(raw[start:end])
