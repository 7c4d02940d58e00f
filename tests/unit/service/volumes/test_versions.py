"""Versions: stable while nothing changes, different where anything does, telling nothing."""

import dataclasses

import pytest

from provider import model
from provider.base import secret
from provider.service.volumes import versions

KEY = secret.Secret(b"k" * 32)
OBJECT = model.Object("db", model.Read("", "secret/data/db"), key="password")


def test_equal_things_have_equal_versions() -> None:
    """Over restarts and nodes, as long as the key is the same."""
    again = model.Object("db", model.Read("", "secret/data/db"), key="password")
    assert versions.of_object(KEY, OBJECT, b"x") == versions.of_object(KEY, again, b"x")


@pytest.mark.parametrize(
    "changed",
    [
        dataclasses.replace(OBJECT, name="other"),
        dataclasses.replace(OBJECT, key="user"),
        dataclasses.replace(OBJECT, mode=0o600),
        dataclasses.replace(OBJECT, encoding="hex"),
        dataclasses.replace(OBJECT, read=model.Read("", "secret/data/other")),
        dataclasses.replace(OBJECT, read=model.Read("ns", "secret/data/db")),
        dataclasses.replace(OBJECT, read=model.Read("", "secret/data/db", args="{}")),
        dataclasses.replace(OBJECT, read=model.Read("", "secret/data/db", query=(("version", "1"),))),
    ],
)
def test_a_changed_object_has_another_version(changed: model.Object) -> None:
    """So two objects with the same content do not show it."""
    assert versions.of_object(KEY, changed, b"x") != versions.of_object(KEY, OBJECT, b"x")


def test_changed_content_or_key_changes_the_version() -> None:
    """Content, and the cluster's key."""
    first = versions.of_object(KEY, OBJECT, b"x")
    assert versions.of_object(KEY, OBJECT, b"y") != first
    assert versions.of_object(secret.Secret(b"other"), OBJECT, b"x") != first


def test_without_a_key_there_is_no_version() -> None:
    """The mount goes on all the same."""
    assert versions.of_object(None, OBJECT, b"x") == ""


def test_a_version_is_url_safe_base64_of_32_bytes() -> None:
    """Its form is that of the Go provider's."""
    version = versions.of_object(KEY, OBJECT, b"x")
    assert len(version) == 44
    assert set(version) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
