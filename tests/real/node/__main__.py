"""A real node on this machine, in namespaces of its own.

    python -m tests.real.node test [ARGUMENT ...]   runs tests/real/node there; arguments go to pytest
    python -m tests.real.node up                    starts it, says how to enter it, and keeps it until Ctrl-C

Needs Linux, root, Go or the programs it would build, Debian's packages, and the driver's binary in
SECRETS_STORE_CSI_DRIVER. Where one is missing, `test` skips every test with that reason.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.real.node import images, namespaces, needs, packages, stage
from tests.real.servers import programs

_TESTS = str(Path(__file__).parent)


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.node", description=__doc__)
    parser.add_argument("command", choices=["test", "up"])
    chosen, rest = parser.parse_known_args(arguments)
    try:
        within = namespaces.directory()
        return _start(chosen.command, rest) if within is None else _up(within)
    except programs.NotAvailable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _start(command: str, arguments: Sequence[str]) -> int:
    wanted = [sys.executable, "-m", "tests.real.node", "up"]
    if command == "test":
        wanted = [sys.executable, "-m", "pytest", _TESTS, *arguments]
    missing = needs.missing()
    if missing and command == "test":
        return subprocess.run(wanted, check=False).returncode
    if missing:
        raise programs.NotAvailable(f"a node needs {missing}")
    # Sockets lie in it: its path must be short.
    directory = Path(tempfile.mkdtemp(prefix="node-"))
    namespaces.end_by_exception()
    try:
        _prepare(directory)
        return namespaces.enter(directory, wanted)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _prepare(directory: Path) -> None:
    """Everything that needs the network, which the node has not."""
    for program in programs.NODE:
        programs.build(program, _progress)
    for package in packages.ALL:
        if not package.there:
            _progress(f"fetching Debian's package {package.name}")
            packages.fetch(package)
    _progress("making the images")
    images.make(directory / "images")


def _progress(line: str) -> None:
    print(line, flush=True)


def _up(directory: Path) -> int:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print(f"starting the node in {directory}", flush=True)
    with stage.running(directory) as running:
        print(
            f"""
Enter it from another shell, as root:

  nsenter --all --target "$(pgrep --full '{namespaces.process_1(directory)}')"
  cd {images.ROOT}
  export KUBECONFIG={running.server.kubeconfig()} VAULT_ADDR={running.vault.address}
  export VAULT_CACERT={running.vault.ca_file} VAULT_TOKEN={running.vault.root_token}

Logs: {directory}/*.log, {directory}/*/*.log, /var/log/pods. Ctrl-C ends everything.""",
            flush=True,
        )
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
