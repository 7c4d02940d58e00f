"""What every auth method promises, those of the registry and one that is not in it."""

import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock, secret
from provider.spec import parameters
from provider.vault import failover, retry, sessions, transport
from provider.vault.auth import method, registry
from tests.doubles import logins, remembering, scripted

EVERY = (*registry.METHODS, logins.Passphrase())
POD = model.Pod("production", "api-0", "uid-1", "api")
CANARY = "canary-4a1bd5"

every = pytest.mark.parametrize("auth_method", EVERY, ids=lambda each: each.name)


def brought(auth_method: method.Method, value: str = CANARY) -> method.Sources:
    """All that a call can bring, each with `value` in it."""
    secrets = {name: f"{name}-{value}" for name in auth_method.secret_keys}
    return logins.sources(login(auth_method), {"vault": f"token-{value}"}, secrets)


def login(auth_method: method.Method) -> model.Login:
    options = tuple((name, "vault") for name in auth_method.options)
    return model.Login("app", auth_method.name, method=auth_method.name, options=options)


@contextlib.asynccontextmanager
async def vault(handler: scripted.Handler) -> AsyncIterator[tuple[scripted.Scripted, failover.Cluster]]:
    async with scripted.serving(handler) as server:
        target = model.Target((server.address,))
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), clock.SystemClock())
        try:
            yield server, to
        finally:
            await to.close()


async def opened(auth_method: method.Method, to: failover.Cluster) -> sessions.Session:
    time, asked = clock.SystemClock(), login(auth_method)
    identity = sessions.Identity(to.target, asked, POD)
    caller = sessions.Caller(
        identity,
        to,
        auth_method,
        brought(auth_method),
        deadline=time.monotonic() + 5,
        reporter=remembering.NOBODY,
    )
    return await sessions.Sessions(10, time).open(caller)


def test_names_are_unique_and_the_first_method_is_the_default() -> None:
    """An SPC that names none means kubernetes."""
    assert len({each.name for each in registry.METHODS}) == len(registry.METHODS)
    assert registry.AuthMethods().default.name == model.Login("r").method == "kubernetes"


@every
def test_a_method_describes_itself(auth_method: method.Method) -> None:
    """For error texts; and what it reads of the SPC is a parameter."""
    assert auth_method.name == auth_method.name.lower().strip()
    assert auth_method.description.startswith(("a ", "an "))
    assert {*auth_method.options} <= {row.field for row in parameters.TABLE} | {"default_audience"}


@every
async def test_a_method_logs_in(auth_method: method.Method) -> None:
    """One request below its own mount, which shows what the call brought."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.reply({"auth": {"client_token": "hvs.t", "lease_duration": 60}})

    async with vault(handle) as (server, to):
        assert (await opened(auth_method, to)).token == secret.Secret("hvs.t")
    [line] = server.requests
    assert line.startswith(f"POST /v1/auth/{auth_method.name}/login")
    assert CANARY in server.bodies[0].decode()


@every
async def test_a_refused_login_has_advice_and_shows_no_credential(auth_method: method.Method) -> None:
    """Even where Vault quotes all that it was sent."""

    async def handle(request: web.Request) -> web.StreamResponse:
        sent = json.loads(await request.read())
        return scripted.refusal(403, *(f"cannot use {value}" for value in sent.values()))

    async with vault(handle) as (_, to):
        with pytest.raises(errors.LoginRefused, match="refused the login") as caught:
            await opened(auth_method, to)
    assert caught.value.hint
    assert "cannot use <secret>" in caught.value.message
    assert CANARY not in caught.value.full_message()


@every
async def test_a_mount_of_another_kind_is_named(auth_method: method.Method) -> None:
    """Vault answers without a token: most likely something else is mounted there."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.reply({"auth": None, "data": {}})

    async with vault(handle) as (_, to):
        with pytest.raises(errors.BadReply, match=f"check that this mount is {auth_method.description}"):
            await opened(auth_method, to)


@every
async def test_a_mount_that_does_not_exist_is_reported_alike_by_all(auth_method: method.Method) -> None:
    """Whatever the method, the mount is what to look at."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return scripted.refusal(404, f'no handler for route "{request.path}". route entry not found.')

    async with vault(handle) as (_, to):
        with pytest.raises(errors.LoginRefused, match=f"enable an auth method at auth/{auth_method.name}, or set"):
            await opened(auth_method, to)


@every
def test_what_a_call_brings_is_printed_without_values(auth_method: method.Method) -> None:
    """Nor does a fingerprint show any."""
    sources = brought(auth_method)
    found = auth_method.fingerprint(sources.secrets, secret.Secret(CANARY))
    assert CANARY not in f"{sources!r} {sources} {found}"


@every
def test_every_credential_of_the_pods_secret_decides_about_the_session(auth_method: method.Method) -> None:
    """And nothing else in it does: the method does not even see it."""
    methods = registry.AuthMethods(EVERY)
    before = dict(brought(auth_method).secrets)
    found = methods.fingerprint(auth_method, before)
    assert methods.fingerprint(auth_method, {**before, "unrelated": secret.Secret("x")}) == found
    assert auth_method.own({**before, "unrelated": secret.Secret("x")}) == before
    for name in auth_method.secret_keys:
        without = {key: value for key, value in before.items() if key != name}
        assert methods.fingerprint(auth_method, {**before, name: secret.Secret("new")}) != found
        assert methods.fingerprint(auth_method, without) != found


def test_fingerprints_of_two_processes_have_nothing_in_common() -> None:
    """Their key is random: what one has stored does not say what another was shown."""
    passphrase = logins.Passphrase()
    shown = brought(passphrase).secrets
    assert registry.AuthMethods(EVERY).fingerprint(passphrase, shown) != registry.AuthMethods(EVERY).fingerprint(
        passphrase, shown
    )
