"""The threads of the Kubernetes client."""

import asyncio
import subprocess
import sys
import threading

import pytest

from provider.base import threads
from tests.doubles import clocks


async def test_work_returns_and_raises_to_its_caller() -> None:
    """An outcome reaches the caller that asked, whichever it is."""
    pool = threads.Threads(2, "test")
    assert await pool.run(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    pool.close()


async def test_no_more_threads_than_allowed_run_at_once() -> None:
    """A burst waits for a free thread instead of starting more."""
    pool, gate, running = threads.Threads(3, "burst"), threading.Event(), []

    def hang() -> None:
        running.append(threading.current_thread().name)
        gate.wait(clocks.FOREVER)

    burst = [asyncio.create_task(pool.run(hang)) for _ in range(10)]
    await asyncio.sleep(0.1)
    assert len(running) == 3
    gate.set()
    await asyncio.gather(*burst)
    assert len(running) == 10
    assert len(set(running)) == 3
    pool.close()


async def test_an_idle_thread_is_used_again() -> None:
    """Requests one after the other need one thread."""
    pool = threads.Threads(8, "idle")
    names = set()
    for _ in range(20):
        names.add(await pool.run(lambda: threading.current_thread().name))
        await asyncio.sleep(0.002)
    assert len(names) <= 2
    pool.close()


async def test_a_cancelled_caller_is_free_while_its_thread_hangs() -> None:
    """Cancelling does not wait for the thread, and work that has not begun never runs."""
    pool, gate, begun = threads.Threads(1, "cancel"), threading.Event(), []
    hanging = asyncio.create_task(pool.run(lambda: gate.wait(clocks.FOREVER)))
    await asyncio.sleep(0.05)
    queued = asyncio.create_task(pool.run(lambda: begun.append(1)))
    await asyncio.sleep(0)
    for task in (hanging, queued):
        task.cancel()
    async with asyncio.timeout(clocks.HANGS):
        outcomes = await asyncio.gather(hanging, queued, return_exceptions=True)
    assert [type(one) for one in outcomes] == [asyncio.CancelledError] * 2
    gate.set()
    assert await pool.run(lambda: "next") == "next"
    assert begun == []
    pool.close()


async def test_closing_ends_the_threads_and_tells_what_waits() -> None:
    """After close no thread is left once its work is done, and waiting callers get an error."""
    pool, gate = threads.Threads(1, "closing"), threading.Event()
    hanging = asyncio.create_task(pool.run(lambda: gate.wait(clocks.FOREVER)))
    await asyncio.sleep(0.05)
    queued = asyncio.create_task(pool.run(lambda: None))
    await asyncio.sleep(0)
    pool.close()
    with pytest.raises(threads.Closed):
        await queued
    gate.set()
    assert await hanging
    for _ in range(50):
        if not any(thread.name.startswith("closing") for thread in threading.enumerate()):
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("a thread is left")
    with pytest.raises(threads.Closed):
        await pool.run(lambda: None)


def test_a_thread_that_hangs_does_not_keep_the_process_from_ending() -> None:
    """The provider exits in time also while the API server hangs."""
    script = (
        "import asyncio, time\nfrom provider.base import threads\n"
        "async def main():\n"
        "    pool = threads.Threads(1, 'hanging')\n"
        "    asyncio.create_task(pool.run(lambda: time.sleep(60)))\n"
        "    await asyncio.sleep(0.1)\n"
        "    pool.close()\n"
        "asyncio.run(main())\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=20).returncode == 0
