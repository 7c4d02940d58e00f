"""Versions: stable while nothing changes, different where anything does, telling nothing."""

import dataclasses

import pytest

from provider import model
from provider.base import secret
from provider.service.volumes import versions
from provider.shapes import key
from tests.doubles import objects

KEY = secret.Secret(b"k" * 32)
READ = model.Read("", "secret/data/db")
ISSUED = model.Read("ns", "pki/issue/web", "PUT", (("a", "b"), ("c", "d")), '{"ttl":"1h"}')
TEMPLATE = model.Template("{{ .x }}", "ns", "<<", ">>", "zero", (("a", "b"),))
OBJECT = objects.of_key("db", READ, "password")


def test_equal_things_have_equal_versions() -> None:
    """Over restarts and nodes, as long as the key is the same."""
    again = objects.of_key("db", model.Read("", "secret/data/db"), "password")
    assert versions.of_object(KEY, OBJECT, b"x") == versions.of_object(KEY, again, b"x")


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        (OBJECT, "vKkzQ4mdl51iu7bMvNtoUIt6rBa0K5-awU3X9qU3VkA="),
        (
            objects.of_key("db", ISSUED, "certificate", mode=0o600, encoding="base64"),
            "31q_E0cotouhnoFzcWKaxEI5Ig4kNkxSZqlIZZbkkzY=",
        ),
        (objects.whole("all.json", READ), "jx7o0Obs_myhGAB73vbr08yuJn8QzIx1i95nv5gRi0U="),
        (
            objects.whole("all.json", READ, mode=0o400, encoding="hex"),
            "60QTsa90bFVRa4PCnI9b-E0Fz0IKluUQ8Vm6Vw0Vdsg=",
        ),
        (objects.templated("env", model.Template("{{ x }}", "ns")), "yRH8mp2MvS8QllwVko8J0_Dk7c7Ha9weqEBELFvHviM="),
        (
            objects.templated("env", TEMPLATE, model.Read("ns", "secret/data/db"), mode=0o600),
            "H-YfBIJzAeyANZvtlenP1rpUlCcTrtX2mF9LQUE67sM=",
        ),
    ],
)
def test_versions_are_those_of_earlier_releases(wanted: model.Object, version: str) -> None:
    """Another value would rotate every volume on an upgrade, and restart every workload that watches."""
    assert versions.of_object(KEY, wanted, b"x") == version


@pytest.mark.parametrize(
    "changed",
    [
        dataclasses.replace(OBJECT, name="other"),
        dataclasses.replace(OBJECT, shape=key.Key("user")),
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
