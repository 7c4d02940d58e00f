"""The socket of operators: who may open it, what it does with anything, and its end."""

import asyncio
import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from provider import errors
from provider.wire import admin
from tests.doubles import clocks
from tests.integration import test_serve

QUESTION = {"do": "status"}


def echo(question: object) -> Mapping[str, Any]:
    if question == {"do": "break"}:
        raise ZeroDivisionError("canary")
    return {"echo": question}


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    listener = admin.Listener(tmp_path / "run" / "admin.sock", echo)
    await listener.start()
    yield tmp_path / "run" / "admin.sock"
    await listener.stop()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def ask(path: Path, question: Mapping[str, Any] = QUESTION) -> dict[str, Any]:
    return await asyncio.to_thread(admin.call, path, question)


async def say(path: Path, *parts: bytes, end: bool = True) -> bytes:
    """What comes back for raw bytes."""
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0)
        if end:
            writer.write_eof()
        return await reader.read()
    finally:
        writer.close()


async def test_a_request_gets_its_response(path: Path) -> None:
    """One line there, one back; in pieces too."""
    assert await ask(path) == {"echo": QUESTION}
    assert json.loads(await say(path, b'{"do":', b' "status"}\n', end=False)) == {"echo": QUESTION}
    assert json.loads(await say(path, b'{"do": "status"}')) == {"echo": QUESTION}


async def test_only_its_owner_may_open_it(path: Path) -> None:
    """Mode 0600 from the first moment, in a directory of its own; nothing temporary is left."""
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert os.listdir(path.parent) == ["admin.sock"]  # noqa: PTH208


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be someone else")
async def test_somebody_else_is_refused_by_the_kernel() -> None:
    """Also where the directory lets everybody through."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)  # noqa: PTH101, S103
        path = Path(directory) / "admin.sock"
        listener = admin.Listener(path, echo)
        await listener.start()
        try:
            tried = await asyncio.to_thread(
                subprocess.run,
                ["python3", "-c", f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"],
                user=65534,
                group=65534,
                extra_groups=[],
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            await listener.stop()
    assert tried.returncode != 0
    assert "PermissionError" in tried.stderr


@pytest.mark.parametrize(
    "junk",
    [
        b"\n",
        b"canary\n",
        b"\xff\xfe\x00\n",
        b"[" * 4000 + b"\n",
        b'{"do": "status"} canary\n',
        b"GET / HTTP/1.1\r\nHost: canary\r\n\r\n",
        b"{" + b'"canary": ' * 400,
    ],
)
async def test_junk_gets_an_error_and_nothing_of_it_back(path: Path, junk: bytes) -> None:
    """And the next request its response."""
    answer = await say(path, junk)
    assert json.loads(answer) == {"error": "the request is not a line of JSON"}
    assert await ask(path) == {"echo": QUESTION}


@pytest.mark.parametrize("size", [5_000, 50_000_000])
async def test_a_request_that_is_too_long_is_not_read(path: Path, size: int) -> None:
    """An error if the sender listens, and memory for no more than the limit."""
    try:
        answer = await say(path, b'"' + b"x" * size)
    except ConnectionError:
        answer = b""
    assert answer == b"" or b"longer than" in answer
    assert await ask(path) == {"echo": QUESTION}


async def test_a_client_that_sends_nothing_is_not_an_error(path: Path) -> None:
    """A probe that only connects, and one that goes away before its answer."""
    await say(path)
    _, writer = await asyncio.open_unix_connection(path)
    writer.write(b'{"do": "status"}\n')
    writer.close()
    assert await ask(path) == {"echo": QUESTION}


async def test_a_fault_of_ours_ends_nothing(path: Path) -> None:
    """The client gets an error, without its text."""
    with pytest.raises(errors.SettingsError, match="internal error") as caught:
        await ask(path, {"do": "break"})
    assert "canary" not in str(caught.value)
    assert await ask(path) == {"echo": QUESTION}


async def test_many_clients_are_served_at_once(path: Path) -> None:
    """Clients that send nothing do not hold up others, and each gets the response to its own request."""
    idle = [await asyncio.open_unix_connection(path) for _ in range(50)]
    assert await ask(path) == {"echo": QUESTION}
    for number, (_, writer) in enumerate(idle):
        writer.write(f"{number}\n".encode())
    answers = await asyncio.gather(*(reader.read() for reader, _ in idle))
    assert [json.loads(answer) for answer in answers] == [{"echo": number} for number in range(50)]
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize("said", [b"", b'{"do": ', b'"large"\n'])
async def test_a_client_that_does_not_send_or_read_is_cut_off(tmp_path: Path, said: bytes) -> None:
    """After its time, whatever is left to send."""
    listener = admin.Listener(tmp_path / "admin.sock", lambda _: {"much": "x" * 10_000_000}, patience=0.2)
    await listener.start()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "admin.sock"))
        client.sendall(said)
        await asyncio.sleep(0.5)
        client.settimeout(1.0)
        got = 0
        with contextlib.suppress(ConnectionError):
            while part := client.recv(1 << 20):
                got += len(part)
    assert got < 10_000_000
    await listener.stop()


async def test_its_end_closes_what_is_open(tmp_path: Path) -> None:
    """At once, although clients are connected; the file is removed too."""
    path = tmp_path / "admin.sock"
    listener = admin.Listener(path, echo)
    await listener.start()
    reader, writer = await asyncio.open_unix_connection(path)
    await ask(path)
    async with asyncio.timeout(clocks.HANGS):
        await listener.stop()
        assert await reader.read() == b""
    writer.close()
    assert not path.exists()


async def test_a_stale_socket_is_replaced_and_a_successors_is_left(tmp_path: Path) -> None:
    """As with the driver's sockets."""
    path = tmp_path / "admin.sock"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    first, second = admin.Listener(path, echo), admin.Listener(path, echo)
    await first.start()
    await second.start()
    await first.stop()
    assert await ask(path) == {"echo": QUESTION}
    await second.stop()
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [("x" * 120, "longer than"), ("there/admin.sock", "cannot listen on"), ("folder", "is not a socket")],
)
async def test_a_path_that_cannot_be_used_is_reported_with_its_flag(tmp_path: Path, name: str, message: str) -> None:
    """At the start, in words."""
    (tmp_path / "there").write_text("a file")
    (tmp_path / "folder").mkdir()
    listener = admin.Listener(tmp_path / name, echo)
    with pytest.raises(errors.SettingsError, match=message) as caught:
        await listener.start()
    assert "-admin-socket" in caught.value.full_message()
    await listener.stop()


