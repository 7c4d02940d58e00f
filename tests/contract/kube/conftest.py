"""Each promise runs on two API servers: the dev one, and kube-apiserver where there is one (`make test-real`)."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from provider.dev.kube import DevKube
from provider.kube import api_client
from tests.contract.kube import servers
from tests.doubles import certificates
from tests.real import bed
from tests.real.servers import api_server, cluster, programs


@pytest.fixture(scope="session")
def real_kube(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[api_server.ApiServer, cluster.Cluster]]:
    """One kube-apiserver for the whole run, with what deploy/ applies."""
    directory = tmp_path_factory.mktemp("kube")
    try:
        starting = bed.kubernetes(directory, certificates.Authority(directory))
        with starting as running:
            yield running
    except programs.NotAvailable as error:
        pytest.skip(str(error))


@pytest.fixture(params=["dev", pytest.param("real", marks=pytest.mark.real)])
async def kube(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[servers.Api]:
    """The API server under test."""
    async with contextlib.AsyncExitStack() as stack:
        if request.param == "dev":
            dev = DevKube()
            await dev.start()
            stack.push_async_callback(dev.stop)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            yield servers.Dev(session, dev, tmp_path)
            return
        server, admin = request.getfixturevalue("real_kube")
        context = ssl.create_default_context(cafile=str(server.ca_file))
        context.load_cert_chain(*server.admin)
        connector = aiohttp.TCPConnector(ssl=context)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        yield servers.Real(session, server, admin, tmp_path)


@pytest.fixture
async def provider(kube: servers.Api) -> AsyncIterator[api_client.Client]:
    """The provider's client."""
    async with kube.provider() as connected:
        yield connected
