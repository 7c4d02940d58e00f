"""The running parts as a fixture."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration import harness


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[harness.Harness]:
    async with harness.running(tmp_path) as started:
        yield started
