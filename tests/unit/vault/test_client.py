"""Requests to Vault besides reads: what is sent, once, with the identity's headers."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import hvac
import pytest
from aiohttp import web

from provider import errors, model
from provider.base import clock, secret
from provider.vault import client, failover, retry, transport
from tests.doubles import remembering, scripted

Order = Callable[[client.Client], Coroutine[Any, Any, transport.Answer]]


async def ordered(order: Order, *answers: web.Response) -> tuple[transport.Answer, scripted.Scripted]:
    """One order to a server that gives these answers in turn."""
    left = list(answers)

    async def handle(_: web.Request) -> web.StreamResponse:
        return left.pop(0)

    async with scripted.serving(handle) as server:
        target, time = model.Target((server.address,)), clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)
        try:
            made = client.Client(
                to,
                deadline=time.monotonic() + 5,
                reporter=remembering.NOBODY,
                namespace="team",
                token=secret.Secret("hvs.t"),
            )
            return await order(made), server
        finally:
            await to.close()


@pytest.mark.parametrize(
    ("order", "request_line", "body"),
    [
        (lambda to: to.renew_lease("a/b", 59.6), "PUT /v1/sys/leases/renew", {"lease_id": "a/b", "increment": 60}),
        (lambda to: to.revoke_lease("a/b"), "PUT /v1/sys/leases/revoke", {"lease_id": "a/b"}),
        (lambda to: to.renew_self(), "POST /v1/auth/token/renew-self", {}),
        (lambda to: to.revoke_self(), "POST /v1/auth/token/revoke-self", {}),
    ],
)
async def test_what_goes_out(order: Order, request_line: str, body: dict[str, Any]) -> None:
    """Method, path and body as Vault's API has them; token and namespace in the headers."""
    answer, server = await ordered(order, scripted.reply({}))
    assert answer.status == 200
    assert server.requests == [request_line]
    assert json.loads(server.bodies[0]) == body
    sent = server.headers[0]
    assert (sent["X-Vault-Token"], sent["X-Vault-Namespace"], sent["X-Vault-Request"]) == ("hvs.t", "team", "true")


@pytest.mark.parametrize(
    ("order", "made"),
    [
        (lambda to: to.read(model.Read("", "secret/app")), 0),
        (lambda to: to.renew_lease("a/b", 60), 0),
        (lambda to: to.revoke_self(), 0),
        (lambda to: to.look_up_self(), 1),
        (lambda to: to.log_in("kubernetes", {"role": "app", "jwt": secret.Secret("jwt")}), 1),
    ],
)
async def test_only_logins_and_look_ups_pay_for_hvac(order: Order, made: int) -> None:
    """A client that reads holds no client of hvac's, which is what takes longest to make."""

    async def and_count(to: client.Client) -> transport.Answer:
        assert not held(to)
        answer = await order(to)
        assert len(held(to)) == made
        return answer

    def held(to: client.Client) -> list[object]:
        return [each for each in vars(to).values() if isinstance(each, hvac.Client)]

    answer, server = await ordered(and_count, scripted.reply({}))
    assert (answer.status, len(server.requests)) == (200, 1)


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
async def test_a_refusal_comes_back_at_once(status: int) -> None:
    """Whoever orders it decides what comes next: nothing is tried again here."""
    answer, server = await ordered(lambda to: to.revoke_self(), scripted.refusal(status, "no"))
    assert (answer.status, len(server.requests)) == (status, 1)


async def test_no_answer_at_all_is_an_error() -> None:
    """One try at each address."""
    target, time = model.Target(("http://127.0.0.1:1", "http://127.0.0.1:2")), clock.SystemClock()
    to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)
    try:
        with pytest.raises(errors.VaultUnavailable, match="after 2 tries"):
            await client.Client(to, deadline=time.monotonic() + 5, reporter=remembering.NOBODY).renew_self()
    finally:
        await to.close()


async def test_a_kept_connection_that_was_closed_costs_no_try() -> None:
    """The other side had closed it, which says nothing about Vault: one more follows at once, on a new one."""
    seen: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        if len(seen) == 2:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=204)

    async with scripted.serving(handle) as server:
        target, time = model.Target((server.address,)), clock.SystemClock()
        to = failover.Cluster(target, transport.Transport(target, None), retry.Policy(), time)
        made = client.Client(to, deadline=time.monotonic() + 5, reporter=remembering.NOBODY)
        assert [(await made.revoke_self()).status for _ in range(2)] == [204, 204]
        await to.close()
    assert len(seen) == 3
