"""What the dev Vault has for tests, beyond what a Vault has."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from provider.dev.vault import DevVault, database
from tests.doubles import clocks


class _Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def monotonic(self) -> float:
        """See `clock.Clock`."""
        return self.time

    def now(self) -> float:
        """See `clock.Clock`."""
        return self.time

    def thread_time(self) -> float:
        """See `clock.Clock`."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """See `clock.Clock`."""
        self.time += seconds
        await asyncio.sleep(0)


async def test_time_is_the_clocks(session: aiohttp.ClientSession) -> None:
    """A token's life is counted by the clock that was given."""
    clock = _Clock()
    vault = DevVault(time=clock)
    await vault.start()
    made = await vault.write("auth/token/create", {"policies": ["default"], "ttl": "1h"})
    assert made is not None
    headers = {"X-Vault-Token": made["client_token"]}
    url = f"{vault.address}/v1/auth/token/lookup-self"
    for elapsed, status in ((3599, 200), (2, 403)):
        clock.time += elapsed
        async with session.get(url, headers=headers) as answer:
            assert answer.status == status
    await vault.stop()


async def test_connections_and_requests_are_counted(dev_vault: DevVault) -> None:
    """Every connection and every request is counted, and no token is kept with them."""
    async with aiohttp.ClientSession() as session:
        for _ in range(3):
            headers = {"X-Vault-Token": dev_vault.root_token, "X-Other": "kept"}
            async with session.get(f"{dev_vault.address}/v1/secret/data/x?version=1", headers=headers) as answer:
                await answer.read()
    assert dev_vault.connections == 1
    assert dev_vault.count() == dev_vault.count("GET", "/v1/secret/") == 3
    assert dev_vault.requests[0].status == 404
    assert dev_vault.requests[0].headers["X-Other"] == "kept"
    assert dev_vault.root_token not in repr(dev_vault.requests)


async def test_faults_answer_first(dev_vault: DevVault, session: aiohttp.ClientSession) -> None:
    """A fault's answer is sent in place of Vault's."""

    async def throttled(request: web.BaseRequest) -> web.StreamResponse | None:
        return web.Response(status=429) if "/data/" in request.path else None

    dev_vault.faults = throttled
    for path, status in (("secret/data/x", 429), ("sys/health", 200)):
        async with session.get(f"{dev_vault.address}/v1/{path}") as answer:
            assert answer.status == status


async def test_a_standby_redirects(dev_vault: DevVault, session: aiohttp.ClientSession) -> None:
    """A standby sends requests to the active node and says in its health what it is."""
    dev_vault.status.leader = "http://active:8200"
    url = f"{dev_vault.address}/v1/secret/data/x?version=1"
    async with session.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (307, "http://active:8200/v1/secret/data/x?version=1")
    for query, status in (("", 429), ("?standbyok=true", 200), ("?standbycode=299", 299)):
        async with session.get(f"{dev_vault.address}/v1/sys/health{query}") as answer:
            assert answer.status == status


async def test_what_it_holds_outlives_a_restart(session: aiohttp.ClientSession) -> None:
    """Stopped and started again on the same port, it has the same secrets and tokens."""
    vault = DevVault()
    address = await vault.start()
    await vault.write("secret/data/app", {"data": {"key": "value"}})
    await vault.stop()
    assert await vault.start(port=int(address.rpartition(":")[2])) == address
    headers = {"X-Vault-Token": vault.root_token}
    async with session.get(f"{address}/v1/secret/data/app", headers=headers) as answer:
        assert answer.status == 200
    await vault.stop()


async def test_logins_end_with_their_lease() -> None:
    """The database engine's own side: a login is good until its lease ends."""
    clock = _Clock()
    vault = DevVault(time=clock)
    await vault.write("sys/mounts/database", {"type": "database"})
    await vault.write("database/config/main", {"allowed_roles": "*"})
    await vault.write("database/roles/app", {"db_name": "main", "default_ttl": "1m", "max_ttl": "2m"})
    login = await vault.read("database/creds/app")
    engine = vault.state.mounts["database/"].engine
    assert isinstance(engine, database.Database)
    assert login is not None
    assert engine.accepts(login["username"], login["password"])
    clock.time += 61
    assert not engine.accepts(login["username"], login["password"])


async def test_audit_lines_are_told_as_they_are_written(dev_vault: DevVault) -> None:
    """A listener hears each audit line."""
    heard: list[str] = []
    dev_vault.state.audit.listener = lambda line: heard.append(line["type"])
    await dev_vault.read("sys/mounts")
    assert heard == ["request", "response"]


async def test_a_connection_may_be_dropped(dev_vault: DevVault, session: aiohttp.ClientSession) -> None:
    """A fault may end the connection without an answer."""

    async def dropped(request: web.BaseRequest) -> web.StreamResponse | None:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    dev_vault.faults = dropped
    with pytest.raises(aiohttp.ClientConnectionError):
        await session.get(f"{dev_vault.address}/v1/sys/health")


async def test_stopping_does_not_wait_for_what_hangs(session: aiohttp.ClientSession) -> None:
    """A request that hangs in a fault does not hold up the end."""

    async def hanging(request: web.BaseRequest) -> web.StreamResponse | None:
        await asyncio.sleep(clocks.FOREVER)
        return None

    vault = DevVault()
    vault.faults = hanging
    await vault.start()
    asked = asyncio.ensure_future(session.get(f"{vault.address}/v1/sys/health"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(clocks.HANGS):
        await vault.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked


async def test_a_unix_socket(tmp_path: Path) -> None:
    """It serves on a unix socket too."""
    vault = DevVault()
    path = str(tmp_path / "vault.sock")
    assert await vault.start_unix(path) == f"unix://{path}"
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(path)) as session,
        session.get("http://vault/v1/sys/health") as answer,
    ):
        assert answer.status == 200
    await vault.stop()


async def test_tls(tmp_path: Path) -> None:
    """It serves TLS with a context of its caller's, here with a certificate of its own PKI engine."""
    vault = DevVault()
    await vault.write("sys/mounts/pki", {"type": "pki"})
    await vault.write("pki/root/generate/internal", {"common_name": "Root", "key_type": "ec"})
    await vault.write("pki/roles/local", {"allow_any_name": True, "key_type": "ec"})
    issued = await vault.write("pki/issue/local", {"common_name": "localhost", "ip_sans": "127.0.0.1"})
    assert issued is not None
    pem = tmp_path / "server.pem"
    pem.write_text(f"{issued['private_key']}\n{issued['certificate']}\n")
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(pem)
    address = await vault.start(ssl_context=serving)
    trusting = ssl.create_default_context(cadata=issued["issuing_ca"])
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address}/v1/sys/health", ssl=trusting) as answer,
    ):
        assert answer.status == 200
    await vault.stop()
