"""Sessions and reads: one login per identity, dead tokens and denied paths told apart, errors that name the fix."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock, secret
from provider.vault import failover, reads, retry, sessions, transport
from tests.doubles import clocks, logins, scripted

DEAD = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
DENIED = "1 error occurred:\n\t* permission denied\n\n"
UNCLEAR = "permission denied"
POD = model.Pod("production", "api-0", "uid-1", "api-service")
LOGIN = model.Login("api-service")
PATH = model.Read("", "secret/data/db")


class Vault:
    """A scripted Vault: `tokens` are alive for `uses` reads each; `answer` overrides what a live token gets."""

    def __init__(self) -> None:
        self.logins = 0
        self.tokens: dict[str, float] = {}
        self.uses = float("inf")
        self.ttl = 3600
        self.dead_words = DEAD
        self.answer: Callable[[web.Request], web.Response | None] = lambda _: None
        self.index = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/login"):
            self.logins += 1
            token = f"hvs.token-number-{self.logins}"
            self.tokens[token] = self.uses
            auth = {"client_token": token, "lease_duration": self.ttl, "policies": ["default", "api"], "accessor": "a"}
            return scripted.reply({"auth": auth}, 200, **({"X-Vault-Index": self.index} if self.index else {}))
        token = request.headers.get("X-Vault-Token", "")
        if self.tokens.get(token, 0) <= 0:
            return scripted.refusal(403, self.dead_words)
        self.tokens[token] -= 1
        return self.answer(request) or scripted.secret(password="s3cret")


@contextlib.asynccontextmanager
async def mounting(
    vault: Vault, limit: int = 100, time: clock.Clock | None = None
) -> AsyncIterator[tuple[scripted.Scripted, Callable[..., reads.Reader]]]:
    """Gives a maker of readers: each is one mount of the same pod."""
    async with scripted.serving(vault.handle) as server:
        target = model.Target((server.address,))
        time = time or clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(retries=1, flaky=0.0), time)
        pool = sessions.Sessions(limit, time)

        def reader(mark: str = "") -> reads.Reader:
            identity = sessions.Identity(target, LOGIN, POD, mark)
            caller = logins.caller(identity, to, deadline=time.monotonic() + 10)
            return reads.Reader(pool, caller, time)

        try:
            yield server, reader
        finally:
            await to.close()


async def log_in(to: failover.Cluster, login: model.Login, jwt: str = "jwt") -> sessions.Session:
    """The session of one mount, by a pool of its own."""
    time, identity = clock.SystemClock(), sessions.Identity(to.target, login, POD)
    return await sessions.Sessions(10, time).open(logins.caller(identity, to, jwt, deadline=time.monotonic() + 5))


async def test_mounts_of_one_pod_share_one_login() -> None:
    """One after another or all at once, an identity logs in once."""
    vault = Vault()
    async with mounting(vault) as (_, reader):
        await asyncio.gather(*(reader().read(PATH) for _ in range(20)))
        await reader().read(PATH)
    assert vault.logins == 1


async def test_a_cache_of_zero_logs_in_at_every_mount() -> None:
    """-cache-size=0 keeps no token."""
    vault = Vault()
    async with mounting(vault, limit=0) as (_, reader):
        for _ in range(3):
            mount = reader()
            await mount.read(PATH)
            await mount.read(PATH)
    assert vault.logins == 3


async def test_a_token_is_given_up_before_its_ttl_ends() -> None:
    """A token with little time left is not handed out."""
    vault = Vault()
    vault.ttl = 100
    time = clocks.TestClock()
    async with mounting(vault, time=time) as (_, reader):
        await reader().read(PATH)
        time.moment = 89.9
        await reader().read(PATH)
        assert vault.logins == 1
        time.moment = 90.1
        await reader().read(PATH)
    assert vault.logins == 2


@pytest.mark.parametrize("words", [DEAD, UNCLEAR])
async def test_a_token_revoked_between_mounts_costs_one_login(words: str) -> None:
    """A dead token is replaced once, however many reads find it dead."""
    vault = Vault()
    vault.dead_words = words
    async with mounting(vault) as (_, reader):
        await reader().read(PATH)
        vault.tokens.clear()
        mount = reader()
        await asyncio.gather(*(mount.read(PATH) for _ in range(10)))
    assert vault.logins == 2


@pytest.mark.parametrize("uses", [1, 3, 7])
async def test_tokens_with_few_uses_still_serve_a_mount(uses: int) -> None:
    """token_num_uses below the number of reads costs logins, not failures."""
    vault = Vault()
    vault.uses = uses
    async with mounting(vault) as (_, reader):
        mount = reader()
        for _ in range(10):
            await mount.read(PATH)
    assert vault.logins == -(-10 // uses)


@pytest.mark.parametrize("words", [DENIED, UNCLEAR])
async def test_a_denied_path_never_causes_a_login(words: str) -> None:
    """However often the pod is tried again, there is one login."""
    vault = Vault()

    def deny(request: web.Request) -> web.Response | None:
        return scripted.refusal(403, words) if request.path == "/v1/secret/data/db" else None

    vault.answer = deny
    async with mounting(vault) as (server, reader):
        for _ in range(5):
            with pytest.raises(errors.PathDenied) as caught:
                await reader().read(PATH)
        message = caught.value.full_message()
    assert vault.logins == 1
    assert 'path "secret/data/db" { capabilities = ["read"] }' in message
    assert 'role "api-service" of auth/kubernetes' in message
    assert "policies default, api" in message
    assert server.address in message


async def test_a_policy_that_is_corrected_counts_even_after_the_token_died() -> None:
    """Denied, then revoked, then allowed: the next mount logs in and reads."""
    vault = Vault()
    vault.answer = lambda _: scripted.refusal(403, DENIED)
    async with mounting(vault) as (_, reader):
        with pytest.raises(errors.PathDenied):
            await reader().read(PATH)
        vault.tokens.clear()
        vault.answer = lambda _: None
        await reader().read(PATH)
    assert vault.logins == 2


async def test_a_denial_with_an_old_token_is_worth_one_login() -> None:
    """A policy given to the role after the login counts from the next one, which comes when the token is old."""
    vault = Vault()
    vault.answer = lambda request: (
        scripted.refusal(403, DENIED) if request.headers["X-Vault-Token"].endswith("-1") else None
    )
    time = clocks.TestClock()
    async with mounting(vault, time=time) as (_, reader):
        for _ in range(3):
            with pytest.raises(errors.PathDenied):
                await reader().read(PATH)
        assert vault.logins == 1
        time.moment += reads.POLICIES_AGE + 1
        await reader().read(PATH)
    assert vault.logins == 2


async def test_callers_that_do_not_say_which_pod_share_nothing() -> None:
    """Without a pod's UID a session is the mount's own."""
    vault = Vault()
    async with mounting(vault) as (_, reader):
        await reader(mark="a").read(PATH)
        await reader(mark="b").read(PATH)
    assert vault.logins == 2


@pytest.mark.parametrize(
    ("read", "header", "value"),
    [
        (model.Read("", "sys/wrapping/wrap", "PUT", args="{}"), "X-Vault-Wrap-TTL", "5m"),
        (model.Read("", "secret/data/db", "PATCH", args="{}"), "Content-Type", "application/merge-patch+json"),
        (model.Read("", "secret/data/db", "POST", args="{}"), "Content-Type", "application/json"),
    ],
)
async def test_requests_carry_what_vault_wants_of_them(read: model.Read, header: str, value: str) -> None:
    """A wrap TTL where wrapping is asked for, a merge patch's own type."""
    async with mounting(Vault()) as (server, reader):
        await reader().read(read)
    assert server.headers[-1][header] == value


