"""A second auth method, with credentials from the nodePublishSecretRef, through all of a mount."""

import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock, secret
from provider.kube import hmac_key
from provider.observe import log_lines, logs, observers
from provider.service import ports
from provider.service.mounting import mounts, refresh
from provider.service.persistence import snapshot
from provider.service.volumes import token_ledger, volume_files, volume_state, volume_store
from provider.shapes.templating import template_renderer
from provider.spec import attributes, parameters
from provider.vault import cluster_pool, retry, sessions
from provider.vault.auth import registry
from tests.doubles import logins, scripted

POD = model.Pod("production", "api-0", "uid-1", "api")
CANARY = "canary-8c1f20"
SPC = {
    "vaultAuthMethod": "passphrase",
    "refreshInterval": "1h",
    "objects": "[{objectName: token, secretPath: whose, secretKey: token}]",
}


@dataclass
class Vault:
    """Accepts the passphrases in `accepted`, quotes others, and answers every read with the token it came with."""

    accepted: set[str] = field(default_factory=set)
    logins: list[dict[str, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/login"):
            return scripted.secret(token=request.headers["X-Vault-Token"])
        sent = json.loads(await request.read())
        self.logins.append(sent)
        if sent["passphrase"] not in self.accepted:
            return scripted.refusal(400, f"{sent['passphrase']} is not the passphrase")
        return scripted.reply({"auth": {"client_token": f"hvs.{len(self.logins)}", "lease_duration": 3600}})


@dataclass
class Parts:
    """A provider that knows two auth methods, and its Vault."""

    vault: Vault
    server: scripted.Scripted
    mounts: mounts.Mounts
    volumes: volume_store.VolumeStore

    async def mount(self, secrets: dict[str, str], **parameters_of_spc: str) -> volume_files.VolumeFiles:
        spc = {**SPC, "vaultAddress": self.server.address, **parameters_of_spc}
        sent = json.dumps(attributes.compose(spc, POD, "spc"))
        return await self.mounts.mount(ports.Call(sent, json.dumps(secrets), "/target", "420", parameters.VAULT))

    @property
    def volume(self) -> volume_state.Volume:
        [volume] = self.volumes
        return volume


async def _no_tokens(pod: model.Pod, audience: str, patience: float) -> secret.Secret:
    raise AssertionError(f"{pod} logs in without a service-account token")


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Parts]:
    vault, time = Vault(), clock.SystemClock()
    async with scripted.serving(vault.handle) as server, contextlib.AsyncExitStack() as stack:
        clusters = cluster_pool.Clusters(retry.Policy(), time)
        stack.push_async_callback(clusters.close)
        templating = template_renderer.TemplateRenderer(time)
        stack.push_async_callback(templating.close)
        volumes = volume_store.VolumeStore(1 << 24)
        key = hmac_key.HmacKey(None, namespace="", name="", time=time)
        observer = observers.FanOut([log_lines.LogLines(time)])
        auth_methods = registry.AuthMethods((*registry.METHODS, logins.Passphrase()))
        refresher = refresh.Refresher(
            clusters=clusters,
            session_pool=sessions.Sessions(100, time),
            auth_methods=auth_methods,
            tokens=_no_tokens,
            key=key,
            volumes=volumes,
            ledger=token_ledger.Ledger(time),
            templating=templating,
            observer=observer,
            time=time,
        )
        mounter = mounts.Mounts(
            defaults={parameters.VAULT.name: parameters.Defaults(auth_mount="k8s")},
            auth_methods=auth_methods,
            refresher=refresher,
            key=key,
            volumes=volumes,
            observer=observer,
            time=time,
            patience=5.0,
            max_stale=None,
        )
        yield Parts(vault, server, mounter, volumes)


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    async with running() as started:
        yield started


@pytest.fixture
def lines() -> io.StringIO:
    """All log lines of all loggers, below trace level, as the daemon would write them."""
    stream = io.StringIO()
    logs.setup("trace", stream)
    logging.getLogger().setLevel(1)
    return stream


def token(mounted: volume_files.VolumeFiles) -> str:
    [file] = mounted.files
    return file.contents.reveal_text()


async def test_the_secret_of_the_pod_reaches_the_method(parts: Parts) -> None:
    """With the keys that are the method's and no others, at the method's own mount; no role is wanted."""
    parts.vault.accepted = {"open sesame"}
    mounted = await parts.mount({"passphrase": "open sesame", "other": "x"})
    assert token(mounted) == "hvs.1"
    assert parts.vault.logins == [{"passphrase": "open sesame"}]
    assert parts.server.requests == ["POST /v1/auth/passphrase/login", "GET /v1/whose"]


async def test_a_new_credential_never_gets_the_session_of_the_old_one(parts: Parts) -> None:
    """Nor what was read with it; the other way round neither."""
    parts.vault.accepted = {"one", "two"}
    found = [token(await parts.mount({"passphrase": shown})) for shown in ("one", "one", "two", "two", "one")]
    assert found == ["hvs.1", "hvs.1", "hvs.2", "hvs.2", "hvs.1"]
    assert [sent["passphrase"] for sent in parts.vault.logins] == ["one", "two"]


async def test_what_else_the_secret_holds_changes_nothing(parts: Parts) -> None:
    """Files, session and credentials stay."""
    parts.vault.accepted = {"one"}
    for other in ("a", "b"):
        assert token(await parts.mount({"passphrase": "one", "other": other})) == "hvs.1"
    assert len(parts.server.requests) == 2


async def test_a_new_credential_that_is_refused_leaves_the_files(parts: Parts) -> None:
    """And a correct one is tried at once: the pause after a refusal is that credential's own."""
    parts.vault.accepted = {"one", "two"}
    await parts.mount({"passphrase": "one"})
    assert token(await parts.mount({"passphrase": "wrong"})) == "hvs.1"
    assert token(await parts.mount({})) == "hvs.1"
    parts.volume.health = volume_state.HEALTHY
    assert token(await parts.mount({"passphrase": "two"})) == "hvs.3"


async def test_a_missing_credential_is_named(parts: Parts) -> None:
    """By the method, which knows what it needs and where it belongs."""
    with pytest.raises(errors.IdentityError, match="has no passphrase; add it to that Secret"):
        await parts.mount({"other": "x"})
    assert parts.server.requests == []


async def test_an_unknown_method_lists_the_known_ones(parts: Parts) -> None:
    """With the nearest; nothing is sent to Vault."""
    with pytest.raises(errors.SpecError) as caught:
        await parts.mount({"passphrase": "x"}, vaultAuthMethod="pasphrase")
    assert caught.value.problems == (
        'vaultAuthMethod: "pasphrase" is unknown; write kubernetes or passphrase; did you mean passphrase?',
    )
    assert parts.server.requests == []


async def test_no_credential_is_ever_said_or_stored(parts: Parts, lines: io.StringIO) -> None:
    """Accepted, refused by a Vault that quotes it, malformed, missing: no log line, error, repr or snapshot has it."""
    shown: list[str] = []
    parts.vault.accepted = {CANARY}
    await parts.mount({"passphrase": CANARY, "other": CANARY})
    stored = snapshot.Format(snapshot.Snapshot).write(snapshot.take(parts.volume, clock.SystemClock().monotonic()))
    shown += [repr(parts.volume), stored.decode()]
    with pytest.raises(errors.SpecError) as broken:
        await parts.mounts.mount(ports.Call(f'{{"a": {CANARY}', f'{{"a": {CANARY}', "/x", "420", parameters.VAULT))
    shown.append(f"{broken.value!r} {broken.value}")
    parts.vault.accepted = set()
    parts.volumes.drop(parts.volume)
    for secrets in ({"passphrase": f"{CANARY}-2"}, {"other": CANARY}):
        with pytest.raises(errors.ProviderError) as caught:
            await parts.mount(secrets)
        shown.append(f"{caught.value!r} {caught.value.full_message()}")
    sent = attributes.parse("{}", json.dumps({"passphrase": CANARY}), "420")
    shown += [repr(sent), repr(sent.secrets)]
    assert len(parts.vault.logins) == 2
    assert "<secret> is not the passphrase" in lines.getvalue()
    assert CANARY not in "\n".join([lines.getvalue(), *shown])
