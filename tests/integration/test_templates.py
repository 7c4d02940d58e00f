"""Templates from the driver's call to the files, on real sockets."""

import asyncio
import json
import time
from typing import Any

import grpc
import pytest
from aiohttp import web

from provider.shapes.templating import allowance
from tests.integration import harness

INJECTOR = """
{{- with secret "secret/data/api-service/database" -}}
export DB_HOST="{{ .Data.data.host }}"
export DB_USER="{{ .Data.data.username }}"
export DB_PASS="{{ .Data.data.password }}"
{{- end }}
"""


def made(*templated: str, **fields: Any) -> str:
    """The `objects` parameter with these templates, named t0, t1 and so on."""
    return json.dumps(
        [{"objectName": f"t{number}", "template": text, **fields} for number, text in enumerate(templated)]
    )


async def database(parts: harness.Harness, value: str = "p1") -> None:
    await parts.kv("api-service/database", host="db.internal", username="api", password=value)


async def test_a_template_of_the_agent_injector_works_as_it_is(parts: harness.Harness) -> None:
    """database.env, from one read; a change in Vault reaches it, and nothing else does."""
    await database(parts)
    pod = parts.pod()
    first = await parts.mount(pod, made(INJECTOR.lstrip(), filePermission="0600"))
    assert parts.text(pod, "t0") == 'export DB_HOST="db.internal"\nexport DB_USER="api"\nexport DB_PASS="p1"\n'
    assert first.modes == {"t0": 0o600}
    assert parts.vault.count("GET", "/v1/") == 1
    again = await parts.mount(pod, made(INJECTOR.lstrip(), filePermission="0600"))
    assert (again.written, again.versions) == (False, first.versions)
    await database(parts, "p2")
    changed = await parts.mount(pod, made(INJECTOR.lstrip(), filePermission="0600"))
    assert 'DB_PASS="p2"' in parts.text(pod, "t0")
    assert changed.versions != first.versions


async def test_all_objects_of_a_volume_share_their_reads(parts: harness.Harness) -> None:
    """A key, a whole response and two templates over one secret are one read, of one generation."""
    await parts.kv("db", password="p1")
    await parts.kv("other", name="n")
    pod = parts.pod()
    objects = [
        {"objectName": "key", "secretPath": "secret/data/db", "secretKey": "password"},
        {"objectName": "all.json", "secretPath": "secret/data/db"},
        {"objectName": "dot", "secretPath": "secret/data/db", "template": "{{ .Data.data.password }}"},
        {
            "objectName": "two",
            "template": '{{ with secret "secret/data/db" }}{{ .Data.data.password }}{{ end }}'
            '{{ with secret "/secret/data/other" }}-{{ .Data.data.name }}{{ end }}',
        },
    ]
    await parts.mount(pod, json.dumps(objects))
    assert [parts.text(pod, name) for name in ("key", "dot", "two")] == ["p1", "p1", "p1-n"]
    assert parts.vault.count("GET", "/v1/secret/data/db") == 1
    assert parts.vault.count("GET", "/v1/") == 2


async def test_secrets_of_a_template_are_read_at_once(parts: harness.Harness) -> None:
    """Ten secrets take one round trip, in which all ten are asked for, and a path out of a secret another."""
    for number in range(10):
        await parts.kv(f"s{number}", value=f"v{number}", next="secret/data/last")
    await parts.kv("last", value="end")

    waiting: list[str] = []
    all_asked = asyncio.Event()

    async def answer_when_all_are_asked(request: web.BaseRequest) -> None:
        name = request.path.rpartition("/")[2]
        if request.path.startswith("/v1/secret/data/s"):
            waiting.append(name)
            if len(waiting) == 10:
                all_asked.set()
            await all_asked.wait()
        elif name == "last":
            assert all_asked.is_set()

    parts.vault.faults = answer_when_all_are_asked
    text = "".join(
        f'{{{{ with secret "secret/data/s{n}" }}}}{{{{ .Data.data.value }}}} {{{{ end }}}}' for n in range(10)
    )
    text += (
        '{{ with secret "secret/data/s0" }}{{ with secret .Data.data.next }}{{ .Data.data.value }}{{ end }}{{ end }}'
    )
    pod = parts.pod()
    await parts.mount(pod, made(text))
    assert parts.text(pod, "t0") == "v0 v1 v2 v3 v4 v5 v6 v7 v8 v9 end"
    assert sorted(waiting) == [f"s{number}" for number in range(10)]


async def test_a_path_without_data_is_found(parts: harness.Harness) -> None:
    """As `vault kv get` and consul-template take it, with a policy for the real path only."""
    await parts.kv("team/db", password="p1")
    await parts.role(policy='path "secret/data/team/db" { capabilities = ["read"] }')
    pod = parts.pod()
    await parts.mount(pod, made('{{ with secret "secret/team/db" }}{{ .Data.data.password }}{{ end }}'))
    assert parts.text(pod, "t0") == "p1"


