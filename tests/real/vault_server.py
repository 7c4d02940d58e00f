"""A real Vault for tests: found, or built once with Go, and started in its dev mode on a loopback port.

    python -m tests.real.vault_server build     builds it if it is not there, showing progress
    python -m tests.real.vault_server find      says where it is

The binary is looked for in VAULT_CSI_TEST_VAULT_BINARY, then in the user's cache directory. Building takes minutes
the first time and seconds with Go's build cache.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VERSION: Final = "1.21.1"
VARIABLE: Final = "VAULT_CSI_TEST_VAULT_BINARY"
HOW_TO_GET: Final = f"no Vault binary: run `python -m tests.real.vault_server build` (needs Go), or set {VARIABLE}"
ROOT_TOKEN: Final = "root-of-the-test-vault"

_PACKAGE = "github.com/hashicorp/vault"
_MODULE = f"module vault-for-tests\n\ngo 1.25\n\ntool {_PACKAGE}\n"
_READY_SECONDS = 60.0


class NotAvailable(Exception):
    """There is no Vault and none can be made; the text says what is missing."""


def cache_dir() -> Path:
    """Where the binary is kept: outside the clone, by version."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "vault-csi-provider" / f"vault-{VERSION}"


def find() -> Path | None:
    """The binary, if there is one.

    Raises:
        NotAvailable: the environment names one that is not there.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise NotAvailable(f"{VARIABLE} names {named}, which is not an executable file")
        return Path(named)
    cached = cache_dir() / "vault"
    return cached if os.access(cached, os.X_OK) else None


def find_or_build(progress: Callable[[str], None]) -> Path:
    """The binary, built if need be; `progress` gets a line now and then.

    Raises:
        NotAvailable: no Go, or the build failed.
    """
    return find() or build(progress)


def build(progress: Callable[[str], None]) -> Path:
    """Build it with Go, as a tool of a module of our own, into the cache directory.

    Raises:
        NotAvailable: no Go, or the build failed.
    """
    go = shutil.which("go")
    if go is None:
        raise NotAvailable(f"building Vault needs Go, which is not on PATH; or set {VARIABLE} to a Vault binary")
    home = cache_dir()
    module = home / "module"
    module.mkdir(parents=True, exist_ok=True)
    module.joinpath("go.mod").write_text(_MODULE)
    started = time.monotonic()
    progress(f"resolving Vault {VERSION}")
    _go([go, "get", "-tool", f"{_PACKAGE}@v{VERSION}"], module, progress)
    progress("compiling; the first time takes several minutes")
    made = home / "vault.new"
    _go([go, "build", "-o", str(made), _PACKAGE], module, progress)
    made.rename(home / "vault")
    progress(f"built {home / 'vault'} in {time.monotonic() - started:.0f} s")
    return home / "vault"


def _go(command: list[str], module: Path, progress: Callable[[str], None]) -> None:
    last = started = time.monotonic()
    # Vault vendors nothing and has no C code that tests need, so a C compiler is not asked for.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=module, env=environment, stdout=output, stderr=subprocess.STDOUT)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1.0)
                break
            if time.monotonic() - last > 15:
                last = time.monotonic()
                progress(f"  {' '.join(command[1:3])}: {last - started:.0f} s so far")
        if process.returncode:
            output.seek(0)
            raise NotAvailable(f"{' '.join(command)} failed:\n{output.read()[-2000:]}")


@dataclass(frozen=True, slots=True)
class Running:
    """A Vault process.

    Attributes:
        address: its URL.
        root_token: may do everything.
        unseal_key: opens it again after it was sealed.
        log: the file its output goes to.
    """

    address: str
    root_token: str
    unseal_key: str
    log: Path


@contextlib.contextmanager
def running(binary: Path, directory: Path) -> Iterator[Running]:
    """Start it in memory over plain HTTP on a free loopback port, and end it afterwards.

    Args:
        binary: see `find`.
        directory: for its log.

    Raises:
        NotAvailable: it did not start; the text has the end of its log.
    """
    port, log = free_port(), directory / "vault.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VAULT_", "BAO_"))}
    command = [
        str(binary),
        "server",
        "-dev",
        "-dev-no-store-token",
        f"-dev-root-token-id={ROOT_TOKEN}",
        f"-dev-listen-address=127.0.0.1:{port}",
    ]
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=directory, env={**environment, "HOME": str(directory)}, stdout=output, stderr=output
        )
        try:
            _wait_until_ready(process, address, log)
            yield Running(address, ROOT_TOKEN, _unseal_key(log), log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{address}/v1/sys/health", timeout=2).close()  # noqa: S310 -- our own loopback
            if "Unseal Key: " in log.read_text():
                return
        time.sleep(0.05)
    raise NotAvailable(f"Vault did not start:\n{log.read_text()[-2000:]}")


def _unseal_key(log: Path) -> str:
    return next(
        line.partition(": ")[2].strip() for line in log.read_text().splitlines() if line.startswith("Unseal Key: ")
    )


def main(arguments: list[str]) -> int:
    """The command line."""
    try:
        if arguments == ["build"]:
            print(find_or_build(lambda line: print(line, flush=True)))
        elif arguments == ["find"]:
            print(find() or HOW_TO_GET)
        else:
            print(__doc__)
            return 2
    except NotAvailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
