"""Every row of the tables counts: a wrong value is found by its name, and a right one changes the result."""

import dataclasses
import json
import re
from typing import Any, Final

import pytest

from provider import findings, model
from provider.shapes import contract, registry
from provider.spec import attributes, check, objects, parameters
from provider.vault.auth import registry as auth
from tests.doubles import logins

ENTRY: Final = {"objectName": "a", "secretPath": "p"}
CLASS: Final = {
    "roleName": "web",
    "objects": json.dumps([{"objectName": "a", "template": "x"}]),
    "vaultTLSClientCertPath": "/cert.pem",
    "vaultTLSClientKeyPath": "/key.pem",
}
METHODS: Final = auth.AuthMethods((*auth.METHODS, logins.Passphrase()))
BOTH: Final = [(row, dialect) for row in parameters.TABLE for dialect in parameters.DIALECTS]

WRONG: Final = {
    "text": "a\x07b",
    "path": "/a\x07b",
    "addresses": "vault",
    "boolean": "maybe",
    "duration": "soon",
    "choice": "nonsense",
    "pem": "/etc/ca.pem",
    "yaml": "]",
}
"""A wrong value of a parameter, by its kind."""

OTHER: Final = {
    "text": "other",
    "path": "/other.pem",
    "addresses": "http://other",
    "boolean": "true",
    "duration": "7m",
    "pem": "-----BEGIN CERTIFICATE-----",
    "auth_method": "passphrase",
    "lease_scope": "serviceAccount",
    "objects": "[{objectName: other, template: x}]",
    "templates": "other: x",
}
"""A right value that is not the default, by its kind; by the row's field where one value does not do for the kind."""

WRONG_IN_ENTRY: Final[dict[str, Any]] = {
    "text": ["a"],
    "choice": "nonsense",
    "list": "a",
    "map": ["a"],
    "mode": "rw",
    "duration": "soon",
}
"""A wrong value of a field, by its kind."""

OTHER_IN_ENTRY: Final[dict[str, Any]] = {
    "text": "other",
    "list": ["<<", ">>"],
    "map": {"a": "b"},
    "mode": "0600",
    "duration": "7m",
}
"""A right value that is not the default, by the field's kind; of a choice, it is the last one."""


def _name(value: parameters.Parameter | parameters.Dialect | contract.Field) -> str:
    return value.field if isinstance(value, parameters.Parameter) else value.name


def examine(
    values: dict[str, str], dialect: parameters.Dialect = parameters.VAULT
) -> tuple[model.MountSpec | None, tuple[findings.Finding, ...]]:
    """What the class says, without warnings, and all findings."""
    sent = attributes.parse(json.dumps(values), "{}", "420")
    spec, found = check.examine(
        sent,
        target_path="/target",
        defaults=parameters.Defaults(),
        dialect=dialect,
        auth_methods=METHODS,
    )
    return spec and dataclasses.replace(spec, warnings=()), found


def errors_of(values: dict[str, str], dialect: parameters.Dialect = parameters.VAULT) -> list[findings.Subject]:
    spec, found = examine(values, dialect)
    assert spec is None
    return [each.subject for each in found if each.severity is findings.Severity.ERROR]


def entry(field: contract.Field) -> dict[str, Any]:
    """An object in which the field has an effect."""
    shape = next((shape for shape in registry.SHAPES if field in shape.FIELDS), None)
    return {**ENTRY, shape.MARK: "x"} if shape is not None else ENTRY


def with_entry(fields: dict[str, Any]) -> dict[str, str]:
    return {**CLASS, "objects": json.dumps([fields])}


@pytest.mark.parametrize(("row", "dialect"), BOTH, ids=_name)
def test_a_wrong_parameter_is_found_by_its_name(row: parameters.Parameter, dialect: parameters.Dialect) -> None:
    """Of every row, in both spellings."""
    name = row.name(dialect)
    assert name in [subject.parameter for subject in errors_of({**CLASS, name: WRONG[row.kind]}, dialect)]


@pytest.mark.parametrize(("row", "dialect"), BOTH, ids=_name)
def test_every_parameter_changes_the_result(row: parameters.Parameter, dialect: parameters.Dialect) -> None:
    """No row is for show."""
    spec, _ = examine(CLASS, dialect)
    name, other = row.name(dialect), OTHER.get(row.field) or OTHER[row.kind]
    changed, found = examine({**CLASS, name: other}, dialect)
    assert changed is not None, found
    assert spec is not None
    assert changed != spec


@pytest.mark.parametrize("field", objects.FIELDS.values(), ids=_name)
def test_a_wrong_field_is_found_by_its_name(field: contract.Field) -> None:
    """Of every row."""
    found = errors_of(with_entry({**entry(field), field.name: WRONG_IN_ENTRY[field.kind]}))
    assert ("objects", field.name) in [(subject.parameter, subject.field) for subject in found]


@pytest.mark.parametrize("field", objects.FIELDS.values(), ids=_name)
def test_every_field_changes_the_result(field: contract.Field) -> None:
    """No row is for show."""
    spec, _ = examine(with_entry(entry(field)))
    other = field.choices[-1] if field.choices else OTHER_IN_ENTRY[field.kind]
    changed, found = examine(with_entry({**entry(field), field.name: other}))
    assert changed is not None, found
    assert spec is not None
    assert changed != spec


@pytest.mark.parametrize("field", objects.FIELDS.values(), ids=_name)
def test_every_field_is_documented(field: contract.Field) -> None:
    """One sentence, a kind and a default: the reference page is made of them."""
    assert re.fullmatch(r"[A-Z].*\.", field.doc)
    assert field.kind in WRONG_IN_ENTRY
    assert field.default
    assert bool(field.choices) == (field.kind == "choice")
