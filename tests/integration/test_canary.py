"""A canary in every secret and every token: none of them is found in anything the provider says, at any level."""

import asyncio
import io
import json
import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from provider.dev import driver
from provider.observe import logs
from tests.doubles import scripted
from tests.integration import harness

DB = '{{ with secret "secret/data/db" }}{{ $p := .Data.data.password }}'
# Each fails with a value in its hands: Go's own texts quote it in most of these.
TEMPLATES = (
    "{{ parseInt $p }}",
    "{{ parseBool $p }}",
    "{{ parseFloat $p }}",
    "{{ parseJSON $p }}",
    '{{ parseYAML (print "a: [" $p) }}',
    "{{ base64Decode $p }}",
    "{{ $p.x }}",
    "{{ .Data.data.nested.none }}",
    '{{ index .Data.data.nested "deep" "er" }}',
    "{{ index $p 9999 }}",
    "{{ add $p 1 }}",
    "{{ eq $p 1 }}",
    "{{ lt $p 1 }}",
    "{{ range $p }}{{ end }}",
    "{{ regexMatch (print $p `(`) `x` }}",
    "{{ executeTemplate $p }}",
    "{{ sprig_fail $p }}",
    "{{ sprig_mustFromJson $p }}",
    "{{ sprig_mustToDate `2006` $p }}",
    "{{ sprig_semver $p }}",
    "{{ sprig_urlParse (print `%` $p) }}",
    "{{ scratch.MapSet $p 1 }}",
    "{{ secret `secret/data/db` $p }}",
    "{{ template `none` $p }}",
    "{{ .Data.data | toTOML | parseYAML }}{{ $p.y }}",
    "{{ printf `%d` $p | parseInt }}",
    "{{ timestamp $p $p }}",
    "{{ call $p }}",
)


@pytest.fixture
def everything_said() -> Iterator[io.StringIO]:
    """All log lines of all loggers, at trace level and below, as the daemon would write them."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.setup("trace", stream)
    # Lower than any flag can set them: libraries' debug lines are part of what must hold nothing.
    root.setLevel(1)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def spoken(value: str) -> str:
    """A message of Vault's that quotes what it was given."""
    return f"cannot use {value} here"


async def test_no_value_and_no_token_is_ever_said(tmp_path: Path, everything_said: io.StringIO) -> None:
    """Good mounts, every kind of failure, echoing servers: logs, errors and audit lines hold no canary."""
    canary = f"canary{secrets.token_hex(8)}"
    messages: list[str] = []
    jwts: list[str] = []
    async with harness.running(tmp_path) as parts:
        await parts.kv("db", password=canary, nested={"deep": canary})
        await parts.vault.write("sys/mounts/pki", {"type": "pki"})
        attempts = [
            "- {objectName: ok, secretPath: secret/data/db, secretKey: password}",
            "- {objectName: ok, secretPath: secret/data/db}",
            "- {objectName: x, secretPath: secret/data/db, secretKey: missing}",
            "- {objectName: x, secretPath: secret/data/db, secretKey: password, encoding: hex}",
            "- {objectName: x, secretPath: secret/data/db, secretKey: nested, encoding: base64}",
            "- {objectName: x, secretPath: secret/data/none}",
            "- {objectName: x, secretPath: secret/db}",
            f"- {{objectName: x, secretPath: pki/issue/none, method: PUT, secretArgs: {{password: {canary}}}}}",
            f"- {{objectName: x, secretPath: echo, method: POST, secretArgs: {{nested: {{list: [{canary}]}}}}}}",
            "- {objectName: x, secretPath: echo}",
            "- {objectName: x, secretPath: page}",
            "- {objectName: x, secretPath: broken}",
            f"- {{objectName: x, secretPath: secret/data/db, secretArgs: {{a: {canary}, a: 1}}}}",
            f"- {{objectName: x, secretPath: secret/data/db, filePermission: [{canary}]}}",
        ]

        attempts += [json.dumps([{"objectName": "x", "template": DB + text + "{{ end }}"}]) for text in TEMPLATES]

        async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.path.startswith("/v1/echo"):
                body = (await request.read()).decode()
                return scripted.refusal(400, spoken(body), spoken(request.headers.get("X-Vault-Token", "")))
            if request.path == "/v1/page":
                return web.Response(text=f"<html>{canary}</html>", content_type="text/html")
            if request.path == "/v1/broken":
                return web.Response(text=f'{{"data": {{"k": "{canary}"', content_type="application/json")
            return None

        parts.vault.faults = fault
        for number, objects in enumerate(attempts):
            pod = parts.pod(f"api-{number}")
            tokens = parts.tokens(pod)
            jwts.extend(token.reveal_text() for token in tokens.values())
            try:
                await parts.mount(pod, objects, tokens=tokens)
            except driver.PublishFailed as error:
                messages.append(str(error))
        # A login whose refusal quotes the token it was given, and a token made by the API server.
        parts.vault.faults = echo_login
        pod = parts.pod("refused")
        tokens = parts.tokens(pod)
        jwts.extend(token.reveal_text() for token in tokens.values())
        for given in (tokens, {}):
            with pytest.raises(driver.PublishFailed) as caught:
                await parts.mount(pod, attempts[0], tokens=given)
            messages.append(str(caught.value))
        # Attributes that are no JSON, with a token inside.
        parts.vault.faults = None
        with pytest.raises(driver.PublishFailed) as caught:
            await parts.mount(pod, f"- objectName: [{canary}", tokens=tokens)
        messages.append(str(caught.value))
        issued = [entry.id for entry in parts.vault.state.tokens]
        audit = json.dumps(parts.vault.state.audit.lines)
        await asyncio.sleep(0)
    said = everything_said.getvalue()
    assert len(messages) >= 14 + len(TEMPLATES) - 1
    assert said.count("mount failed") >= 14 + len(TEMPLATES) - 1
    assert len(issued) > 5
    assert "cannot use" in "\n".join(messages)
    assert "<secret>" in said
    for place, text in (("log", said), ("errors", "\n".join(messages)), ("audit", audit)):
        # An SPC's own text is its author's; what is hidden is what Vault, the kubelet and the API server gave out.
        assert canary not in text, place
        for token in [*issued, *jwts]:
            assert token not in text, place
            assert token.rpartition(".")[2] not in text, place


async def echo_login(request: web.BaseRequest) -> web.StreamResponse | None:
    if request.path.endswith("/login"):
        return scripted.refusal(403, spoken((await request.read()).decode()))
    return None
