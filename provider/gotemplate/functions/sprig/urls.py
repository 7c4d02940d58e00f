"""sprig's `urlParse` and `urlJoin`: a URL as a map of its parts, and back."""

from typing import Final

from provider.golang import failures, values
from provider.gotemplate import function, state
from provider.gotemplate.functions.sprig import reflection, weburl

TABLE: Final = function.Table()


@TABLE.add("urlParse", "string")
def _url_parse(rendering: state.State, text: str) -> dict[str, values.Value]:
    raw = values.to_bytes(text)
    rendering.budget.allocate(3 * len(raw))
    url = weburl.parse(raw)
    parts = {
        "scheme": url.scheme,
        "host": url.host,
        "hostname": url.hostname,
        "path": url.path,
        "query": url.query,
        "opaque": url.opaque,
        "fragment": url.fragment,
        "userinfo": url.userinfo,
    }
    return {name: values.to_text(part) for name, part in parts.items()}


@TABLE.add("urlJoin", "map")
def _url_join(rendering: state.State, parts: dict[str, values.Value]) -> str:
    url = weburl.Url(
        scheme=_part(parts, "scheme"),
        host=_part(parts, "host"),
        path=_part(parts, "path"),
        query=_part(parts, "query"),
        opaque=_part(parts, "opaque"),
        fragment=_part(parts, "fragment"),
    )
    userinfo = _part(parts, "userinfo")
    if userinfo:
        rendering.budget.allocate(3 * len(userinfo))
        url.user = weburl.parse(b"proto://" + userinfo + b"@host").user
    rendering.budget.allocate(
        3 * (len(url.path) + len(url.host) + len(url.fragment)) + len(url.query) + len(url.opaque)
    )
    return values.to_text(url.text())


def _part(parts: dict[str, values.Value], name: str) -> bytes:
    value = parts.get(name, "")
    if not isinstance(value, str):
        raise failures.Failed(f"{name} must be of type string, and is of kind {reflection.kind(value)}")
    return values.to_bytes(value)
