"""A mount request to a MountSpec: precedence, both spellings, and every problem at once."""

import dataclasses
import json
from typing import Any

import pytest

from provider import errors, model
from provider.base import secret
from provider.spec import attributes, check, parameters
from provider.vault.auth import registry
from tests.doubles import logins, objects

OBJECTS = "- objectName: a\n  secretPath: secret/data/a\n"
MINIMAL = {"roleName": "web", "objects": OBJECTS}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
TLS = model.Tls("/d/ca.pem", "/d/dir", PEM, "d.example", "/d/cert.pem", "/d/key.pem", skip_verify=True)


def build(
    values: dict[str, str],
    *,
    defaults: parameters.Defaults | None = None,
    dialect: parameters.Dialect = parameters.VAULT,
    auth_methods: registry.AuthMethods | None = None,
    **more: Any,
) -> model.MountSpec:
    request = {"attributes": json.dumps(values), "secrets": "{}", "target_path": "/target", "permission": "420", **more}
    target = request.pop("target_path")
    sent = attributes.parse(**request)
    return check.build(
        sent,
        target_path=target,
        defaults=defaults or parameters.Defaults(),
        dialect=dialect,
        auth_methods=auth_methods or registry.AuthMethods(),
    )


def problems(values: dict[str, str], **more: Any) -> tuple[str, ...]:
    with pytest.raises(errors.SpecError) as caught:
        build(values, **more)
    return caught.value.problems


def test_a_minimal_class_has_every_default() -> None:
    """A role and one object are enough."""
    assert build(MINIMAL) == model.MountSpec(
        target=model.Target(("https://127.0.0.1:8200",), model.Tls()),
        login=model.Login("web", "kubernetes", "", options=(("default_audience", "vault"),)),
        objects=(objects.whole("a", model.Read("", "secret/data/a")),),
        target_path="/target",
    )


def test_every_parameter_is_read() -> None:
    """A class that sets everything relies on no default."""
    spec = build(
        {
            **MINIMAL,
            "vaultAddress": "https://one:8200,https://two:8200",
            "vaultNamespace": "/team/a/",
            "vaultCACertPath": "/s/ca.pem",
            "vaultTLSServerName": "s.example",
            "vaultTLSClientCertPath": "/s/cert.pem",
            "vaultTLSClientKeyPath": "/s/key.pem",
            "vaultSkipTLSVerify": "false",
            "vaultAuthMountPath": "k8s/prod/",
            "audience": "https://vault",
            "secretProviderClass": "web-secrets",
            "csi.storage.k8s.io/pod.name": "web-0",
            attributes.TOKENS: '{"https://vault": {"token": "t"}}',
        },
        defaults=parameters.Defaults("https://default", "default", "default", TLS),
        permission="384",
    )
    assert spec.target == model.Target(
        ("https://one:8200", "https://two:8200"),
        model.Tls("/s/ca.pem", "", "", "s.example", "/s/cert.pem", "/s/key.pem", skip_verify=False),
    )
    options = (("audience", "https://vault"), ("default_audience", "vault"))
    assert spec.login == model.Login("web", "k8s/prod", "team/a", options=options)
    assert objects.read_of(spec.objects[0]).namespace == "team/a"
    assert spec.default_mode == 0o600
    assert spec.provider_class == "web-secrets"
    assert spec.pod.name == "web-0"
    assert spec.tokens == {"https://vault": secret.Secret("t")}
    assert spec.warnings == ()


