"""The daemon as a process: sockets, health, signals."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import grpc
import grpc.aio
import pytest
from aiohttp import web
from grpc_health.v1 import health_pb2, health_pb2_grpc

from provider import settings
from provider.dev import bed as beds
from provider.dev import driver
from provider.v1alpha1 import service_pb2 as pb
from provider.v1alpha1 import service_pb2_grpc
from tests.doubles import clocks

PASSWORD = "- {objectName: pw, secretPath: secret/data/api-service/db, secretKey: password}"
PARAMETERS = {"roleName": "api-service", "objects": PASSWORD}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def daemon(directory: Path, *flags: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`vault-csi-provider` with vault.sock in `directory`, serving."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "provider",
        f"--endpoint={directory}/vault.sock",
        *flags,
        env={**os.environ, "KUBECONFIG": "", **environment},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await answered(directory / "vault.sock")
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def version(path: Path, patience: float = 2.0) -> pb.VersionResponse:
    async with grpc.aio.insecure_channel(f"unix:{path}", options=[("grpc.default_authority", "localhost")]) as channel:
        answer: pb.VersionResponse = await service_pb2_grpc.CSIDriverProviderStub(channel).Version(
            pb.VersionRequest(version="v1alpha1"), timeout=patience
        )
        return answer


async def answered(path: Path) -> pb.VersionResponse:
    async with asyncio.timeout(clocks.HANGS):
        while True:
            try:
                return await version(path)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.05)


async def test_version_says_who_serves(tmp_path: Path) -> None:
    """The driver's health check: interface, name, a semantic version."""
    async with daemon(tmp_path, "--health-addr="):
        answer = await version(tmp_path / "vault.sock")
    assert answer.version == "v1alpha1"
    assert answer.runtime_name == "vault-csi-provider"
    assert [part.isdigit() for part in answer.runtime_version.split(".")] == [True] * 3


