"""Start, memory and the time of a mount, of the provider as its own process against the dev Vault.

Absolute times drift with the machine; the ratio of 20 objects to 1, and of a burst to one after another, count.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import grpc
import grpc.aio

from provider.cli import output
from provider.dev import bed as beds
from provider.v1alpha1 import service_pb2 as pb
from provider.v1alpha1 import service_pb2_grpc
from tests.bench import republishes, templates

STARTS = 7
ROUNDS = 60
BURST = 50


def main() -> None:
    """Measure and print a table."""
    rows = asyncio.run(_measure()) + templates.rows()
    print(output.table(["what", "measured", "goal"], rows))


async def _measure() -> list[list[str]]:
    starts = [await _start() for _ in range(STARTS)]
    rows = [["start to the first answered Version, median", f"{statistics.median(starts):.2f} s", "1.2 s"]]
    with tempfile.TemporaryDirectory() as directory:
        async with beds.running(Path(directory)) as bed:
            await bed.allow("api-service", "production", beds.POLICY)
            for number in range(20):
                await bed.vault.write(f"secret/data/api-service/s{number}", {"data": {"password": f"p{number}"}})
            await asyncio.sleep(2)
            rows.append(["memory idle, resident", f"{_resident(bed.provider.pid):.0f} MiB", "72 MiB"])
            one = await _mounts(bed, objects=1)
            twenty = await _mounts(bed, objects=20)
            rows.append(["a mount of 1 object, new pod, p50", f"{one * 1000:.1f} ms", ""])
            rows.append(["a mount of 20 objects, new pod, p50", f"{twenty * 1000:.1f} ms", ""])
            rows.append(["20 objects / 1 object", f"{twenty / one:.1f} x", ""])
            before = _cpu(bed.provider.pid)
            burst = await _burst(bed)
            rows.append([f"{BURST} new pods x 20 objects at once", f"{burst:.2f} s", ""])
            rows.append(["the same, a mount / one by itself", f"{burst / BURST / twenty:.2f} x", ""])
            rows.append(["CPU a mount in it", f"{(_cpu(bed.provider.pid) - before) / BURST * 1000:.1f} ms", ""])
            rows.append(["memory after the burst, resident", f"{_resident(bed.provider.pid):.0f} MiB", "95 MiB"])
            rows += await republishes.rows(bed)
    return rows


async def _start() -> float:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vault.sock"
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "provider",
            f"-endpoint={path}",
            "-health-addr=127.0.0.1:0",
            "-log-level=off",
            env={**os.environ, "KUBECONFIG": ""},
        )
        while True:
            await asyncio.sleep(0.01)
            if not path.exists():
                continue
            async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
                await service_pb2_grpc.CSIDriverProviderStub(channel).Version(pb.VersionRequest(), timeout=5)
            took = time.monotonic() - started
            process.terminate()
            await process.wait()
            return took


def _parameters(objects: int) -> dict[str, str]:
    listed = "".join(
        f"- {{objectName: f{number}, secretPath: secret/data/api-service/s{number}, secretKey: password}}\n"
        for number in range(objects)
    )
    return {"roleName": "api-service", "objects": listed}


async def _mount(bed: beds.Bed, name: str, objects: int) -> float:
    pod = bed.kube.create_pod("production", name, "api-service")
    tokens = {"vault": bed.kube.issue_token(pod, ["vault"])}
    started = time.monotonic()
    await bed.driver.mount("vault", _parameters(objects), pod, bed.directory / "pods" / pod.uid, tokens)
    return time.monotonic() - started


async def _mounts(bed: beds.Bed, *, objects: int) -> float:
    return statistics.median([await _mount(bed, f"one-{objects}-{number}", objects) for number in range(ROUNDS)])


async def _burst(bed: beds.Bed) -> float:
    started = time.monotonic()
    await asyncio.gather(*(_mount(bed, f"burst-{number}", 20) for number in range(BURST)))
    return time.monotonic() - started


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