def test_defaults_hold_where_the_class_is_silent() -> None:
    """Empty parameters are silent too."""
    silent = {"vaultAddress": "", "vaultNamespace": "", "vaultCACertPath": "", "vaultAuthMountPath": "", "audience": ""}
    spec = build({**MINIMAL, **silent}, defaults=parameters.Defaults("http://d:1,http://e:2", "/ns/", "jwt/", TLS))
    assert spec.target == model.Target(("http://d:1", "http://e:2"), TLS)
    assert (spec.login.mount, spec.login.namespace, objects.read_of(spec.objects[0]).namespace) == ("jwt", "ns", "ns")


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({}, {}),
        ({"vaultCACertPath": "/s"}, {"ca_cert_path": "/s", "ca_directory": "", "ca_pem": ""}),
        ({"vaultCADirectory": "/s"}, {"ca_cert_path": "", "ca_directory": "/s", "ca_pem": ""}),
        ({"vaultCACert": PEM + " "}, {"ca_cert_path": "", "ca_directory": "", "ca_pem": PEM.strip()}),
        ({"vaultTLSServerName": "s"}, {"server_name": "s"}),
        ({"vaultTLSClientCertPath": "/s"}, {"client_cert_path": "/s"}),
        ({"vaultTLSClientKeyPath": "/s"}, {"client_key_path": "/s"}),
        ({"vaultSkipTLSVerify": "false"}, {"skip_verify": False}),
        ({"vaultSkipTLSVerify": "F"}, {"skip_verify": False}),
        ({"vaultSkipTLSVerify": "1"}, {"skip_verify": True}),
    ],
)
def test_a_tls_parameter_replaces_the_default(values: dict[str, str], changed: dict[str, Any]) -> None:
    """Field by field; but any way to name a CA replaces all three, or a default would win over it."""
    spec = build({**MINIMAL, **values}, defaults=parameters.Defaults(tls=TLS))
    assert spec.target.tls == dataclasses.replace(TLS, **changed)


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_skip_verify_takes_gos_words_for_true(text: str) -> None:
    """And no others."""
    assert build({**MINIMAL, "vaultSkipTLSVerify": text}).target.tls.skip_verify


@pytest.mark.parametrize("name", ["vaultAuthMountPath", "vaultKubernetesMountPath"])
def test_both_names_of_the_auth_mount_work(name: str) -> None:
    """One of them at a time."""
    assert build({**MINIMAL, name: "k8s-prod"}).login.mount == "k8s-prod"


TWO_METHODS = registry.AuthMethods((*registry.METHODS, logins.Passphrase()))


@pytest.mark.parametrize(
    ("values", "mount"),
    [
        ({}, "passphrase"),
        ({"vaultAuthMountPath": "other"}, "other"),
    ],
)
def test_an_auth_method_is_chosen_by_name(values: dict[str, str], mount: str) -> None:
    """It says whether a role is wanted, and has a mount of its own: the provider's is that of the default method."""
    sent = {"objects": OBJECTS, "vaultAuthMethod": "passphrase", "audience": "x", **values}
    spec = build(sent, defaults=parameters.Defaults(auth_mount="k8s"), auth_methods=TWO_METHODS)
    assert (spec.login.role, spec.login.mount, spec.login.method, spec.login.options) == ("", mount, "passphrase", ())


@pytest.mark.parametrize("values", [{}, {"vaultAuthMethod": ""}, {"vaultAuthMethod": " kubernetes\n"}])
def test_kubernetes_is_the_default_auth_method(values: dict[str, str]) -> None:
    """However many there are."""
    spec = build({**MINIMAL, **values}, defaults=parameters.Defaults(auth_mount="k8s"), auth_methods=TWO_METHODS)
    assert spec.login == model.Login("web", "k8s", options=(("default_audience", "vault"),))