async def test_a_listing_is_walked(parts: harness.Harness) -> None:
    """The names of a folder, then each secret of it; a folder that is not there is empty."""
    for name in ("b", "a"):
        await parts.kv(f"apps/{name}", value=name.upper())
    pod = parts.pod()
    walk = (
        '{{ range secrets "secret/metadata/apps" }}{{ . }}='
        '{{ with secret (printf "secret/data/apps/%s" .) }}{{ .Data.data.value }}{{ end }};{{ end }}'
    )
    await parts.mount(pod, made(walk, walk.replace("metadata/", ""), 'x{{ range secrets "secret/none" }}y{{ end }}'))
    assert [parts.text(pod, name) for name in ("t0", "t1", "t2")] == ["a=A;b=B;", "a=A;b=B;", "x"]


async def test_certificates_and_credentials_are_made_once_a_mount(parts: harness.Harness) -> None:
    """Key and certificate of one issue in two files; other parameters are another certificate."""
    await parts.vault.write("sys/mounts/pki", {"type": "pki"})
    await parts.vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
    await parts.vault.write("pki/roles/web", {"allow_any_name": True, "key_type": "ec"})
    pod = parts.pod()
    issue = '{{ with pkiCert "pki/issue/web" "common_name=%s.example.com" }}{{ .%s }}{{ end }}'
    await parts.mount(
        pod, made(issue % ("a", "Key"), issue % ("a", "Cert"), issue % ("b", "Cert"), issue % ("a", "CA"))
    )
    key, cert, other, root = (parts.text(pod, f"t{number}") for number in range(4))
    assert key.startswith("-----BEGIN EC PRIVATE KEY-----\n")
    assert cert.startswith("-----BEGIN CERTIFICATE-----\n")
    assert len({cert, other, root}) == 3
    assert parts.vault.count("PUT", "/v1/pki/issue/web") == 2


async def test_named_templates_and_delimiters(parts: harness.Harness) -> None:
    """Fragments of the SPC are called by its objects; `<< >>` leaves braces alone."""
    await parts.kv("db", user="u", password="p")
    pod = parts.pod()
    body = '{{ with secret "secret/data/db" }}{{ template "url" .Data.data }}{{ end }}'
    objects = [
        {"objectName": "url", "template": body},
        {
            "objectName": "braces",
            "secretPath": "secret/data/db",
            "template": "{{<< .Data.data.user >>}}",
            "templateDelims": ["<<", ">>"],
        },
    ]
    await parts.mount(pod, json.dumps(objects), templates='url: "pg://{{ .user }}:{{ .password }}@db"\n')
    assert parts.text(pod, "url") == "pg://u:p@db"
    assert parts.text(pod, "braces") == "{{u}}"


async def test_fields_that_differ_in_every_answer_do_not_rotate_a_file(parts: harness.Harness) -> None:
    """request_id stays while the data does."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    text = '{{ with secret "secret/data/db" }}{{ .RequestID }} {{ .Data.data.password }}{{ end }}'
    first = await parts.mount(pod, made(text))
    again = await parts.mount(pod, made(text))
    assert (again.written, again.versions) == (False, first.versions)


async def test_a_key_that_is_not_there_is_told_with_its_place(parts: harness.Harness) -> None:
    """Line, column, path and the names there are; no value."""
    await database(parts, "canary-value")
    code, message = await parts.refused(parts.pod(), made(INJECTOR.lstrip().replace("data.host", "data.hostt")))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message == (
        't0: template line 2, column 25: key "hostt" is not in secret/data/api-service/database '
        "(it has: host, password, username)"
    )
    _, message = await parts.refused(
        parts.pod("b"), made("fine", '{{ with secret "secret/data/api-service/database" }}{{ .Data.data.x }}{{ end }}')
    )
    assert message.startswith("1 of 2 objects failed: t1: template line 1, column ")


async def test_a_missing_key_may_be_go_s_no_value(parts: harness.Harness) -> None:
    """Where the object asks for it."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    await parts.mount(pod, made("{{ .Data.data.x }}", secretPath="secret/data/db", missingKey="default"))
    assert parts.text(pod, "t0") == "<no value>"


