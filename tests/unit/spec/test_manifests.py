"""Manifests: every document of a file, and every finding at its exact place in it."""

import json

import pytest

from provider import errors, findings, model
from provider.spec import attributes, check, locate, manifests, parameters
from provider.vault.auth import registry

FILE = """\
# Everything that can be wrong, each in a line of its own.
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata:
  name: web
  namespace: shop
spec:
  provider: vault
  parameters:
    vaultAdress: https://vault:8200
    vaultAddress: vault:8200
    vaultSkipTLSVerify: "maybe"
    templates: |
      url: |
        {{ with .a }}
        {{ nope }}
        {{ end }}
    objects: |  # a list
      - objectName: user
        secretPath: ../sys

      - {objectName: pw, secretPath: p, refresh: once, encoding: hex}
      - objectName: env
        secretPaht: p
        template: |
          first

          {{ with .x }}
      - objectName: quoted
        template: "{{ .a }"
      - objectName: folded
        template: >
          text
          {{ .a }
      - objectName: shared
        template: '{{ template "url" . }}'
      - objectName: user
        secretPath: p
---
kind: SecretProviderClass
metadata: {name: flow}
spec:
  provider: openbao
  parameters: {roleName: web, objects: "[{objectName: a}]"}
"""

EXPECTED = [
    # Line and column in the file, subject, and the start of the text.
    (13, 5, "roleName", "roleName is missing"),
    (15, 25, "vaultSkipTLSVerify", 'vaultSkipTLSVerify: "maybe" is no boolean'),
    (14, 19, "vaultAddress", 'vaultAddress "vault:8200" starts with no http://'),
    (23, 21, "objects user secretPath", 'user: secretPath "../sys" climbs out with ".."; write the path without it'),
    (31, 0, "objects env template", "env: template line 4: unexpected EOF; the {{with}} of line 3 has no {{end}}"),
    (33, 26, "objects quoted template", 'quoted: template line 1, column 7: unexpected "}"'),
    (35, 19, "objects folded template", 'folded: template line 1, column 12: unexpected "}"'),
    (19, 12, "templates", 'templates: url: template line 2, column 4: function "nope" not defined'),
    (40, 21, "objects user objectName", "user: objectName is used 2 times (objects[0], objects[6])"),
    (13, 18, "vaultAdress", "unknown parameter vaultAdress is ignored (spc.yaml line 13, column 18); did you"),
    (25, 66, "objects pw encoding", "pw: encoding hex has no effect without secretKey"),
    (25, 50, "objects pw refresh", "pw: refresh has no effect on a read; refreshInterval is for those"),
    (27, 9, "objects env secretPaht", "env: unknown field secretPaht is ignored; did you mean secretPath?"),
]


def located(manifest: manifests.ProviderClass) -> list[findings.Finding]:
    sent = json.dumps(attributes.compose(manifest.parameters, model.Pod(), manifest.name))
    _, found = check.examine(
        attributes.parse(sent, "{}", "420"),
        target_path="/target",
        defaults=parameters.Defaults(),
        dialect=manifest.dialect,
        auth_methods=registry.AuthMethods(),
    )
    return [*manifest.found, *(each.located(manifest.sources) for each in found)]


def subject(found: findings.Finding) -> str:
    about = found.subject
    return " ".join(part for part in (about.parameter, about.entry, about.field) if part)


def test_every_class_of_a_file_is_read() -> None:
    """Other kinds are not, and each class keeps its own parameters."""
    first, second = manifests.read_all(FILE, "spc.yaml")
    assert (first.name, first.namespace, first.dialect.name) == ("web", "shop", "vault")
    assert (second.name, second.namespace, second.dialect.name) == ("flow", "", "openbao")
    assert second.parameters == {"roleName": "web", "objects": "[{objectName: a}]"}
    assert not first.found
    assert first.parameters["vaultSkipTLSVerify"] == "maybe"


def test_every_finding_has_its_place_in_the_file() -> None:
    """Of parameters, of objects inside one, and of templates inside an object or a parameter."""
    manifest = manifests.read_all(FILE, "spc.yaml")[0]
    found = located(manifest)
    places = [each.place.outermost for each in found]
    rows = [(place.line, place.column, subject(each)) for place, each in zip(places, found, strict=True)]
    assert sorted(rows) == sorted((line, column, about) for line, column, about, _ in EXPECTED)
    assert {(place.file, place.document) for place in places} == {("spc.yaml", 1)}
    for line, column, about, text in EXPECTED:
        each = found[rows.index((line, column, about))]
        assert each.text.startswith(text)
        assert f"(spc.yaml line {line}" in each.text