def test_a_login_changes_with_the_credentials_of_its_method() -> None:
    """Which are part of the spec, and in its printed form nowhere."""
    found = []
    for secrets in ({"passphrase": "hunter2"}, {"passphrase": "hunter2", "x": "y"}, {"passphrase": "hunter3"}):
        sent = {"objects": OBJECTS, "vaultAuthMethod": "passphrase"}
        spec = build(sent, auth_methods=TWO_METHODS, secrets=json.dumps(secrets))
        assert spec.secrets == {name: secret.Secret(value) for name, value in secrets.items()}
        assert "hunter" not in f"{spec!r} {spec.login}"
        found.append(spec.login)
    assert found[0] == found[1] != found[2]
    assert build(MINIMAL, secrets='{"x": "y"}').login == build(MINIMAL).login


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"vaultCACertPath": "/a", "vaultCADirectory": "/b"},
            "vaultCADirectory is ignored, because vaultCACertPath wins",
        ),
        ({"vaultCACertPath": "/a", "vaultCACert": PEM}, "vaultCACert is ignored, because vaultCACertPath wins"),
        ({"vaultAdress": "x"}, "unknown parameter vaultAdress is ignored; did you mean vaultAddress?"),
        ({"objects": OBJECTS + "  zzz: 1\n"}, "a: unknown field zzz is ignored"),
        ({"objects": OBJECTS + "---\n- x"}, "more than one YAML document"),
    ],
)
def test_what_is_doubtful_is_a_warning(values: dict[str, str], message: str) -> None:
    """The mount goes on."""
    (warning,) = build({**MINIMAL, **values}).warning_texts
    assert message in warning


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"roleName": ""}, "roleName is missing; write the role"),
        ({"roleName": " \n"}, "roleName is missing"),
        ({"roleName": "a\nb"}, "roleName has a control character or a line break"),
        ({"objects": ""}, "objects is empty"),
        ({"objects": "[]"}, "objects is empty"),
        ({"vaultAddress": "vault:8200"}, 'vaultAddress "vault:8200" starts with no http://'),
        ({"vaultSkipTLSVerify": "yes"}, 'vaultSkipTLSVerify: "yes" is no boolean; write true or false'),
        ({"vaultSkipTLSVerify": ""}, 'vaultSkipTLSVerify: "" is no boolean'),
        ({"vaultSkipTLSVerify": "tRue"}, "write true or false"),
        (
            {"vaultKubernetesMountPath": "a", "vaultAuthMountPath": "a"},
            "vaultKubernetesMountPath and vaultAuthMountPath are both set; keep vaultAuthMountPath",
        ),
        ({"vaultKubernetesMountPath": "", "vaultAuthMountPath": "a"}, "are both set"),
        ({"vaultAuthMountPath": "../sys"}, "vaultAuthMountPath: the auth mount climbs out"),
        ({"vaultAuthMethod": "kubernets"}, 'vaultAuthMethod: "kubernets" is unknown; write kubernetes'),
        ({"vaultAuthMethod": "no\nsuch", "roleName": ""}, '"no\\nsuch" is unknown; write kubernetes'),
        ({"vaultNamespace": "../x"}, "vaultNamespace: the namespace climbs out"),
        ({"vaultNamespace": "a\r\nX-Vault-Token: b"}, "vaultNamespace has a control character"),
        ({"vaultCACert": "/etc/ca.pem"}, "vaultCACert is no PEM text; give the certificate"),
        ({"vaultTLSClientCertPath": "/a"}, "vaultTLSClientCertPath is of no use alone; set vaultTLSClientKeyPath too"),
        ({"vaultTLSClientKeyPath": "/a"}, "vaultTLSClientKeyPath is of no use alone; set vaultTLSClientCertPath too"),
    ],
)
def test_a_wrong_parameter_is_named_with_the_fix(values: dict[str, str], message: str) -> None:
    """What the pod's owner reads."""
    found = problems({**MINIMAL, **values})
    assert len(found) == 1
    assert message in found[0]


def test_a_missing_parameter_is_told() -> None:
    """Neither role nor objects, nor even a target path."""
    found = problems({}, target_path="")
    assert [text.partition(";")[0] for text in found] == [
        "the mount request has no target path",
        "roleName is missing",
        "objects is missing",
    ]


def test_all_problems_are_told_at_once() -> None:
    """Of parameters and of objects."""
    found = problems(
        {
            "vaultAddress": "vault",
            "vaultSkipTLSVerify": "yes",
            "vaultAuthMountPath": "a",
            "vaultKubernetesMountPath": "b",
            "objects": "- {objectName: /a}\n- {secretPath: p}\n",
        }
    )
    assert len(found) == 7


