"""Which calls are the same as the last one: all but the pod's tokens counts."""

import dataclasses
import json
from typing import Any

import pytest

from provider.service import ports
from provider.service.mounting import fingerprint
from provider.spec import attributes, parameters

KEY = b"k" * 32
SENT = {"roleName": "api", "objects": "[]", attributes.POD_UID: "uid-1"}


def call(sent: Any = SENT, secrets: str = "null", **fields: Any) -> ports.Call:
    made = ports.Call(json.dumps(sent), secrets, "/target", "420", parameters.VAULT)
    return dataclasses.replace(made, **fields)


def test_the_tokens_of_the_pod_do_not_count() -> None:
    """They change by themselves, wherever the driver puts them; nor does the order of attributes."""
    first = fingerprint.of(call(), KEY)
    assert first is not None
    assert (first.pod_uid, first.target_path) == ("uid-1", "/target")
    tokens = {attributes.TOKENS: '{"vault": {"token": "t"}}'}
    assert fingerprint.of(call({**tokens, **SENT}), KEY) == first
    assert fingerprint.of(call(secrets=json.dumps(tokens)), KEY) == first
    assert fingerprint.of(call(dict(reversed(SENT.items()))), KEY) == first


@pytest.mark.parametrize(
    "other",
    [
        call({**SENT, "roleName": "other"}),
        call({**SENT, "refreshToken": "1"}),
        call(secrets='{"secret_id": "s"}'),
        call(permission="256"),
        call(dialect=parameters.OPENBAO),
    ],
)
def test_everything_else_does(other: ports.Call) -> None:
    """Parameters, the nodePublishSecretRef, the mode, the socket."""
    first, second = fingerprint.of(call(), KEY), fingerprint.of(other, KEY)
    assert first is not None
    assert second is not None
    assert first.digest != second.digest


def test_a_digest_means_nothing_under_another_key() -> None:
    """So that nobody can guess a password by it."""
    first, second = fingerprint.of(call(), KEY), fingerprint.of(call(), b"o" * 32)
    assert first is not None
    assert second is not None
    assert first.digest != second.digest


@pytest.mark.parametrize(
    "odd",
    [
        call(attributes="{"),
        call(attributes="[]"),
        call(attributes="[" * 100_000),
        call(secrets="[]"),
        call(secrets="{"),
        call({"roleName": "api"}),
        call({attributes.POD_UID: 5}),
        call({attributes.POD_UID: ""}),
    ],
)
def test_an_odd_call_has_none(odd: ports.Call) -> None:
    """What is wrong with it is for the parsing to say."""
    assert fingerprint.of(odd, KEY) is None
