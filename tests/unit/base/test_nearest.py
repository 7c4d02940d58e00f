"""The nearest known name."""

import pytest

from provider.base import nearest
from provider.spec import objects, parameters


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("secretpath", "secretPath"),
        ("secret_path", "secretPath"),
        ("secret-key", "secretKey"),
        ("sercetKey", "secretKey"),
        ("ojectName", "objectName"),
        ("objectname", "objectName"),
        ("permission", "filePermission"),
        ("filePermissions", "filePermission"),
        ("args", "secretArgs"),
        ("path", "secretPath"),
        ("x", None),
        ("templat", "template"),
        ("y" * 5000, None),
    ],
)
def test_a_misspelt_field_finds_its_name(name: str, found: str | None) -> None:
    """Case and dashes do not count; what fits two names, or none, is left alone."""
    assert nearest.nearest(name, objects.FIELDS) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("rolename", "roleName"),
        ("role", "roleName"),
        ("vaultRoleName", "roleName"),
        ("vaultAddr", "vaultAddress"),
        ("vaultCACertpath", "vaultCACertPath"),
        ("vaultSkipTlsVerify", "vaultSkipTLSVerify"),
        ("namespace", "vaultNamespace"),
        ("object", "objects"),
    ],
)
def test_a_misspelt_parameter_finds_its_name(name: str, found: str) -> None:
    """The spellings people try."""
    known = [one for row in parameters.TABLE for one in row.names(parameters.VAULT)]
    assert nearest.nearest(name, known) == found
