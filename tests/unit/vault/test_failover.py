"""Tries, addresses and redirects, against a server that fails on request."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock
from provider.vault import failover, retry, tls, transport
from tests.doubles import clocks, remembering, scripted

READ = transport.Request("GET", "/v1/secret/x")
WRITE = transport.Request("PUT", "/v1/pki/issue/web", body=b"{}", once=True)


@contextlib.asynccontextmanager
async def reaching(
    addresses: Sequence[str], *, time: clock.Clock | None = None, **policy: object
) -> AsyncIterator[failover.Cluster]:
    target = model.Target(tuple(addresses))
    made = failover.Cluster(
        target,
        transport.Transport(target, None),
        retry.Policy(**policy),  # type: ignore[arg-type]
        time or clocks.TestClock(),
    )
    try:
        yield made
    finally:
        await made.close()


async def call(to: failover.Cluster, request: transport.Request = READ, *, budget: float = 60.0) -> transport.Answer:
    return await to.call(request, deadline=budget, reporter=remembering.NOBODY)


def in_turn(*answers: web.Response | str) -> scripted.Handler:
    """Answers each request with the next of `answers`; "drop" breaks the connection; the last one is repeated."""
    queue = list(answers)

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, str):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    return handle


@pytest.mark.parametrize(
    "failure",
    [
        scripted.refusal(503, "Vault is sealed"),
        scripted.refusal(502),
        scripted.refusal(504),
        scripted.refusal(500, "local node not active but active cluster node not found"),
        scripted.refusal(500, "something internal"),
        scripted.refusal(429, "request path rate limit quota exceeded"),
        scripted.refusal(412, "required index state not present"),
        web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html"),
        "drop",
    ],
)
async def test_a_read_outlives_a_passing_failure(failure: web.Response | str) -> None:
    """A read that fails in passing is tried again, on a new connection."""
    async with (
        scripted.serving(in_turn(failure, failure, scripted.secret(a="1"))) as server,
        reaching([server.address]) as to,
    ):
        answer = await call(to)
        assert answer.status == 200
        assert len(server.requests) == 3
        assert server.connections == 3


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (scripted.refusal(500, "boom"), 1),
        (scripted.refusal(502), 1),
        ("drop", 1),
        (scripted.refusal(429, "slow down"), 2),
        (scripted.refusal(412), 2),
        (scripted.refusal(503, "Vault is sealed"), 2),
    ],
)
async def test_a_write_is_never_sent_twice_once_it_may_have_reached_vault(
    failure: web.Response | str, tries: int
) -> None:
    """Only what Vault refused before doing anything is sent again."""
    async with (
        scripted.serving(in_turn(failure, scripted.secret(a="1"))) as server,
        reaching([server.address]) as to,
    ):
        with contextlib.suppress(errors.VaultFailed):
            await call(to, WRITE)
        assert len(server.requests) == tries


@pytest.mark.parametrize("status", [200, 204, 400, 403, 404, 405])
async def test_an_answer_that_is_an_answer_is_not_asked_for_again(status: int) -> None:
    """Whatever is not a passing failure comes back as it is."""
    async with (
        scripted.serving(in_turn(web.Response(status=status))) as server,
        reaching([server.address]) as to,
    ):
        assert (await call(to)).status == status
        assert len(server.requests) == 1


async def test_an_internal_error_is_shown_before_the_mounts_time_is_over() -> None:
    """A 500 is most likely permanent: after `flaky` seconds it is the answer."""
    time = clocks.TestClock()
    async with (
        scripted.serving(in_turn(scripted.refusal(500, "plugin broke"))) as server,
        reaching([server.address], time=time, flaky=5.0) as to,
    ):
        assert (await call(to, budget=90.0)).status == 500
        assert 3.0 < time.moment < 8.0


async def test_the_budget_ends_the_tries_and_the_error_says_what_happened() -> None:
    """A sealed Vault costs the budget, and its reader learns address, cause and advice."""
    time = clocks.TestClock()
    async with (
        scripted.serving(in_turn(scripted.refusal(503, "Vault is sealed"))) as server,
        reaching([server.address], time=time) as to,
    ):
        with pytest.raises(errors.VaultUnavailable) as caught:
            await call(to, budget=20.0)
        assert caught.value.spent
        assert server.address in caught.value.full_message()
        assert "is sealed" in caught.value.full_message()
        assert 15.0 < time.moment <= 20.0


async def test_vaults_own_retry_after_is_waited_for() -> None:
    """There is no try before Retry-After is over; clients spread over a half more."""
    time = clocks.TestClock()
    async with (
        scripted.serving(
            in_turn(scripted.refusal(429, "slow down", **{"Retry-After": "8"}), scripted.secret(a="1"))
        ) as server,
        reaching([server.address], time=time) as to,
    ):
        await call(to)
        assert 8.0 <= time.slept[0] <= 12.0


async def test_a_cap_on_retries_is_kept() -> None:
    """VAULT_MAX_RETRIES bounds the tries, and leaves time for the driver to call again."""
    async with (
        scripted.serving(in_turn(scripted.refusal(503, "Vault is sealed"))) as server,
        reaching([server.address], retries=2) as to,
    ):
        with pytest.raises(errors.VaultUnavailable) as caught:
            await call(to)
        assert not caught.value.spent
        assert len(server.requests) == 3


async def test_a_cap_on_retries_counts_rounds_over_all_addresses() -> None:
    """VAULT_MAX_RETRIES=0 still tries every address once."""
    async with (
        scripted.serving(in_turn(scripted.secret(a="1"))) as server,
        reaching(["http://127.0.0.1:1", "http://127.0.0.1:2", server.address], retries=0) as to,
    ):
        assert (await call(to)).status == 200


async def test_a_lost_write_makes_the_next_call_start_elsewhere() -> None:
    """A write is not repeated, but its address is not the first choice any more."""
    async with (
        scripted.serving(in_turn("drop")) as bad,
        scripted.serving(in_turn(scripted.secret(a="1"))) as server,
        reaching([bad.address, server.address]) as to,
    ):
        with pytest.raises(errors.VaultFailed):
            await call(to, WRITE)
        assert (await call(to, WRITE)).status == 200


async def test_the_last_sliver_of_time_does_not_hide_the_cause() -> None:
    """What ended the mount is what Vault said, not the time-out of a try that never had a chance."""
    async with (
        scripted.serving(in_turn(scripted.refusal(502))) as server,
        reaching([server.address], time=clock.SystemClock()) as to,
    ):
        with pytest.raises(errors.VaultUnavailable, match="answered 502 Bad Gateway"):
            await to.call(READ, deadline=clock.SystemClock().monotonic() + 1.5, reporter=remembering.NOBODY)


@pytest.mark.parametrize(
    ("address", "server_name"),
    [("https://a..b:8200", ""), (f"https://{'x' * 300}:8200", ""), ("https://127.0.0.1:1", ".a")],
)
async def test_names_that_are_not_valid_are_reported(address: str, server_name: str) -> None:
    """An error of the target, not a fault of ours."""
    target = model.Target((address,), model.Tls(server_name=server_name, skip_verify=True))
    to = failover.Cluster(
        target, transport.Transport(target, tls.context(target.tls)), retry.Policy(retries=0), clocks.TestClock()
    )
    with pytest.raises(errors.VaultError):
        await call(to)
    await to.close()


@pytest.mark.parametrize("location", ["http://[::1/", "", "ftp://x", "http://user@127.0.0.1/"])
async def test_a_redirect_to_nowhere_is_an_error(location: str) -> None:
    """Whatever stands in Location, the request goes nowhere else."""

    async def standby(_: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": location})

    async with scripted.serving(standby) as server, reaching([server.address], flaky=0.2) as to:
        with pytest.raises(errors.VaultError):
            await call(to)


async def test_addresses_are_tried_in_turn_and_the_good_one_is_remembered() -> None:
    """A dead first address costs one try, once."""
    async with (
        scripted.serving(in_turn(scripted.secret(a="1"))) as server,
        reaching(["http://127.0.0.1:1", server.address]) as to,
    ):
        await call(to)
        await call(to)
        assert len(server.requests) == 2


async def test_calls_at_once_agree_on_the_good_address() -> None:
    """However many find the first address dead together, all later ones start at the good one."""
    async with (
        scripted.serving(in_turn(scripted.refusal(503, "Vault is sealed"))) as bad,
        scripted.serving(in_turn(scripted.secret(a="1"))) as server,
        reaching([bad.address, server.address]) as to,
    ):
        for _ in range(4):
            await asyncio.gather(*(call(to) for _ in range(7)))
        assert len(bad.requests) == 7


async def test_a_kept_connection_that_broke_is_replaced_at_once() -> None:
    """The first broken connection costs no pause."""
    time = clocks.TestClock()
    async with (
        scripted.serving(in_turn(scripted.secret(a="1"), "drop", scripted.secret(a="1"))) as server,
        reaching([server.address], time=time) as to,
    ):
        await call(to)
        await call(to)
        assert time.slept == []


async def test_a_slow_try_is_given_up_and_repeated() -> None:
    """A frozen node is left after the try's own time; the next connection may find another."""
    first = True

    async def handle(_: web.Request) -> web.StreamResponse:
        nonlocal first
        if first:
            first = False
            await asyncio.sleep(30)
        return scripted.secret(a="1")

    async with scripted.serving(handle) as server, reaching([server.address], read=0.3) as to:
        assert (await call(to)).status == 200
        assert len(server.requests) == 2


