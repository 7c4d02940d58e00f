"""How often answers are wanted anew: durations, the policy of writes, and what concerns the whole volume."""

import json

import pytest

from provider import errors, model
from provider.spec import attributes, check, parameters, refresh_policy
from provider.vault.auth import registry
from tests.doubles import specs


def one(fields: str, usual: float = 30.0) -> model.Object:
    parsed = specs.parse(f"- {{objectName: a, secretPath: p, {fields}}}", specs.shared(interval=usual))
    assert not parsed.problems
    return parsed.objects[0]


def build(**values: str) -> model.MountSpec:
    sent = {"roleName": "r", "objects": "- {objectName: a, secretPath: p}", **values}
    return check.build(
        attributes.parse(json.dumps(sent), "{}", "420"),
        target_path="/target",
        defaults=parameters.Defaults(refresh_interval=60.0, revoke_on_pod_delete=True),
        dialect=parameters.VAULT,
        auth_methods=registry.AuthMethods(),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30.0), ("5m", 300.0), ("1h30m", 5400.0), ("0", 0.0), ("0s", 0.0), ("500ms", 0.5)]
)
def test_an_interval_is_a_go_duration(text: str, seconds: float) -> None:
    """Zero reads at every republish."""
    assert one(f"refreshInterval: {text}").refresh.interval == seconds
    assert refresh_policy.interval(text) == seconds


def test_the_object_wins_over_the_class_and_the_class_over_the_provider() -> None:
    """Each where it speaks."""
    assert build().objects[0].refresh == model.Refresh(60.0)
    assert build(refreshInterval="5m").objects[0].refresh.interval == 300.0
    objects_text = "- {objectName: a, secretPath: p, refreshInterval: 1s}"
    assert build(refreshInterval="5m", objects=objects_text).objects[0].refresh.interval == 1.0


@pytest.mark.parametrize("policy", refresh_policy.WRITES)
def test_a_write_has_a_policy(policy: str) -> None:
    """As it is written; always without a word."""
    assert one(f"method: PUT, refresh: {policy}").refresh.writes == policy
    assert one("method: PUT").refresh.writes == "always"


def test_what_concerns_the_whole_volume_is_the_classs() -> None:
    """Over the provider's defaults."""
    assert build().lifecycle == model.Lifecycle(revoke=True)
    given = build(refreshToken="t1", leaseScope="serviceAccount", revokeOnPodDelete="false")
    assert given.lifecycle == model.Lifecycle("t1", model.LeaseScope.SERVICE_ACCOUNT, revoke=False)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            "refreshInterval: 30",
            'refreshInterval "30" is no duration; write for example 30s, 5m or 1h30m (objects line 1',
        ),
        ("refreshInterval: -1s", 'refreshInterval "-1s" is negative; write 0 to read at every republish'),
        ("refresh: allways", 'refresh "allways" is unknown; write always, onExpiry or once; did you mean always?'),
    ],
)
def test_what_is_no_refresh_is_told_with_its_place(fields: str, message: str) -> None:
    """And with what to write."""
    [problem] = specs.parse(f"- {{objectName: a, secretPath: p, {fields}}}").problems
    assert problem.startswith(f"a: {message}")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"refreshInterval": "soon"}, 'refreshInterval: "soon" is no duration'),
        ({"leaseScope": "node"}, 'leaseScope: "node" is unknown; write pod or serviceAccount'),
        ({"revokeOnPodDelete": "yes"}, 'revokeOnPodDelete: "yes" is no boolean'),
    ],
)
def test_what_is_wrong_for_the_whole_volume_is_told(values: dict[str, str], message: str) -> None:
    """By the parameter's name."""
    with pytest.raises(errors.SpecError) as caught:
        build(**values)
    assert [problem for problem in caught.value.problems if problem.startswith(message)]


def test_a_policy_of_writes_on_a_read_is_doubtful() -> None:
    """It has no effect there."""
    parsed = specs.parse("- {objectName: a, secretPath: p, refresh: once}")
    assert parsed.warnings == [
        "a: refresh has no effect on a read; refreshInterval is for those (objects line 1, column 43)"
    ]
