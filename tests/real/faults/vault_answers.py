"""Vault, or what stands before it, answers with what nobody asked for, or not at all."""

import asyncio
import time
from typing import Final

from aiohttp import web

from tests.real.faults import front, load, mounts, scenario
from tests.real.faults import stage as stages

VICTIM: Final = mounts.Kind("victim")
READ: Final = "/v1/secret/data/faults/3"
LOGIN: Final = "/v1/auth/kubernetes/login"
PAGE: Final = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body>page-text nginx</body></html>"
HANGING: Final = 200


async def rate_limited(stage: stages.Stage) -> scenario.Result:
    """The active server takes 20 requests a second, and 27.5 are asked."""
    log = stage.provider.process.log
    begins = log.stat().st_size
    # One address: each server counts for itself, and behind a Service the limit would be three times as high.
    parameters = {"vaultAddress": stage.vaults.active().address}
    quota = "sys/quotas/rate-limit/faults"

    async def fault(_: mounts.Caller) -> None:
        await asyncio.to_thread(stage.request, "POST", quota, {"rate": 20, "interval": "1s"})

    try:
        seen = await load.run(stage, fault, seconds=24.0, beat=8.0, parameters=parameters)
    finally:
        await asyncio.to_thread(stage.request, "DELETE", quota)
    refused = log.read_bytes()[begins:].count(b"429 Too Many Requests")
    return scenario.Result(f"{seen.summary()}; {refused} answers of 429", seen.failed() == 0 and refused > 0)


async def empty(stage: stages.Stage) -> scenario.Result:
    """204 and no body on a read, and on a login: each second one of both, beside the load."""

    async def no_read(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=204) if request.path == READ else None

    async def no_login(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=204) if request.path == LOGIN else None

    victims = iter(await asyncio.to_thread(stage.subjects, 40))
    pid = stage.provider.process.pid
    errors: list[str] = []
    async with (
        front.before(stage, no_read) as reads,
        front.before(stage, no_login) as logins,
        mounts.calling(stage) as other,
    ):

        async def fault(_: mounts.Caller) -> None:
            ends = time.monotonic() + 10.0
            while time.monotonic() < ends:
                for address in (reads, logins):
                    message = await other.sample(VICTIM, next(victims), {"vaultAddress": address})
                    errors.append(message.error)
                await asyncio.sleep(0.5)

        seen = await load.run(stage, fault, seconds=10.0)
    alive = stage.provider.process.pid == pid and stage.provider.process.exit_code is None
    said = sum("204 No Content" in error for error in errors)
    message = f"{'0 deaths' if alive else 'dead'}, {said} of {len(errors)} say 204; bystanders: {seen.summary()}"
    unchanged = seen.failed() == 0 and seen.slowest() < scenario.SLACK
    return scenario.Result(message, alive and unchanged and said == len(errors) > 10)


async def page_for_a_while(stage: stages.Stage) -> scenario.Result:
    """A load balancer without a healthy server behind it for five seconds."""
    ends = 0.0

    async def page(_: web.Request) -> web.StreamResponse | None:
        return web.Response(status=502, text=PAGE, content_type="text/html") if time.monotonic() < ends else None

    subjects = await asyncio.to_thread(stage.subjects, load.WORKERS)
    async with front.before(stage, page) as address, mounts.calling(stage, {"vaultAddress": address}) as caller:
        ends = time.monotonic() + 5.0
        await asyncio.gather(*(caller.sample(mounts.NEW, subject) for subject in subjects))
        seen = caller.outcome
    return scenario.Result(seen.summary(), seen.failed() == 0 and seen.slowest() < 5.0 + 2.0)


async def page_for_good(stage: stages.Stage) -> scenario.Result:
    """For longer than the caller waits (502), and where Vault's answer should be (200)."""
    [first, second] = await asyncio.to_thread(stage.subjects, 2)
    messages = {}
    async with mounts.calling(stage) as caller:
        for status, subject in ((502, first), (200, second)):

            async def page(_: web.Request, status: int = status) -> web.StreamResponse:
                return web.Response(status=status, text=PAGE, content_type="text/html")

            async with front.before(stage, page) as address:
                sample = await caller.sample(VICTIM, subject, {"vaultAddress": address}, deadline=8.0)
                named = str(status) in sample.error and address in sample.error
                messages[status] = (sample, named and "page-text" not in sample.error and "DOCTYPE" not in sample.error)
    words = "; ".join(f"{status}: {sample.seconds:.1f} s, {sample.error}" for status, (sample, _) in messages.items())
    return scenario.Result(words, all(well for _, well in messages.values()))


async def black_hole(stage: stages.Stage) -> scenario.Result:
    """Mounts that hang on an address that says nothing, beside a load that has a good one."""
    subjects = await asyncio.to_thread(stage.subjects, HANGING)
    async with front.black_hole() as address, mounts.calling(stage, {"vaultAddress": address}) as caller:

        async def fault(_: mounts.Caller) -> None:
            await asyncio.gather(*(caller.sample(VICTIM, subject) for subject in subjects))

        seen = await load.run(stage, fault, seconds=90.0)
        hung = caller.outcome
    message = f"{HANGING} hung for {hung.slowest():.0f} s at most; bystanders: {seen.summary()}"
    named = all(address in sample.error for sample in hung.samples)
    unchanged = seen.failed() == 0 and seen.slowest() < scenario.SLACK
    return scenario.Result(message, named and unchanged and hung.slowest() < 100.0)


SCENARIOS: Final = (
    scenario.Scenario("rate-limit", "rate limit 20/s, 27/s asked", "0 failed", 60.0, rate_limited),
    scenario.Scenario("empty", "204 on a read and on a login", "0 deaths, bystanders unchanged (< 1 s)", 40.0, empty),
    scenario.Scenario("page", "HTML page, 502 for 5 s", "0 failed, < 2 s after its end", 30.0, page_for_a_while),
    scenario.Scenario(
        "page-for-good", "HTML page, 502 or 200 for good", "status and address named, no page text", 30.0, page_for_good
    ),
    scenario.Scenario(
        "black-hole",
        f"black hole, {HANGING} mounts hang on it",
        "< 100 s for all of a mount, bystanders unchanged (< 1 s)",
        125.0,
        black_hole,
    ),
)