async def test_tokens_that_are_never_accepted_end_in_an_error() -> None:
    """A Vault that rejects every token it issues is not logged in to for ever."""
    vault = Vault()
    vault.uses = 0
    async with mounting(vault) as (_, reader):
        with pytest.raises(errors.LoginRefused):
            await reader().read(PATH)
    assert vault.logins == 3


async def test_the_index_of_the_login_travels_with_the_reads() -> None:
    """X-Vault-Index lets a performance standby answer 412 until it knows the token."""
    vault = Vault()
    vault.index = "aW5kZXg="
    async with mounting(vault) as (server, reader):
        await reader().read(PATH)
    assert server.headers[-1]["X-Vault-Index"] == "aW5kZXg="


def jwt_with(audience: object) -> secret.Secret:
    claims = base64.urlsafe_b64encode(json.dumps({"aud": audience}).encode()).rstrip(b"=").decode()
    return secret.Secret(f"eyJhbGciOiJub25lIn0.{claims}.c2ln")


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (403, "service account name not authorized", "bound_service_account_names of auth/kubernetes/role/api-service"),
        (403, "namespace not authorized", "add production to bound_service_account_namespaces"),
        (400, 'invalid role name "api-service"', "create the role (auth/kubernetes/role/api-service)"),
        (403, "invalid audience (aud) claim: audience claim does not match", "the token's audience is vault, other"),
        (403, "permission denied", "check that auth/kubernetes exists"),
    ],
)
async def test_a_refused_login_says_what_to_change(status: int, words: str, expected: str) -> None:
    """The message names Vault's words, the role, the pod's account and the fix, and never the token."""
    token = jwt_with(["vault", "other"])

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.refusal(status, f"{words} {token.reveal_text()}")

    async with scripted.serving(handle) as server:
        target = model.Target((server.address,))
        time = clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)

        with pytest.raises(errors.LoginRefused) as caught:
            await log_in(to, LOGIN, token.reveal_text())
        await to.close()
    message = caught.value.full_message()
    assert expected in message
    assert words in message
    assert "production/api-service" in message
    assert token.reveal_text() not in message