def test_very_many_problems_end_in_a_count() -> None:
    """A message has to travel in a header and to be read by a person."""
    found = problems({**MINIMAL, "objects": "- {objectName: a}\n- {}\n" * 200})
    assert len(found) == 31
    assert found[-1] == "and 571 more problems"


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    """Neither the class's nor the provider's own."""
    written = "https://root:hunter2@vault:8200"
    (message,) = problems({**MINIMAL, "vaultAddress": written})
    assert message.startswith("vaultAddress holds a user name or password")
    with pytest.raises(errors.SettingsError, match="the provider's own address of Vault holds a user name") as caught:
        build(MINIMAL, defaults=parameters.Defaults(address=written))
    assert "hunter2" not in message + str(caught.value)


def test_a_wrong_default_address_does_not_matter_where_the_class_has_its_own() -> None:
    """Nobody uses it."""
    spec = build({**MINIMAL, "vaultAddress": "http://v"}, defaults=parameters.Defaults(address="nonsense"))
    assert spec.target.addresses == ("http://v",)


@pytest.mark.parametrize(
    ("values", "role", "address", "mount"),
    [
        ({}, "web", "https://127.0.0.1:8200", "kubernetes"),
        ({"baoRoleName": "b"}, "b", "https://127.0.0.1:8200", "kubernetes"),
        ({"vaultRoleName": "v", "openbaoRoleName": "o"}, "o", "https://127.0.0.1:8200", "kubernetes"),
        ({"vaultAddress": "http://v", "openbaoAddress": "http://o"}, "web", "http://o", "kubernetes"),
        ({"baoAddress": "", "vaultAddress": "http://v"}, "web", "https://127.0.0.1:8200", "kubernetes"),
        ({"openbaoKubernetesMountPath": "o"}, "web", "https://127.0.0.1:8200", "o"),
        ({"baoAuthMountPath": "b", "vaultAuthMountPath": "v"}, "web", "https://127.0.0.1:8200", "b"),
    ],
)
def test_openbao_prefixes_are_tried_in_order(values: dict[str, str], role: str, address: str, mount: str) -> None:
    """bao, openbao, vault, and for the role the plain name last."""
    spec = build({**MINIMAL, **values}, dialect=parameters.OPENBAO)
    assert (spec.login.role, spec.target.addresses, spec.login.mount) == (role, (address,), mount)
    assert spec.login.option("default_audience") == "openbao"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"baoRoleName": ""}, "roleName is missing (baoRoleName is empty and hides it)"),
        (
            {"baoKubernetesMountPath": "a", "vaultAuthMountPath": "b"},
            "baoKubernetesMountPath and vaultAuthMountPath are both set",
        ),
        ({"openbaoSkipTLSVerify": "no"}, "openbaoSkipTLSVerify"),
        ({"baoTLSClientKeyPath": "/k"}, "baoTLSClientKeyPath is of no use alone; set baoTLSClientCertPath too"),
    ],
)
def test_openbao_problems_use_the_names_that_were_written(values: dict[str, str], message: str) -> None:
    """An empty prefixed role hides the plain one; both mounts count across prefixes."""
    (found,) = problems({**MINIMAL, **values}, dialect=parameters.OPENBAO)
    assert message in found


@pytest.mark.parametrize("suffix", ["Address", "Namespace", "AuthMountPath", "CACertPath", "CACert", "RoleName"])
def test_openbao_names_mean_nothing_to_the_vault_spelling(suffix: str) -> None:
    """On vault.sock they are unknown, and said to be."""
    spec = build({**MINIMAL, f"bao{suffix}": "x"})
    assert "it is for the openbao provider" in spec.warning_texts[0]
    assert spec.target.addresses == ("https://127.0.0.1:8200",)


def test_tokens_are_nowhere_in_what_is_printed() -> None:
    """A spec may be logged whole."""
    spec = build({**MINIMAL, attributes.TOKENS: '{"vault": {"token": "t.o.ken"}}'})
    assert spec.tokens["vault"].reveal() == b"t.o.ken"
    assert "t.o.ken" not in repr(spec)
