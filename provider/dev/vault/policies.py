"""Policy documents, and which rule of theirs decides on a path.

The language is the part of HCL that policies are written in: `path "..." { capabilities = [...] }`, with a `*` at the
end, `+` for one segment, comments; the same as JSON too. Parameter rules and templates are refused rather than
ignored, for a rule that is not applied would allow more than it says.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from provider.dev.vault import engines, replies

CAPABILITIES: Final = frozenset(
    {"create", "read", "update", "delete", "list", "sudo", "patch", "deny", "subscribe", "recover"}
)

DEFAULT: Final = """\
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/renew" { capabilities = ["update"] }
path "sys/leases/lookup" { capabilities = ["update"] }
path "sys/wrapping/wrap" { capabilities = ["update"] }
path "sys/wrapping/lookup" { capabilities = ["update"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
"""
"""What every token may do about itself, as Vault's own `default` policy says."""

WRAPPING: Final = "response-wrapping"
"""The policy of tokens that stand for a wrapped answer."""

_OLD_WORDS: Final = {
    "deny": ["deny"],
    "read": ["read", "list"],
    "write": ["create", "read", "update", "delete", "list"],
    "sudo": ["create", "read", "update", "delete", "list", "sudo"],
}
"""What `policy = "..."` stood for before there were capabilities."""

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z_]\w*)|(?P<mark>[{}\[\]=,])""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What one stanza allows. `path` is as written, without a leading slash."""

    path: str
    capabilities: frozenset[str]

    @property
    def exact(self) -> bool:
        """Whether it is for one path only."""
        return not self.path.endswith("*") and not self.segments

    @property
    def segments(self) -> bool:
        """Whether a `+` stands for a segment."""
        return self.path == "+" or "/+" in self.path or self.path.startswith("+/")

    def matches(self, path: str) -> bool:
        """Whether this rule speaks of `path`."""
        prefix = self.path.endswith("*")
        stem = self.path[:-1] if prefix else self.path
        if not self.segments:
            return path.startswith(stem) if prefix else path == stem
        wanted, given = stem.split("/"), path.split("/")
        if len(given) < len(wanted) or (not prefix and len(given) != len(wanted)):
            return False
        last = len(wanted) - 1
        for position, (rule, part) in enumerate(zip(wanted, given, strict=False)):
            if rule in ("+", part) or (prefix and position == last and part.startswith(rule)):
                continue
            return False
        return True

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        """How closely the rule describes a path: of several that match, the greatest decides.

        In Vault's order: the later its first wildcard, no `*` at its end, fewer `+`, the longer, the alphabet.
        """
        prefix = self.path.endswith("*")
        stem = self.path[:-1] if prefix else self.path
        first = self.path.index("+") if self.segments else len(stem)
        return first, not prefix, -sum(part == "+" for part in stem.split("/")), len(stem), stem


class Policies(dict[str, str]):
    """All policy documents by name, as they were written."""

    def __init__(self) -> None:
        super().__init__({"default": DEFAULT, WRAPPING: 'path "sys/wrapping/unwrap" { capabilities = ["update"] }'})
        self._parsed: dict[str, tuple[str, list[Rule]]] = {}

    def write(self, name: str, document: str) -> None:
        """Set one.

        Raises:
            replies.Refusal: it is not a policy.
        """
        parse(document)
        self[name] = document

    def rules(self, name: str) -> list[Rule]:
        """The rules of one policy; none where it is not there."""
        document = self.get(name)
        if document is None:
            return []
        held = self._parsed.get(name)
        if held is None or held[0] != document:
            held = self._parsed[name] = (document, parse(document))
        return held[1]

    def capabilities(self, names: Sequence[str], path: str, *, listing: bool = False) -> dict[str, set[str]]:
        """What these policies allow on `path`: capability -> the policies that give it. A denial gives nothing."""
        rules = [(rule, name) for name in names for rule in self.rules(name)]
        candidates = [path, path.rstrip("/")] if listing else [path]
        chosen: Rule | None = None
        for candidate in candidates:
            chosen = next((rule for rule, _ in rules if rule.exact and rule.path == candidate), None)
            if chosen is not None:
                break
        if chosen is None:
            for candidate in reversed(candidates):
                matching = [rule for rule, _ in rules if not rule.exact and rule.matches(candidate)]
                if matching:
                    chosen = max(matching, key=lambda rule: rule.rank)
                    break
        if chosen is None:
            return {}
        given: dict[str, set[str]] = {}
        for rule, name in rules:
            if rule.path == chosen.path:
                for capability in rule.capabilities:
                    given.setdefault(capability, set()).add(name)
        return {} if "deny" in given else given

    def check(self, names: Sequence[str], path: str, operation: str, *, sudo: bool = False) -> engines.Renewed:
        """Whether a token with these policies may do this."""
        if "root" in names:
            return engines.Renewed(True, ("root",))
        given = self.capabilities(names, path, listing=operation == "list")
        if operation not in given or (sudo and "sudo" not in given):
            return engines.Renewed(False)
        return engines.Renewed(True, tuple(sorted(given[operation])))


def parse(document: str) -> list[Rule]:
    """The rules of a policy document.

    Raises:
        replies.Refusal: not a policy, or one with something beyond paths and capabilities.
    """
    stanzas = _from_json(document) if document.lstrip().startswith("{") else _Reader(document).stanzas()
    rules = []
    for path, capabilities in stanzas:
        if "+*" in path:
            raise _broken(f"path {json.dumps(path)}: invalid use of wildcards ('+*' is forbidden)")
        for capability in capabilities:
            if capability not in CAPABILITIES:
                raise _broken(f"path {json.dumps(path)}: invalid capability {json.dumps(capability)}")
        rules.append(Rule(path.removeprefix("/"), frozenset(capabilities)))
    return rules


def _broken(text: str) -> replies.Refusal:
    return replies.bad_request(f"failed to parse policy: {text}")


def _from_json(document: str) -> Iterator[tuple[str, list[str]]]:
    try:
        paths = json.loads(document)["path"].items()
        stanzas = [(path, [str(name) for name in body["capabilities"]], set(body)) for path, body in paths]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise _broken("not a policy in JSON") from error
    for path, capabilities, names in stanzas:
        if names != {"capabilities"}:
            raise _broken(f"path {json.dumps(path)}: the dev Vault knows capabilities only")
        yield path, capabilities


class _Reader:
    def __init__(self, document: str) -> None:
        self._tokens: list[tuple[str, str, str]] = []
        position = 0
        while position < len(document):
            match = _TOKEN.match(document, position)
            line = document.count("\n", 0, position) + 1
            place = f"At {line}:{position - document.rfind(chr(10), 0, position)}"
            if match is None or match.lastgroup is None:
                raise _broken(f"{place}: illegal character")
            if match.lastgroup != "space":
                self._tokens.append((match.lastgroup, match.group(), place))
            position = match.end()
        self._next = 0
        self._end = f"At {document.count(chr(10)) + 1}:{len(document) - document.rfind(chr(10))}"

    def stanzas(self) -> Iterator[tuple[str, list[str]]]:
        while self._next < len(self._tokens):
            self._take("word", "path")
            path = str(json.loads(self._take("text")))
            if "{{" in path:
                raise _broken(f"path {json.dumps(path)}: the dev Vault has no identity templates")
            self._take("mark", "{")
            capabilities: list[str] = []
            while not self._is("}"):
                name = self._take("word")
                self._take("mark", "=")
                if name == "capabilities":
                    capabilities += self._list()
                elif name == "policy":
                    capabilities += _OLD_WORDS.get(str(json.loads(self._take("text"))), ["nothing"])
                else:
                    raise _broken(f"path {json.dumps(path)}: the dev Vault does not know {name}")
            self._take("mark", "}")
            yield path, capabilities

    def _list(self) -> list[str]:
        self._take("mark", "[")
        items: list[str] = []
        while not self._is("]"):
            items.append(json.loads(self._take("text")))
            if not self._is("]"):
                self._take("mark", ",")
        self._take("mark", "]")
        return items

    def _is(self, wanted: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next][1] == wanted

    def _take(self, kind: str, wanted: str | None = None) -> str:
        if self._next >= len(self._tokens):
            raise _broken(f"{self._end}: expected {wanted or kind}, found the end")
        found, text, place = self._tokens[self._next]
        if found != kind or (wanted is not None and text != wanted):
            raise _broken(f"{place}: expected {wanted or kind}, found {text}")
        self._next += 1
        return text
