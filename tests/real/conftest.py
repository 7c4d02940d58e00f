"""One bed of real servers for all of tests/real; without them its tests are skipped by name."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real import bed, nodes
from tests.real.servers import driver, postgres, programs


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[bed.Bed]:
    """API server, Vault and provider, shared by the whole run: a test takes names of its own."""
    try:
        starting = bed.running(tmp_path_factory.mktemp("bed"))
        with starting as running:
            request.config.stash[_BED] = running
            yield running
    except programs.NotAvailable as error:
        pytest.skip(str(error))


_BED: pytest.StashKey[bed.Bed] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A failing test prints the end of each server's log."""
    report = yield
    running = item.config.stash.get(_BED, None)
    if report.when == "call" and report.failed and running is not None and "parts" in getattr(item, "fixturenames", ()):
        for process in (running.provider.process, running.vault.process, running.server.process):
            report.sections.append((f"the end of {process.name}'s log", process.tail()))
    return report


@pytest.fixture
async def double(parts: bed.Bed, tmp_path: Path) -> AsyncIterator[nodes.DoubleNode]:
    """A node with the driver's double, whose kubelet brings tokens for Vault."""
    made = nodes.DoubleNode(parts, tmp_path)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def driver_process(parts: bed.Bed) -> Iterator[driver.DriverNode]:
    """The real driver, where its binary is named."""
    try:
        made = driver.DriverNode(parts, driver.find(), parts.directory / "driver")
    except programs.NotAvailable as error:
        pytest.skip(str(error))
    made.start()
    yield made
    made.process.stop()


@pytest.fixture
async def real_driver(driver_process: driver.DriverNode) -> AsyncIterator[driver.DriverNode]:
    """A node with the real driver; its volumes are gone after the test."""
    yield driver_process
    await driver_process.close()


@pytest.fixture(params=["double", "real_driver"])
def node(request: pytest.FixtureRequest) -> nodes.Node:
    """Each scenario on both: the driver's double, and the real one where it is there."""
    made: nodes.Node = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="session")
def database(parts: bed.Bed) -> Iterator[postgres.Running]:
    """A Postgres that Vault makes logins in: database/creds/app lives an hour, and reads."""
    programs_of_postgres = postgres.find()
    if programs_of_postgres is None:
        pytest.skip(postgres.HOW_TO_GET)
    with postgres.running(programs_of_postgres) as running:
        address = f"{running.host}:{running.port}/postgres?sslmode=disable"
        parts.vault.request("POST", "sys/mounts/database", {"type": "database"})
        parts.vault.request(
            "POST",
            "database/config/postgres",
            {
                "plugin_name": "postgresql-database-plugin",
                "allowed_roles": "*",
                "connection_url": f"postgresql://{{{{username}}}}:{{{{password}}}}@{address}",
                "username": running.admin,
                "password": running.password,
            },
        )
        parts.vault.request(
            "POST",
            "database/roles/app",
            {
                "db_name": "postgres",
                "default_ttl": "1h",
                "creation_statements": [
                    "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'"
                ],
            },
        )
        yield running


@pytest.fixture(scope="session")
def pki(parts: bed.Bed) -> str:
    """The path of a PKI engine with a role `web` for names under production.internal."""
    parts.vault.request("POST", "sys/mounts/pki", {"type": "pki", "config": {"max_lease_ttl": "8760h"}})
    parts.vault.request("POST", "pki/root/generate/internal", {"common_name": "Test root", "ttl": "8000h"})
    allowed = {"allowed_domains": "production.internal", "allow_subdomains": True, "max_ttl": "24h"}
    parts.vault.request("POST", "pki/roles/web", allowed)
    return "pki"
