"""Names of parameters: the table, both spellings, and what is said about unknown ones."""

import re

import pytest

from provider import findings
from provider.spec import parameters

VAULT_NAMES = {
    "roleName",
    "vaultAddress",
    "vaultNamespace",
    "vaultCACertPath",
    "vaultCADirectory",
    "vaultCACert",
    "vaultTLSServerName",
    "vaultTLSClientCertPath",
    "vaultTLSClientKeyPath",
    "vaultSkipTLSVerify",
    "vaultAuthMethod",
    "vaultKubernetesMountPath",
    "vaultAuthMountPath",
    "audience",
    "objects",
}
OURS = {"templates", "refreshInterval", "refreshToken", "leaseScope", "revokeOnPodDelete"}


def warnings_of(values: dict[str, str], dialect: parameters.Dialect) -> list[str]:
    report = findings.Report()
    parameters.check_names(values, dialect, report)
    return [each.text for each in report.found]


def test_the_vault_spelling_is_the_go_providers_plus_the_inline_certificate_and_our_own() -> None:
    """Exactly these names, so that a manifest moves over unchanged."""
    assert {name for row in parameters.TABLE for name in row.names(parameters.VAULT)} == VAULT_NAMES | OURS


def test_the_openbao_spelling_takes_three_prefixes() -> None:
    """Every prefixed name in three spellings, and the role prefixed too; the rest has no prefix."""
    names = {name for row in parameters.TABLE for name in row.names(parameters.OPENBAO)}
    suffixes = {name.removeprefix("vault") for name in VAULT_NAMES if name.startswith("vault")} | {"RoleName"}
    prefixed = {prefix + suffix for prefix in ("bao", "openbao", "vault") for suffix in suffixes}
    assert names == prefixed | {"roleName", "audience", "objects"} | OURS


@pytest.mark.parametrize("row", parameters.TABLE, ids=lambda row: row.field)
def test_every_row_is_documented(row: parameters.Parameter) -> None:
    """One sentence, a kind, a default and a version: the reference page is made of them."""
    assert re.fullmatch(r"[A-Z].*\.", row.doc)
    assert row.kind in parameters.Kind
    assert row.default
    assert re.fullmatch(r"\d+\.\d+\.\d+", row.since)


@pytest.mark.parametrize(
    ("values", "field", "name", "text"),
    [
        ({"baoAddress": "1", "openbaoAddress": "2", "vaultAddress": "3"}, "address", "baoAddress", "1"),
        ({"openbaoAddress": "2", "vaultAddress": "3"}, "address", "openbaoAddress", "2"),
        ({"vaultAddress": "3"}, "address", "vaultAddress", "3"),
        ({"baoAddress": "", "vaultAddress": "3"}, "address", "baoAddress", ""),
        ({"baoRoleName": "1", "roleName": "2"}, "role", "baoRoleName", "1"),
        ({"vaultRoleName": "1", "roleName": "2"}, "role", "vaultRoleName", "1"),
        ({"baoRoleName": "", "roleName": "2"}, "role", "baoRoleName", ""),
        ({"roleName": "2"}, "role", "roleName", "2"),
        ({"vaultNamespace": " team \n"}, "namespace", "vaultNamespace", "team"),
        ({"objects": "  - a: 1\n    b: 2\n"}, "objects", "objects", "  - a: 1\n    b: 2\n"),
    ],
)
def test_the_first_name_that_is_there_counts(values: dict[str, str], field: str, name: str, text: str) -> None:
    """In the order bao, openbao, vault, plain; an empty one hides the rest, as it always did."""
    assert parameters.find(values, parameters.OPENBAO)[field] == parameters.Found(name, text, given=True)


def test_a_parameter_that_is_not_there_is_called_by_the_name_to_write() -> None:
    """Messages about a missing parameter say what to add."""
    assert parameters.find({}, parameters.OPENBAO)["address"] == parameters.Found("baoAddress")
    assert parameters.find({}, parameters.VAULT)["role"] == parameters.Found("roleName")


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("vaultAdress", "unknown parameter vaultAdress is ignored; did you mean vaultAddress?"),
        ("rolename", "unknown parameter rolename is ignored; did you mean roleName?"),
        ("colour", "unknown parameter colour is ignored"),
        (
            "baoAddress",
            "unknown parameter baoAddress is ignored: it is for the openbao provider; write vaultAddress here",
        ),
        (
            "baoRoleName",
            "unknown parameter baoRoleName is ignored: it is for the openbao provider; write roleName here",
        ),
        ("a\nb" + "x" * 500, "unknown parameter a\\nb"),
    ],
)
def test_an_unknown_parameter_is_a_warning_with_the_nearest_name(name: str, warning: str) -> None:
    """It is ignored, but no longer in silence."""
    (message,) = warnings_of({name: "x"}, parameters.VAULT)
    assert message.startswith(warning)
    assert len(message) < 250


@pytest.mark.parametrize(
    "name",
    [
        "secretProviderClass",
        "providerName",
        "csi.storage.k8s.io/pod.name",
        "csi.storage.k8s.io/serviceAccount.tokens",
        "csi.storage.k8s.io/ephemeral",
        "storage.kubernetes.io/csiProvisionerIdentity",
        *sorted(VAULT_NAMES),
    ],
)
def test_known_names_are_no_warning(name: str) -> None:
    """Neither parameters nor what the kubelet and the driver add."""
    assert warnings_of({name: "x"}, parameters.VAULT) == []


@pytest.mark.parametrize(
    ("values", "warnings"),
    [
        (
            {"baoAddress": "a", "vaultAddress": "b"},
            ["parameter vaultAddress is ignored, because baoAddress is there too"],
        ),
        ({"baoAddress": "a", "vaultAddress": "a"}, []),
        ({"baoRoleName": "", "roleName": "b"}, ["parameter roleName is ignored, because baoRoleName is there too"]),
    ],
)
def test_a_hidden_parameter_is_a_warning(values: dict[str, str], warnings: list[str]) -> None:
    """Only where it says something else."""
    assert warnings_of(values, parameters.OPENBAO) == warnings