def document(**fields: Any) -> web.Response:
    return scripted.reply({"request_id": "r", "lease_id": "", "lease_duration": 0, "renewable": False, **fields}, 404)


VERSIONED = "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints."


@pytest.mark.parametrize(
    ("read", "answer", "kind", "expected"),
    [
        (
            model.Read("", "secret/db"),
            lambda: document(data=None, warnings=[VERSIONED]),
            errors.SecretNotFound,
            "write secretPath: secret/data/db",
        ),
        (
            PATH,
            lambda: document(data={"data": None, "metadata": {"version": 3, "deletion_time": "2026-01-02T03:04:05Z"}}),
            errors.VersionGone,
            "version 3 of secret/data/db was deleted at 2026-01-02T03:04:05Z",
        ),
        (
            PATH,
            lambda: document(data={"data": None, "metadata": {"version": 1, "deletion_time": "", "destroyed": True}}),
            errors.VersionGone,
            "version 1 of secret/data/db was destroyed",
        ),
        (PATH, lambda: scripted.refusal(404), errors.SecretNotFound, "nothing at secret/data/db"),
        (
            PATH,
            lambda: scripted.refusal(404, 'no handler for route "secret/data/db". route entry not found.'),
            errors.SecretNotFound,
            "no secrets engine is mounted there",
        ),
        (
            PATH,
            lambda: scripted.refusal(405, "unsupported operation"),
            errors.RequestRefused,
            "does not take GET: set `method`",
        ),
        (PATH, lambda: scripted.refusal(400, "bad ttl"), errors.RequestRefused, "bad ttl"),
        (PATH, lambda: web.Response(status=204), errors.BadReply, "204 No Content and no body"),
        (PATH, lambda: web.Response(status=304), errors.BadReply, "304 Not Modified"),
        (PATH, lambda: web.Response(status=200), errors.BadReply, "200 OK and no body"),
        (
            PATH,
            lambda: web.Response(text="<html>hello, top secret page</html>", content_type="text/html"),
            errors.BadReply,
            "bytes of text/html, not JSON",
        ),
        (PATH, lambda: scripted.reply(["list"]), errors.BadReply, "JSON that is not an object"),
        (PATH, lambda: scripted.reply({"errors": ["odd"]}), errors.BadReply, "yet with errors: odd"),
        (
            PATH,
            lambda: scripted.reply({"request_id": "r", "data": None, "warnings": ["w"]}),
            errors.BadReply,
            "empty response from secret/data/db",
        ),
        (PATH, lambda: scripted.reply({"data": {"a": "x" * 10_000_000}}), errors.BadReply, "larger than 4 MiB"),
        (PATH, lambda: scripted.reply({"data": {"a": [0] * 300_000}}), errors.BadReply, "more than 200000 values"),
        (PATH, lambda: scripted.refusal(400, "eyJ" * 400_000), errors.RequestRefused, "400 Bad Request"),
        (PATH, lambda: scripted.refusal(500, "plugin broke"), errors.VaultFailed, "plugin broke"),
        (
            PATH,
            lambda: web.Response(status=400, text="Client sent an HTTP request to an HTTPS server.\n"),
            errors.TargetError,
            "write https://",
        ),
    ],
)
async def test_a_failed_read_says_what_is_wrong_and_what_to_write(
    read: model.Read, answer: Callable[[], web.Response], kind: type[errors.ProviderError], expected: str
) -> None:
    """Every odd answer is an error of its kind, with the fix, and no page text."""
    vault = Vault()
    vault.answer = lambda _: answer()
    async with mounting(vault) as (_, reader):
        with pytest.raises(kind) as caught:
            await reader().read(read)
    assert type(caught.value) is kind
    assert expected in caught.value.full_message()
    assert "top secret page" not in caught.value.full_message()