def test_a_place_in_flow_style_is_exact_too() -> None:
    """In the first line of a quoted text; and it names the document."""
    [found] = located(manifests.read_all(FILE, "spc.yaml")[1])
    assert found.text.startswith("a: secretPath is missing")
    assert found.place.outermost == findings.Place("spc.yaml", 2, 47, 42)
    assert (found.place.line, found.place.column, found.place.inside) == (1, 2, "objects")


def test_one_of_several_classes_is_chosen_by_name() -> None:
    """Without a name there must be one only."""
    assert manifests.read(FILE, "spc.yaml", "flow").dialect is parameters.OPENBAO
    with pytest.raises(errors.SpecError, match="choose one of web, flow by --name"):
        manifests.read(FILE, "spc.yaml")
    with pytest.raises(errors.SpecError, match=r"no SecretProviderClass named x \(it has: SecretProviderClass, Serv"):
        manifests.read(FILE, "spc.yaml", "x")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: b: c", "spc.yaml: not YAML: mapping values are not allowed in this context (spc.yaml line 1, column 5)"),
        ("kind: X\n---\n\ta", "spc.yaml: not YAML: while scanning for the next token, found character"),
        ("kind: SecretProviderClass\nspec: &a {<<: *a}", "spc.yaml: what an anchor names contains itself"),
        ("", "spc.yaml has no SecretProviderClass (it has: nothing)"),
        ("- a", "spc.yaml has no SecretProviderClass (it has: nothing)"),
        ("kind: SecretProviderClass", "spec.provider is missing; write vault or openbao"),
        ("kind: SecretProviderClass\nspec: {}", "spec.provider is missing (spc.yaml line 2, column 7); write vault"),
        (
            "kind: SecretProviderClass\nspec: {provider: aws}",
            'spec.provider is "aws" (spc.yaml line 2, column 18); write vault or openbao',
        ),
        (
            "kind: SecretProviderClass\nspec: {provider: vault, parameters: {roleName: 5}}",
            "parameter roleName is no string (spc.yaml line 2, column 48); put its value in quotes",
        ),
        (
            "kind: SecretProviderClass\nspec: {provider: vault, parameters: {vaultSkipTLSVerify: yes}}",
            "parameter vaultSkipTLSVerify is no string",
        ),
        (
            "kind: SecretProviderClass\nspec: {provider: vault, parameters: {objects: [a]}}",
            "parameter objects is no string",
        ),
        (
            "kind: SecretProviderClass\nspec:\n  provider: vault\n  provider: vault",
            'spc.yaml has the key "provider" twice, first in line 3 (spc.yaml line 4, column 3)',
        ),
    ],
)
def test_what_the_api_server_would_refuse_is_found(text: str, problem: str) -> None:
    """With its place; kubectl reads a manifest as Go's yaml.v2, where yes is a boolean."""
    with pytest.raises(errors.SpecError) as caught:
        manifests.read(text, "spc.yaml")
    assert [each for each in caught.value.problems if each.startswith(problem)], caught.value.problems


def test_objects_of_any_kind_can_be_loaded() -> None:
    """As plain values."""
    assert manifests.load(FILE, "spc.yaml")[0] == {"kind": "ServiceAccount", "metadata": {"name": "web"}}


def test_an_error_of_a_template_is_located_by_its_object() -> None:
    """Whether it is not a template or fails when it is rendered; other errors stay as they are."""
    manifest = manifests.read(FILE, "spc.yaml", "web")
    denied = errors.PathDenied("denied")
    raised = errors.MountFailed(
        [
            ("env", errors.TemplateFailed("template line 1, column 3: no", line=1, column=3)),
            ("shared", errors.TemplateInvalid('template "url" line 2, column 4: no', template="url", line=2, column=4)),
            ("user", denied),
            ("env", errors.TemplateFailed("too slow", hint="split it")),
        ],
        6,
    )
    found = locate.in_manifest(raised, manifest)
    assert isinstance(found, errors.MountFailed)
    assert [failure.full_message() for _, failure in found.failures] == [
        "template line 1, column 3: no (spc.yaml line 29, column 13)",
        'template "url" line 2, column 4: no (spc.yaml line 19, column 12)',
        "denied",
        "too slow; split it",
    ]
    assert isinstance(found.failures[0][1], errors.TemplateFailed)
    assert locate.in_manifest(denied, manifest) is denied
