"""SecretProviderClass manifests as people write them, for the commands that work without a cluster. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from provider import errors
from provider.spec import parameters

KIND: Final = "SecretProviderClass"


@dataclass(frozen=True, slots=True)
class ProviderClass:
    """One manifest: its name, namespace ("" where it has none), dialect and parameters."""

    name: str
    namespace: str
    dialect: parameters.Dialect
    parameters: Mapping[str, str]


def read(text: str, where: str, name: str = "") -> ProviderClass:
    """The SecretProviderClass in a file of one or more YAML documents.

    Args:
        text: the file's text.
        where: its name, for errors.
        name: which one, where the file holds several.

    Raises:
        errors.SpecError: no YAML, no such object, or one that the API server would refuse; tells all problems.
    """
    documents = load(text, where)
    found = [item for item in documents if item.get("kind") == KIND and name in ("", _name(item))]
    if not found:
        kinds = ", ".join(sorted({str(item.get("kind")) for item in documents})) or "nothing"
        wanted = f"{KIND} named {name}" if name else KIND
        raise errors.SpecError([f"{where} has no {wanted} (it has: {kinds})"])
    if len(found) > 1:
        names = ", ".join(_name(item) for item in found)
        raise errors.SpecError([f"{where} has several of kind {KIND}: choose one of {names} by --name"])
    return _one(found[0], where)


def load(text: str, where: str) -> list[dict[str, Any]]:
    """The Kubernetes objects of a file of one or more YAML documents.

    Raises:
        errors.SpecError: no YAML.
    """
    try:
        return [item for item in yaml.safe_load_all(text) if isinstance(item, dict)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or "unreadable"
        raise errors.SpecError([f"{where} is no YAML{place}: {why}"]) from error


def _name(item: Mapping[str, Any]) -> str:
    metadata = item.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _one(item: Mapping[str, Any], where: str) -> ProviderClass:
    problems = []
    spec = item.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    given = spec.get("provider")
    dialect = next((known for known in parameters.DIALECTS if known.name == given), None)
    if dialect is None:
        problems.append(f"{where}: spec.provider is {given!r}: write vault or openbao")
    found = spec.get("parameters")
    found = found if isinstance(found, dict) else {}
    problems.extend(
        f"{where}: parameter {key} is no string: put its value in quotes (objects: after `objects: |`)"
        for key, value in found.items()
        if not isinstance(value, str)
    )
    if problems or dialect is None:
        raise errors.SpecError(problems)
    namespace = item["metadata"].get("namespace", "") if isinstance(item.get("metadata"), dict) else ""
    return ProviderClass(_name(item), str(namespace), dialect, found)
