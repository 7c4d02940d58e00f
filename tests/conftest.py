"""What holds for every test."""

import logging
import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _log_levels_as_before() -> Iterator[None]:
    """Commands and the daemon set logging up for their process, which is everybody's here."""
    loggers = [logging.getLogger(), logging.getLogger("provider")]
    levels = [each.level for each in loggers]
    handlers = loggers[0].handlers[:]
    yield
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    loggers[0].handlers[:] = [each for each in loggers[0].handlers if each in handlers] or handlers


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers per core for `-n auto`: half of them wait for a socket or a clock."""
    return min(2 * (os.cpu_count() or 1), 16)