@pytest.mark.parametrize("token", ["hvs.with\r\nbreak", "hvs.\u00e9", "", 5, None])
async def test_a_login_that_gives_no_usable_token_is_an_error(token: object) -> None:
    """It would not fit into a header."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.reply({"auth": {"client_token": token, "lease_duration": 60}})

    async with scripted.serving(handle) as server:
        target = model.Target((server.address,))
        time = clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)

        with pytest.raises(errors.BadReply, match="no token"):
            await log_in(to, LOGIN)
        await to.close()


async def test_vaults_words_are_shown_without_the_arguments_values() -> None:
    """An argument that Vault echoes is hidden, unless it is one that only says what was asked for."""
    vault = Vault()
    vault.answer = lambda _: scripted.refusal(400, "cannot use hunter2-hunter2 with a.example.com")
    args = json.dumps({"password": "hunter2-hunter2", "common_name": "a.example.com"})
    async with mounting(vault) as (_, reader):
        with pytest.raises(errors.RequestRefused) as caught:
            await reader().read(model.Read("", "pki/issue/web", "PUT", args=args))
    assert "hunter2" not in caught.value.full_message()
    assert "a.example.com" in caught.value.full_message()


async def test_paths_and_queries_arrive_as_they_were_meant() -> None:
    """A path is literal, so a percent sign and a hash are part of it; a query is encoded once."""
    vault = Vault()
    async with mounting(vault) as (server, reader):
        await reader().read(model.Read("", "kv/a b%20#c/ü", query=(("version", "2"), ("x", "a&b"))))
    assert server.requests[-1] == "GET /v1/kv/a%20b%2520%23c/%C3%BC?version=2&x=a%26b"


async def test_an_auth_mounts_path_is_quoted_once() -> None:
    """Spaces and slashes in the path of an auth mount arrive as meant."""

    async def handle(_: web.Request) -> web.StreamResponse:
        return scripted.refusal(400, "no")

    async with scripted.serving(handle) as server:
        target = model.Target((server.address,))
        time = clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)

        login = model.Login("r", mount="team a/k8s")
        with pytest.raises(errors.LoginRefused):
            await log_in(to, login)
        await to.close()
    assert server.requests == ["POST /v1/auth/team%20a/k8s/login"]


async def test_a_read_carries_its_namespace_and_the_header_that_proves_intent() -> None:
    """X-Vault-Request and X-Vault-Namespace go with every read; a GET may have a body."""
    vault = Vault()
    async with mounting(vault) as (server, reader):
        await reader().read(model.Read("team-a", "secret/data/db", args='{"a":1}'))
    assert server.headers[-1]["X-Vault-Request"] == "true"
    assert server.headers[-1]["X-Vault-Namespace"] == "team-a"
    assert server.bodies[-1] == b'{"a":1}'