async def test_the_standard_health_service_is_served(tmp_path: Path) -> None:
    """Any gRPC probe works."""
    async with daemon(tmp_path, "--health-addr="), grpc.aio.insecure_channel(f"unix:{tmp_path}/vault.sock") as channel:
        for service in ("", "v1alpha1.CSIDriverProvider"):
            answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_socket_is_for_root_only_and_replaces_a_stale_one(tmp_path: Path) -> None:
    """Mode 0600; what an earlier process left behind is replaced."""
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(tmp_path / "vault.sock"))
    stale.close()
    async with daemon(tmp_path, "--health-addr="):
        assert stat.S_IMODE((tmp_path / "vault.sock").stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["vault.sock"]  # noqa: PTH208


async def test_a_socket_that_vanishes_is_bound_again(tmp_path: Path) -> None:
    """The driver may clean its directory."""
    async with daemon(tmp_path, "--health-addr="):
        (tmp_path / "vault.sock").unlink()
        assert (await answered(tmp_path / "vault.sock")).version == "v1alpha1"
        await asyncio.sleep(1.5)
        assert (tmp_path / "vault.sock").is_socket()


async def test_two_providers_on_one_socket_do_not_fight_for_it(tmp_path: Path) -> None:
    """In an update that starts the new pod first, the new one keeps the socket; should it die, the old one is back."""

    def inode() -> int:
        return os.stat(tmp_path / "vault.sock").st_ino  # noqa: PTH116

    async with daemon(tmp_path, "--health-addr=") as old:
        first = inode()
        async with daemon(tmp_path, "--health-addr="):
            async with asyncio.timeout(clocks.HANGS):
                while inode() == first:
                    await asyncio.sleep(0.05)
            taken = inode()
            await asyncio.sleep(2.5)
            assert inode() == taken
        await answered(tmp_path / "vault.sock")
        assert old.returncode is None


async def test_health_tells_the_truth(tmp_path: Path) -> None:
    """Ready while the socket answers, whatever Vault does; alive throughout."""
    port = free_port()
    async with (
        daemon(tmp_path, f"--health-addr=127.0.0.1:{port}", VAULT_ADDR="http://127.0.0.1:1") as process,
        aiohttp.ClientSession() as session,
    ):
        for path in ("/health/ready", "/readyz", "/livez"):
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert (answer.status, await answer.text()) == (200, "ok\n")
        (tmp_path / "vault.sock").unlink()
        (tmp_path / "vault.sock").mkdir()
        await asyncio.sleep(1.2)
        async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
            assert answer.status == 503
        async with session.get(f"http://127.0.0.1:{port}/livez") as answer:
            assert answer.status == 200
        assert process.returncode is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_in_order_on_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 0, the socket removed."""
    async with daemon(tmp_path, "--health-addr=") as process:
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), clocks.HANGS) == 0
        assert not (tmp_path / "vault.sock").exists()


@contextlib.asynccontextmanager
async def mount_in_flight(
    directory: Path, seconds: float
) -> AsyncIterator[tuple[beds.Bed, asyncio.Task[driver.Mounted]]]:
    """A bed, and a mount whose read has reached a Vault that takes `seconds` for it."""
    async with beds.running(directory) as bed:
        await bed.allow("api-service", "production", beds.POLICY)
        await bed.vault.write("secret/data/api-service/db", {"data": {"password": "p1"}})
        reached = asyncio.Event()

        async def slow(request: web.BaseRequest) -> web.StreamResponse | None:
            if request.path.startswith("/v1/secret/"):
                reached.set()
                await asyncio.sleep(seconds)
            return None

        bed.vault.faults = slow
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
        mount = asyncio.ensure_future(
            bed.driver.mount("vault", PARAMETERS, pod, directory / "mount", tokens, provider_class="spc")
        )
        await asyncio.wait_for(reached.wait(), clocks.HANGS)
        yield bed, mount


async def test_a_mount_in_flight_is_finished_before_it_stops(tmp_path: Path) -> None:
    """SIGTERM during a mount: its files still arrive."""
    async with mount_in_flight(tmp_path, 1) as (bed, mount):
        assert await asyncio.wait_for(bed.provider.stop(), clocks.HANGS) == 0
        assert (await mount).files == ("pw",)


SHORT = settings.Shutdown(settle=0.2, drain=1.0, cancel=0.5, revoke=0.5, store=0.5)
SERVE = f"""
import asyncio, dataclasses, os, sys
from provider import app, settings
from provider.cli import flags
from provider.observe import logs
chosen = flags.parse(sys.argv[1:], os.environ).settings
logs.setup(chosen.serve.log_level, sys.stderr)
serve = dataclasses.replace(chosen.serve, shutdown=settings.{SHORT})
asyncio.run(app.serve(dataclasses.replace(chosen, serve=serve)))
"""
"""The command `serve`, in less time."""


async def test_it_ends_in_time_where_everything_hangs(tmp_path: Path) -> None:
    """Mounts and revocations that a Vault never answers: each part of the end takes its time and no more."""
    async with beds.running(tmp_path) as bed:
        await bed.provider.stop()
        await bed.allow("api-service", "production", beds.POLICY)
        await bed.vault.write("secret/data/api-service/db", {"data": {"password": "p1"}})
        hanging, revoking = asyncio.Event(), asyncio.Event()

        async def slow(request: web.BaseRequest) -> web.StreamResponse | None:
            for path, reached in (("/v1/secret/data/api-service/none", hanging), ("/v1/auth/token/revoke-", revoking)):
                if request.path.startswith(path):
                    reached.set()
                    await asyncio.sleep(clocks.FOREVER)
            return None

        bed.vault.faults = slow

        async def mount(name: str, objects: str) -> driver.Mounted:
            pod = bed.kube.create_pod("production", name, "api-service", node="node-1")
            tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
            sent = {**PARAMETERS, "objects": objects, "revokeOnPodDelete": "true"}
            return await bed.driver.mount("vault", sent, pod, tmp_path / name, tokens, provider_class="spc")

        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVE, f"-endpoint={bed.provider.sockets}/vault.sock", "-health-addr="),
            *("-log-level=debug", f"-state-dir={tmp_path}/state"),
            env={**os.environ, **bed.environment, "NODE_NAME": "node-1"},
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        await answered(bed.provider.sockets / "vault.sock")
        await mount("gone", PASSWORD)
        mounts = [asyncio.ensure_future(mount(f"p-{each}", PASSWORD.replace("/db", "/none"))) for each in range(10)]
        await asyncio.wait_for(hanging.wait(), clocks.HANGS)
        bed.kube.delete("pods", "production", "gone")
        async with asyncio.timeout(clocks.HANGS):
            while b"volume forgotten" not in await process.stderr.readline():
                pass
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), SHORT.total + 4.0)
        assert (process.returncode, b"Traceback" in errors) == (0, False)
        assert revoking.is_set()
        for each in mounts:
            each.cancel()
        await asyncio.gather(*mounts, return_exceptions=True)


async def test_a_mount_in_flight_outlives_its_sockets_file(tmp_path: Path) -> None:
    """The driver cleans its directory in the middle of a mount: its files still arrive, and Vault is asked once."""
    async with mount_in_flight(tmp_path, 3) as (bed, mount):
        (bed.provider.sockets / "vault.sock").unlink()
        await answered(bed.provider.sockets / "vault.sock")
        assert (await mount).files == ("pw",)
        assert bed.vault.count("GET", "/v1/secret/") == 1


async def test_a_provider_killed_and_started_again_serves_the_waiting_driver(tmp_path: Path) -> None:
    """The driver waits for ready; the next process takes over its socket."""
    async with beds.running(tmp_path) as bed:
        await bed.allow("api-service", "production", beds.POLICY)
        await bed.vault.write("secret/data/api-service/db", {"data": {"password": "p1"}})
        pod = bed.kube.create_pod("production", "api-0", "api-service")
        tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}

        async def mount() -> driver.Mounted:
            return await bed.driver.mount("vault", PARAMETERS, pod, tmp_path / "m", tokens, provider_class="spc")

        first = await mount()
        os.kill(bed.provider.pid, signal.SIGKILL)
        await bed.provider.stop()
        waiting = asyncio.ensure_future(mount())
        await bed.provider.start(bed.environment)
        assert (await asyncio.wait_for(waiting, clocks.HANGS)).versions == first.versions


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--endpoint=/nowhere/vault.sock"], "the directory /nowhere does not exist"),
        (["--endpoint=/tmp/" + "x" * 120], "longer than"),
        (["--nope"], "--nope"),
        (["--kubeconfig=/nowhere/config"], "/nowhere/config"),
        (["nope"], "no command 'nope'"),
    ],
)
async def test_what_cannot_start_says_why_and_exits_2(arguments: list[str], expected: str) -> None:
    """One line on standard error, no traceback."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "provider",
        *arguments,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "KUBECONFIG": ""},
    )
    _, message = await process.communicate()
    assert process.returncode == 2
    assert expected in message.decode()
    assert "Traceback" not in message.decode()


async def test_two_processes_on_one_health_port_say_so(tmp_path: Path) -> None:
    """Under hostNetwork the port may be taken."""
    port = free_port()
    async with daemon(tmp_path, f"--health-addr=127.0.0.1:{port}"):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "provider",
            f"--endpoint={tmp_path}/other.sock",
            f"--health-addr=127.0.0.1:{port}",
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "KUBECONFIG": ""},
        )
        _, message = await process.communicate()
    assert process.returncode == 2
    assert f"cannot listen on -health-addr 127.0.0.1:{port}" in message.decode()


async def test_the_version_is_printed_without_starting(tmp_path: Path) -> None:
    """`-version -output json`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "provider", "-version", "-output", "json", stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    message, _ = await process.communicate()
    assert process.returncode == 0
    assert json.loads(message)["gitVersion"].startswith("v")
