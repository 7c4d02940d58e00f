"""Fingerprints of credentials: what they change with, and what they do not show."""

import re

import pytest

from provider.base import secret
from provider.vault.auth import fingerprint

KEY = secret.Secret(b"k" * 32)


def of(key: secret.Secret = KEY, /, **credentials: str) -> str:
    return fingerprint.of(key, {name: secret.Secret(value) for name, value in credentials.items()})


def test_the_same_credentials_have_the_same_fingerprint() -> None:
    """In whatever order they are read."""
    assert of(role_id="r", secret_id="s") == of(secret_id="s", role_id="r")


@pytest.mark.parametrize(
    "other",
    [
        {"role_id": "r", "secret_id": "t"},
        {"role_id": "t", "secret_id": "s"},
        {"role_id": "s", "secret_id": "r"},
        {"role_id": "rs", "secret_id": ""},
        {"role_id": "r"},
        {"role_id": "r", "secret_ids": "s"},
        {},
    ],
)
def test_other_credentials_have_another_fingerprint(other: dict[str, str]) -> None:
    """Another value, another name, fewer of them, or the same characters cut differently."""
    assert of(KEY, **other) != of(KEY, role_id="r", secret_id="s")


def test_a_fingerprint_says_nothing_without_its_key() -> None:
    """Whoever reads it can guess the password and still not tell whether the guess is right."""
    found = of(password="hunter2")
    assert found != of(secret.Secret(b"another" * 4), password="hunter2")
    assert re.fullmatch("[0-9a-f]{64}", found)