async def test_what_is_no_template_is_told_before_anything_is_asked(parts: harness.Harness) -> None:
    """All of them at once, and without a login."""
    code, message = await parts.refused(parts.pod(), made("{{ nope }}", "fine", "a\nb {{ if }}"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message.startswith(
        '2 of 3 objects failed: t0: template line 1, column 4: function "nope" not defined; docs/'
    )
    assert "; t2: template line 2, column " in message
    assert parts.vault.count() == parts.vault.count("PUT")  # the test's own set-up
    assert parts.vault.count("", "/v1/auth/kubernetes/login") == 0


async def test_a_denied_secret_is_told_as_for_any_object(parts: harness.Harness) -> None:
    """With the stanza that the policy lacks."""
    await parts.kv("db", password="p1")
    await parts.role(policy='path "secret/data/other" { capabilities = ["read"] }')
    code, message = await parts.refused(parts.pod(), made('{{ with secret "secret/data/db" }}{{ .Data }}{{ end }}'))
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert 'path "secret/data/db" { capabilities = ["read"] }' in message


async def test_a_secret_that_is_not_there_fails_the_mount(parts: harness.Harness) -> None:
    """Also within `with`: an empty file would pass for a good one."""
    code, message = await parts.refused(parts.pod(), made('{{ with secret "secret/data/none" }}x{{ else }}y{{ end }}'))
    assert code is grpc.StatusCode.NOT_FOUND
    assert "secret/data/none" in message


async def test_a_template_that_asks_for_something_new_each_time_ends(parts: harness.Harness) -> None:
    """After a bounded number of passes; a chain of a few is none of the kind."""
    await parts.kv("a", next="a")
    pod = parts.pod()
    await parts.mount(pod, made('{{ with secret "secret/data/a" }}' * 3 + "x" + "{{ end }}" * 3))
    assert parts.text(pod, "t0") == "x"
    grows = (
        '{{ define "n" }}{{ with secret (printf "secret/data/a?d=%s" .) }}{{ template "n" (printf "%s1" $) }}'
        '{{ end }}{{ end }}{{ template "n" "1" }}'
    )
    code, message = await parts.refused(parts.pod("b"), made(grows))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert "it asks for other secrets each time it is rendered" in message


HOSTILE = {
    "recursion": '{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}',
    "range": "{{ range loop 1000000000 }}{{ end }}",
    "nested ranges": "{{ range loop 100000 }}{{ range loop 100000 }}x{{ end }}{{ end }}",
    "width": '{{ printf "%1000000d" 1 | printf "%[1]s%[1]s%[1]s%[1]s%[1]s" }}',
    "doubling": '{{ $x := "aaaaaaaaaa" }}{{ range loop 60 }}{{ $x = print $x $x }}{{ end }}',
    "repeat": '{{ sprig_repeat 1000000000 "x" }}',
    "nested repeat": '{{ sprig_repeat 900000 (sprig_repeat 900000 "x") }}',
    "until": "{{ sprig_until 2000000000 }}",
    "indent": '{{ indent 1000000000 "x" }}',
    "replace": '{{ $x := sprig_repeat 100000 "a" }}{{ replaceAll "a" $x $x }}',
    "regex": '{{ $x := sprig_repeat 100000 "a" }}{{ regexReplaceAll "a" "$0$0$0$0$0$0$0$0$0$0$0$0$0$0" $x }}',
    "backtracking": '{{ regexMatch "(a+)+$" (print (sprig_repeat 500000 "a") "b") }}'
    "{{ range loop 1000000000 }}{{ end }}",
    "output": "{{ range loop 999999 }}0123456789{{ end }}",
    "yaml aliases": "{{ parseYAML `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
    "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
    "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]` | toYAML }}",
    "shared lists": "{{ $l := sprig_list 1 }}{{ range loop 60 }}{{ $l = sprig_list $l $l }}{{ end }}{{ $l | toJSON }}",
    "deep list": "{{ $l := sprig_list 1 }}{{ range loop 100000 }}{{ $l = sprig_list $l }}{{ end }}{{ $l }}",
    "many secrets": '{{ range loop 100000 }}{{ secret (printf "secret/data/s%d" .) }}{{ end }}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_template_costs_its_own_mount_an_error_and_nobody_else_anything(
    parts: harness.Harness, name: str
) -> None:
    """A clear refusal, while other pods mount as ever, within CPU that a rendering on the event loop would exceed."""
    await parts.kv("db", password="p1")
    hostile = asyncio.ensure_future(parts.refused(parts.pod("hostile"), made(HOSTILE[name])))
    bystanders = 0
    slowest = 0.0
    while not hostile.done() or not bystanders:
        pod = parts.pod(f"good-{bystanders}")
        begun = time.process_time()
        await parts.mount(pod, made("{{ .Data.data.password }}", secretPath="secret/data/db"))
        slowest = max(slowest, time.process_time() - begun)
        bystanders += 1
    code, message = await hostile
    assert code is grpc.StatusCode.FAILED_PRECONDITION, message
    assert "template line 1" in message
    assert slowest < 2.0
    assert len(message) < 600


async def test_no_thread_and_no_time_is_spent_on_templates_that_are_small(parts: harness.Harness) -> None:
    """A hundred of them render where the mount runs."""
    await parts.kv("db", password="p1")
    pod = parts.pod()
    await parts.mount(
        pod, made(*(f"{{{{ .Data.data.password }}}}{n}" for n in range(100)), secretPath="secret/data/db")
    )
    assert parts.text(pod, "t99") == "p199"


def test_the_quick_allowance_is_a_small_part_of_the_whole() -> None:
    """What is begun on the event loop costs the others next to nothing."""
    assert allowance.QUICK.seconds <= allowance.WHOLE.seconds / 100
    assert allowance.QUICK.steps <= allowance.WHOLE.steps / 100
