"""A highly available Vault that loses its leader, under 20 workers with new pods and 20 that republish theirs."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from tests.real.faults import load, stage
from tests.real.servers import programs

pytestmark = pytest.mark.real

SECONDS = 16.0


@pytest.fixture(scope="module")
def stage_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Stage]:
    """Three Vault servers behind one address, an API server, the provider."""
    try:
        with stage.running(tmp_path_factory.mktemp("faults")) as running:
            yield running
    except programs.NotAvailable as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("form", ["service", "list"])
async def test_a_killed_leader_fails_no_mount(stage_of_three: stage.Stage, form: str) -> None:
    """Mounts wait for the election and no longer; one address of a Service, or all of them with commas."""
    vaults = stage_of_three.vaults
    address = {"service": stage_of_three.service.address, "list": vaults.addresses}[form]
    outage = 0.0

    async def fault(running: load.Load) -> None:
        nonlocal outage
        await asyncio.sleep(3.0)
        leader = await asyncio.to_thread(vaults.active)
        began = time.monotonic()
        leader.process.kill()
        await asyncio.to_thread(vaults.active)
        outage = time.monotonic() - began
        await asyncio.sleep(max(0.0, 8.0 - outage))
        await asyncio.to_thread(vaults.restart, leader)

    try:
        seen = await load.Load(stage_of_three, seconds=SECONDS, parameters={"vaultAddress": address}).run(fault)
    finally:
        await asyncio.to_thread(stage_of_three.healed)
    assert len(seen.samples) >= 2 * load.WORKERS
    assert seen.failed() == 0, seen.told()
    assert seen.slowest() < outage + 2.0, f"{seen.told()}; outage {outage:.1f} s"


async def test_a_sealed_leader_fails_no_mount(stage_of_three: stage.Stage) -> None:
    """A sealed server is left at once: its answers are tried again on another connection."""
    vaults = stage_of_three.vaults
    outage = 0.0

    async def fault(running: load.Load) -> None:
        nonlocal outage
        await asyncio.sleep(3.0)
        leader = await asyncio.to_thread(vaults.active)
        began = time.monotonic()
        await asyncio.to_thread(leader.seal)
        await asyncio.to_thread(vaults.active)
        outage = time.monotonic() - began
        assert leader.health() == 503
        await asyncio.sleep(6.0)

    try:
        seen = await load.Load(stage_of_three, seconds=SECONDS).run(fault)
    finally:
        await asyncio.to_thread(stage_of_three.healed)
    assert seen.failed() == 0, seen.told()
    assert seen.slowest() < outage + 2.0, f"{seen.told()}; outage {outage:.1f} s"


async def test_a_paused_api_server_is_not_noticed_by_pods_that_do_not_need_it(stage_of_three: stage.Stage) -> None:
    """Republished pods, and new ones that log in by jwt, mount at once and with the same versions."""
    server = stage_of_three.server.process

    async def fault(running: load.Load) -> None:
        await asyncio.sleep(2.0)
        server.pause()
        await asyncio.sleep(10.0)
        server.resume()

    try:
        seen = await load.Load(stage_of_three, seconds=12.0, parameters={"vaultAuthMountPath": stage.JWT}).run(fault)
    finally:
        await asyncio.to_thread(stage_of_three.healed)
    assert {sample.kind for sample in seen.samples} == {"new", "again"}
    assert seen.failed() == 0, seen.told()
    # Milliseconds, on a machine that does nothing else; whoever waited for the API server would wait seconds.
    assert seen.slowest() < 1.0, seen.told()
    assert len(seen.versions) == 1