async def test_without_a_daemon_it_says_which_socket_and_where_to_run(tmp_path: Path) -> None:
    """Nothing there, or left by one that is gone."""
    for left in (False, True):
        if left:
            gone = socket.socket(socket.AF_UNIX)
            gone.bind(str(tmp_path / "admin.sock"))
            gone.close()
        with pytest.raises(errors.SettingsError, match="no provider listens on") as caught:
            await ask(tmp_path / "admin.sock")
        assert str(tmp_path / "admin.sock") in caught.value.full_message()
        assert "kubectl -n vault-csi exec" in caught.value.full_message()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"[1]\n", b"\xff\n"])
async def test_what_is_not_a_provider_is_not_believed(tmp_path: Path, sent: bytes) -> None:
    """Another server on that path."""

    async def other(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(other, tmp_path / "other.sock")
    try:
        with pytest.raises(errors.SettingsError, match=r"no provider listens|is not a provider"):
            await ask(tmp_path / "other.sock")
    finally:
        server.close()


async def command(*arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "provider",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_daemon_and_the_commands_meet(tmp_path: Path) -> None:
    """As processes; the socket goes with the daemon, and without it the commands exit with 2."""
    path = tmp_path / "run" / "admin.sock"
    async with test_serve.daemon(tmp_path, "--health-addr=", f"--admin-socket={path}") as process:
        while not path.exists():
            await asyncio.sleep(0.05)
        assert mode(path) == 0o600
        code, out, err = await command("status", "-admin-socket", str(path))
        assert (code, out.split()[:2], err) == (0, ["POD", "SPC"], "")
        code, out, err = await command("refresh", f"--admin-socket={path}", "--all")
        assert (code, out) == (1, "")
        assert "no volume is mounted" in err
        process.terminate()
        assert await asyncio.wait_for(process.wait(), clocks.HANGS) == 0
    assert not path.exists()
    code, out, err = await command("refresh", f"--admin-socket={path}", "--all")
    assert (code, out) == (2, "")
    assert str(path) in err
