"""What the Vault of a case holds, as a template asks for it.

A case states whole answers of Vault's API: `secrets` by path (with a query where the template writes one), `lists` by
path, `writes` by path and parameters, and `pki` as a certificate with its key and its issuers.
"""

from collections.abc import Mapping
from typing import Any

from provider import model
from provider.golang import values
from provider.shapes.templating import vault_functions

Answer = Mapping[str, Any]


class Vault:
    """A lookup over the data of one case; `missing` names what a template asked for and is not there."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.missing: list[str] = []
        self._answers: dict[tuple[str, frozenset[tuple[str, str]] | None], Answer] = {}
        self._lists = {path.strip("/"): names for path, names in data.get("lists", {}).items()}
        self._made: dict[object, values.Struct] = {}
        for path, answer in data.get("secrets", {}).items():
            self._answers[path.strip("/"), None] = answer
        for write in data.get("writes", []):
            self._answers[write["path"].strip("/"), _frozen(write.get("params", {}))] = write["response"]
        for path, issued in data.get("pki", {}).items():
            self._answers[path.strip("/"), _frozen(issued.get("params", {}))] = _issue(issued)

    def secret(self, path: str, parameters: dict[str, str] | None) -> values.Struct | None:
        """The same object however often it is asked for, as consul-template has it."""
        key = (path.strip("/"), None if parameters is None else _frozen(parameters))
        if key not in self._answers:
            self.missing.append(path)
            return None
        if key not in self._made:
            self._made[key] = vault_functions.secret_struct(_reply(self._answers[key]))
        return self._made[key]

    def names(self, path: str) -> list[str]:
        """What the case lists there."""
        names = self._lists.get(path.strip("/"))
        if names is None:
            self.missing.append(path)
        return list(names or [])


def _frozen(parameters: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(parameters.items())


def _reply(answer: Answer) -> model.Reply:
    envelope = {name: value for name, value in answer.items() if name != "data"}
    return model.Reply(answer.get("data"), envelope, tuple(answer.get("warnings") or ()))


def _issue(issued: Mapping[str, Any]) -> Answer:
    names = {"cert": "certificate", "key": "private_key", "ca": "issuing_ca", "ca_chain": "ca_chain"}
    return {"data": {theirs: issued[ours] for ours, theirs in names.items() if issued.get(ours)}}
