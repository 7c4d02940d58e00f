"""Each promise runs on two servers: the dev Vault, and a real one where there is one (`make test-real`)."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from provider.dev.kube import DevKube
from provider.dev.vault import DevVault
from tests.contract import api
from tests.real.servers import postgres as postgres_server
from tests.real.servers import programs
from tests.real.servers import vault as vault_server


@pytest.fixture(scope="session")
def real_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[vault_server.Vault]:
    """One real Vault for the whole run."""
    try:
        binary = programs.need(programs.VAULT)
    except programs.NotAvailable as error:
        pytest.skip(str(error))
    with vault_server.running(binary, tmp_path_factory.mktemp("vault")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Running]:
    """One Postgres for the whole run."""
    programs = postgres_server.find()
    if programs is None:
        pytest.skip(postgres_server.HOW_TO_GET)
    with postgres_server.running(programs) as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The client's connections."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as opened:
        yield opened


@contextlib.asynccontextmanager
async def _serving() -> AsyncIterator[DevVault]:
    server = DevVault()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def dev_vault() -> AsyncIterator[DevVault]:
    """A dev Vault on a socket, for what only it can do."""
    async with _serving() as server:
        yield server


@pytest.fixture(params=["dev", pytest.param("real", marks=pytest.mark.real)])
def server(request: pytest.FixtureRequest) -> str:
    """Which of the two."""
    return str(request.param)


@pytest.fixture
async def vault(
    server: str, session: aiohttp.ClientSession, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[api.Api]:
    """The Vault under test, as an HTTP client sees it."""
    if server == "dev":
        async with _serving() as dev:
            yield api.Api(session, dev.address, dev.root_token, "any", lambda: dev.state.audit.lines)
        return
    real: vault_server.Vault = request.getfixturevalue("real_vault")
    log = tmp_path / "audit.log"
    client = api.Api(session, real.address, real.root_token, real.unseal_key, lambda: _lines(log))
    device = client.name("audit")
    await client.done("PUT", f"sys/audit/{device}", {"type": "file", "options": {"file_path": str(log)}})
    yield client
    await client.done("DELETE", f"sys/audit/{device}")


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
async def kube() -> AsyncIterator[DevKube]:
    """The API server that reviews tokens, for both Vaults."""
    api_server = DevKube()
    await api_server.start()
    yield api_server
    await api_server.stop()