async def test_a_standbys_redirect_is_followed_to_the_leader_it_names() -> None:
    """A 307 to the leader that the standby itself names carries the request, token and body."""
    async with scripted.serving(in_turn(scripted.secret(a="1"))) as leader:

        async def standby(request: web.Request) -> web.StreamResponse:
            if request.path == "/v1/sys/leader":
                return scripted.reply({"leader_address": leader.address})
            return web.Response(status=307, headers={"Location": leader.address + request.path_qs})

        async with scripted.serving(standby) as server, reaching([server.address]) as to:
            request = transport.Request("GET", "/v1/secret/x", headers={"X-Vault-Token": "t"})
            assert (await call(to, request)).status == 200
            assert (await call(to, request)).status == 200
            assert [item.get("X-Vault-Token") for item in leader.headers] == ["t", "t"]
            assert server.requests.count("GET /v1/sys/leader") == 1


async def test_a_redirect_to_a_stranger_gets_nothing() -> None:
    """A 307 to a host that is not the cluster's leader is not followed: it would be handed the token."""
    async with scripted.serving(in_turn(scripted.secret(a="1"))) as stranger:

        async def standby(request: web.Request) -> web.StreamResponse:
            if request.path == "/v1/sys/leader":
                return scripted.reply({"leader_address": "https://vault-1.example:8200"})
            return web.Response(status=307, headers={"Location": stranger.address + request.path_qs})

        async with scripted.serving(standby) as server, reaching([server.address], flaky=2.0) as to:
            with pytest.raises(errors.TargetError) as caught:
                await call(to)
            assert stranger.requests == []
            assert stranger.address in caught.value.full_message()


async def test_a_second_redirect_is_an_error_and_no_loop() -> None:
    """Two nodes that point at each other end in an error, as the peers' processes do not survive."""

    async def both(request: web.Request) -> web.StreamResponse:
        me = f"http://{request.host}"
        if request.path == "/v1/sys/leader":
            return scripted.reply({"leader_address": me})
        return web.Response(status=307, headers={"Location": me + request.path_qs})

    async with scripted.serving(both) as server, reaching([server.address], flaky=1.0) as to:
        with pytest.raises(errors.VaultError):
            await call(to)


async def test_a_mount_that_hangs_keeps_its_slot_only_for_a_moment() -> None:
    """With every slot taken by mounts that hang, the next one still gets through."""
    async with reaching(["http://127.0.0.1:1"]) as to, asyncio.timeout(5), contextlib.AsyncExitStack() as stack:
        for _ in range(3 * failover.SLOTS):
            await stack.enter_async_context(to.slot())
