"""Many mounts at once: nothing is mixed, nothing is opened or asked for twice."""

import asyncio
from pathlib import Path

from aiohttp import web

from provider import model
from provider.vault import transport
from tests.doubles import clocks
from tests.integration import harness


async def test_200_mounts_of_20_identities_never_mix_data(tmp_path: Path) -> None:
    """Each pod gets its own service account's secrets, however many ask at the same moment."""
    async with harness.running(tmp_path) as parts:
        accounts = [f"team-{number}" for number in range(20)]
        for account in accounts:
            await parts.role(account, f'path "secret/data/{account}" {{ capabilities = ["read"] }}')
            await parts.kv(account, password=f"of-{account}")
        pods = [(account, parts.pod(f"{account}-{number}", account)) for account in accounts for number in range(10)]

        async def mount(account: str, pod: model.Pod) -> str:
            await parts.mount(
                pod, f"- {{objectName: pw, secretPath: secret/data/{account}, secretKey: password}}", roleName=account
            )
            return parts.text(pod, "pw")

        got = await asyncio.gather(*(mount(account, pod) for account, pod in pods))
        assert got == [f"of-{account}" for account, _ in pods]
        assert parts.vault.count("POST", "/v1/auth/kubernetes/login") == 200


async def test_connections_and_requests_of_a_burst_are_counted(tmp_path: Path) -> None:
    """50 mounts of 20 objects: at most 64 connections, 50 logins and 1,000 reads; a second round 1,000 reads."""
    async with harness.running(tmp_path) as parts:
        for number in range(20):
            await parts.kv(f"s{number}", password=f"p{number}")
        objects = "".join(
            f"- {{objectName: f{number}, secretPath: secret/data/s{number}, secretKey: password}}\n"
            for number in range(20)
        )
        pods = [parts.pod(f"api-{number}") for number in range(50)]
        await asyncio.gather(*(parts.mount(pod, objects) for pod in pods))
        assert len(parts.vault.requests) == 50 + 1000
        # The dev server's own token reviews and the test's writes use no connection to Vault.
        assert parts.vault.connections <= 64
        before = parts.vault.connections
        await asyncio.gather(*(parts.mount(pod, objects) for pod in pods))
        assert len(parts.vault.requests) == 50 + 2000
        assert parts.vault.connections == before


async def test_mounts_that_hang_do_not_hold_up_the_others(tmp_path: Path) -> None:
    """200 mounts of a path that never answers, and a bystander on the same Vault is served all the same."""
    async with harness.running(tmp_path) as parts:
        await parts.kv("db", password="p1")
        hanging = 0

        async def fault(request: web.BaseRequest) -> web.StreamResponse | None:
            nonlocal hanging
            if request.path == "/v1/slow":
                hanging += 1
                await asyncio.sleep(clocks.FOREVER)
            return None

        parts.vault.faults = fault
        slow = [
            asyncio.ensure_future(parts.mount(parts.pod(f"slow-{number}"), "- {objectName: x, secretPath: slow}"))
            for number in range(200)
        ]
        async with asyncio.timeout(clocks.HANGS):
            while hanging < transport.POOL_SIZE:
                await asyncio.sleep(0.05)
        bystander = parts.pod("bystander")
        await parts.mount(bystander, "- {objectName: pw, secretPath: secret/data/db, secretKey: password}")
        # Requests that hang hold every pooled connection; a bystander goes past the pool after its wait.
        assert not any(task.done() for task in slow), "none had to end for the bystander's sake"
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        assert parts.text(bystander, "pw") == "p1"
