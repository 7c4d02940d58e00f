"""The demo is the first thing that anybody sees."""

import asyncio
import os
import sys


async def test_the_demo_shows_the_whole_way_and_ends_well() -> None:
    """Mount, rotation, refusal, audit; exit code 0; no password on the terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "provider.dev"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "VAULT_ADDR": "http://nowhere.invalid"},
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    message = out.decode()
    assert "db.production.internal" in message
    assert "3 lines, DB_HOST, DB_USER, DB_PASS" in message
    assert "nothing changed in Vault: nothing written, versions as before" in message
    assert "within the interval (1 s here): 0 requests to Vault" in message
    assert "changed versions: password, database.json, database.env" in message
    assert "add billing to bound_service_account_names" in " ".join(message.split())
    assert "refused: service account name not authorized" in message
    assert '"type": "response"}' in message


async def test_the_command_says_where_the_demo_is() -> None:
    """It is not installed with the command, but part of a checkout."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "provider", "demo"), stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode() == (
        "error: the demo needs a checkout of the project and is not installed: run `make demo` there\n"
    )
