"""What the driver sends beside parameters: pod, tokens, mode."""

import json

import pytest

from provider import errors, model
from provider.base import secret
from provider.spec import attributes

TOKENS = json.dumps(
    {
        "vault": {"token": "t.o.ken", "expirationTimestamp": "2026-11-23T00:00:00Z"},
        "other": {"token": "t.wo"},
        "empty": {"token": ""},
        "null": None,
        "nothing": {},
    }
)
SENT = {
    "csi.storage.k8s.io/pod.name": "web-0",
    "csi.storage.k8s.io/pod.namespace": "shop",
    "csi.storage.k8s.io/pod.uid": "8c4c",
    "csi.storage.k8s.io/serviceAccount.name": "web",
    "csi.storage.k8s.io/ephemeral": "true",
    "secretProviderClass": "web-secrets",
    "roleName": "web",
}


def parse(values: object, secrets: str = "", permission: str = "420") -> attributes.Attributes:
    return attributes.parse(json.dumps(values), secrets, permission)


def test_the_pod_and_the_class_are_taken_from_their_attributes() -> None:
    """Parameters stay beside them."""
    parsed = parse(SENT)
    assert parsed.pod == model.Pod("shop", "web-0", "8c4c", "web")
    assert parsed.provider_class == "web-secrets"
    assert parsed.values["roleName"] == "web"


def test_an_older_driver_sends_no_class() -> None:
    """Its reconciler leaves the name of the SPC out."""
    assert parse({}).provider_class == ""


@pytest.mark.parametrize(
    ("values", "secrets"),
    [
        ({attributes.TOKENS: TOKENS}, "{}"),
        ({attributes.TOKENS: TOKENS}, ""),
        ({attributes.TOKENS: TOKENS}, "null"),
        ({}, json.dumps({attributes.TOKENS: TOKENS, "username": "x"})),
        ({attributes.TOKENS: ""}, json.dumps({attributes.TOKENS: TOKENS})),
        ({attributes.TOKENS: TOKENS}, json.dumps({attributes.TOKENS: '{"vault": {"token": "second"}}'})),
    ],
)
def test_tokens_come_with_the_attributes_or_from_the_secrets(values: dict[str, str], secrets: str) -> None:
    """From Kubernetes 1.35 on they may be in the secrets; empty ones are none."""
    parsed = parse(values, secrets)
    assert parsed.tokens == {"vault": secret.Secret("t.o.ken"), "other": secret.Secret("t.wo")}


@pytest.mark.parametrize("text", ["", "{}", "null"])
def test_no_tokens_are_no_error(text: str) -> None:
    """The provider then asks the API server for one."""
    assert parse({attributes.TOKENS: text}).tokens == {}


def test_tokens_are_nowhere_in_what_is_printed() -> None:
    """Neither as secrets nor as the attribute they came in."""
    parsed = parse({**SENT, attributes.TOKENS: TOKENS})
    assert attributes.TOKENS not in parsed.values
    assert "t.o.ken" not in repr(parsed)


def test_the_secrets_are_kept_without_the_tokens() -> None:
    """Whatever the nodePublishSecretRef holds, also where the tokens come with the attributes."""
    handed = json.dumps({"role_id": "r", "empty": "", "null": None, attributes.TOKENS: TOKENS})
    for sent in (SENT, {**SENT, attributes.TOKENS: TOKENS}):
        parsed = parse(sent, handed)
        assert parsed.secrets == {
            "role_id": secret.Secret("r"),
            "empty": secret.Secret(""),
            "null": secret.Secret(""),
        }
        assert parsed.tokens["vault"] == secret.Secret("t.o.ken")


def test_secrets_are_nowhere_in_what_is_printed() -> None:
    """Names may be, values not, and not in an error either."""
    assert "hunter2" not in repr(parse(SENT, json.dumps({"password": "hunter2"})))
    for malformed in ('{"password": "hunter2"', '["hunter2"]', '"hunter2"'):
        with pytest.raises(errors.SpecError, match="secrets of the mount request are no JSON") as caught:
            parse(SENT, malformed)
        assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"
    with pytest.raises(errors.SpecError, match="password must be a string") as caught:
        parse(SENT, '{"password": {"x": "hunter2"}}')
    assert "hunter2" not in f"{caught.value!r}{caught.value.__context__!r}"


@pytest.mark.parametrize(
    "text",
    [
        "t.o.ken",
        "[]",
        '"t.o.ken"',
        '{"vault": "t.o.ken"}',
        '{"vault": {"token": 5}}',
        '{"vault": {"token": ["t.o.ken"]}}',
    ],
)
def test_malformed_tokens_are_refused_unseen(text: str) -> None:
    """The error names the attribute and shows nothing of it."""
    with pytest.raises(errors.SpecError) as caught:
        parse({attributes.TOKENS: text})
    assert "csi.storage.k8s.io/serviceAccount.tokens is not what the kubelet sends" in str(caught.value)
    assert "t.o.ken" not in f"{caught.value!r}{caught.value.__context__!r}"


@pytest.mark.parametrize(
    ("permission", "mode"),
    [("420", 0o644), ("384", 0o600), ("0", 0o644), ("null", 0o644), ("", 0o644), ("33188", 0o644), ("256", 0o400)],
)
def test_the_default_mode_is_the_drivers(permission: str, mode: int) -> None:
    """A JSON number whose lowest nine bits count; 0 is what the driver itself would use."""
    assert parse({}, permission=permission).default_mode == mode


@pytest.mark.parametrize("permission", ["rw", '"420"', "-1", "420.5", "4294967296", "{}", "true"])
def test_a_permission_that_is_no_mode_is_refused(permission: str) -> None:
    """Only a number is one."""
    with pytest.raises(errors.SpecError, match="permission of the mount request is no file mode"):
        parse({}, permission=permission)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "attributes of the mount request are no JSON"),
        ("{", "attributes of the mount request are no JSON"),
        ("[]", "attributes of the mount request are no JSON map"),
        ('"x"', "attributes of the mount request are no JSON map"),
        ('{"roleName": 5}', "roleName must be a string; put its value in quotes"),
        ('{"vaultSkipTLSVerify": true, "objects": []}', "2 problems: vaultSkipTLSVerify must be a string"),
    ],
)
def test_attributes_are_a_map_of_strings(text: str, message: str) -> None:
    """Anything else is told, all of it at once."""
    with pytest.raises(errors.SpecError) as caught:
        attributes.parse(text, "", "420")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["null", "{}", '{"roleName": null}'])
def test_nothing_is_an_empty_map(text: str) -> None:
    """As Go decodes null into a map, and into a string."""
    assert not any(attributes.parse(text, "", "420").values.values())
