"""Reads what the driver sends with a call: the SPC's parameters, the pod, its tokens, secrets, the default mode."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from provider import errors, findings, model
from provider.base import messages, secret
from provider.golang import gojson
from provider.spec import modes

TOKENS: Final = "csi.storage.k8s.io/serviceAccount.tokens"
POD_UID: Final = "csi.storage.k8s.io/pod.uid"
_PROVIDER_CLASS: Final = "secretProviderClass"
_DRIVERS: Final = "only the driver writes them"

_POD: Final = {
    "namespace": "csi.storage.k8s.io/pod.namespace",
    "name": "csi.storage.k8s.io/pod.name",
    "uid": POD_UID,
    "service_account": "csi.storage.k8s.io/serviceAccount.name",
}


@dataclass(frozen=True, slots=True)
class Attributes:
    """The call's attributes, taken apart.

    `values` are all of them but the tokens; SPC parameters are among them. `secrets` is the data of the
    nodePublishSecretRef, without the tokens that may come with it.
    """

    values: Mapping[str, str] = field(repr=False)
    pod: model.Pod
    provider_class: str = ""
    tokens: Mapping[str, secret.Secret] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, secret.Secret] = field(default_factory=dict, repr=False)
    default_mode: int = modes.DEFAULT


def parse(attributes: str, secrets: str, permission: str) -> Attributes:
    """Read what the driver sends as JSON.

    Args:
        attributes: a map of strings: the SPC's parameters under the volume's attributes.
        secrets: a map of strings: the nodePublishSecretRef, and from Kubernetes 1.35 on the tokens. May be empty.
        permission: the default mode as a JSON number, usually 420.

    Raises:
        errors.SpecError: one of them is not that. Shows neither a token nor a secret.
    """
    report = findings.Report()
    values = _strings(attributes, "attributes", report)
    handed = _strings(secrets or "{}", "secrets", report)
    tokens_text = handed.pop(TOKENS, "")
    tokens = _tokens(values.pop(TOKENS, "") or tokens_text, report)
    mode = _mode(permission, report)
    if report.errors:
        raise errors.SpecError(report.errors)
    pod = model.Pod(**{field_name: values.get(key, "") for field_name, key in _POD.items()})
    hidden = {name: secret.Secret(value) for name, value in handed.items()}
    return Attributes(values, pod, values.get(_PROVIDER_CLASS, ""), tokens, hidden, mode)


def _strings(text: str, what: str, report: findings.Report) -> dict[str, str]:
    try:
        parsed = gojson.loads(text)
    except ValueError as error:
        report.error(findings.Subject(), f"the {what} of the mount request are no JSON ({error})", _DRIVERS)
        return {}
    if parsed is None:
        return {}
    if not isinstance(parsed, dict):
        report.error(findings.Subject(), f"the {what} of the mount request are no JSON map", _DRIVERS)
        return {}
    found = {}
    for name, value in parsed.items():
        if value is None:
            found[name] = ""
        elif isinstance(value, str) and not isinstance(value, gojson.Number):
            found[name] = value
        else:
            report.error(findings.Subject(name), f"{messages.shown(name)} must be a string", "put its value in quotes")
    return found


def _tokens(text: str, report: findings.Report) -> dict[str, secret.Secret]:
    if not text:
        return {}
    try:
        parsed = gojson.loads(text)
    except ValueError:
        parsed = ""
    if parsed is None:
        return {}
    if isinstance(parsed, dict) and all(isinstance(entry, dict | None) for entry in parsed.values()):
        given = {audience: (entry or {}).get("token") or "" for audience, entry in parsed.items()}
        if all(isinstance(token, str) and not isinstance(token, gojson.Number) for token in given.values()):
            return {audience: secret.Secret(token) for audience, token in given.items() if token}
    report.error(
        findings.Subject(TOKENS),
        f"{TOKENS} is not what the kubelet sends, a JSON map from audience to token",
        "do not set it yourself, see tokenRequests of the CSIDriver object",
    )
    return {}


def _mode(text: str, report: findings.Report) -> int:
    try:
        value = gojson.loads(text or "0")
        number = int(value) if isinstance(value, gojson.Number) else 0 if value is None else -1
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 32:
        report.error(
            findings.Subject(),
            "the permission of the mount request is no file mode",
            "the driver sends a number such as 420",
        )
    return number & 0o777 or modes.DEFAULT


def compose(parameters: Mapping[str, str], pod: model.Pod, provider_class: str) -> dict[str, str]:
    """Make the attributes that a driver sends for `pod` and these SPC parameters, without tokens: reverses `parse`.

    With no `provider_class` its attribute is left out, as drivers up to 1.5.6 do when they rotate.
    """
    sent = {**parameters, **{key: getattr(pod, field_name) for field_name, key in _POD.items()}}
    return {**sent, _PROVIDER_CLASS: provider_class} if provider_class else sent
