"""The node's own mount, process and network namespaces: nothing else on the machine sees what it does, or outlives it.

`enter` runs a command in them. Within, this module is process 1: it sets them up, and reaps what loses its parent.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.real.servers import api_server

VARIABLE: Final = "VAULT_CSI_TEST_NODE_DIRECTORY"
"""Set within: the directory of everything that the node has."""

ADDRESS: Final = "192.168.77.1"
"""The node's own, on a link that leads nowhere; a kubelet takes no loopback address."""

_NOWHERE: Final = "192.168.77.2"

VAULT_ADDRESS: Final = "10.96.0.50"
"""What a Service would give Vault."""

_CGROUPS: Final = Path("/sys/fs/cgroup")
_GRACE: Final = 30.0
"""Seconds that all within has to end in order."""

_NEEDED: Final = ("unshare", "mount", "ip", "ldd")


def missing() -> str:
    """Why they cannot be had here; "" where they can."""
    if sys.platform != "linux":
        return "Linux"
    if os.geteuid() != 0:
        return "root"
    if absent := [name for name in _NEEDED if not shutil.which(name)]:
        return f"the commands {', '.join(absent)} (Debian: util-linux, mount, iproute2, libc-bin)"
    if subprocess.run([*_unshare(), "true"], capture_output=True, check=False).returncode:
        return "the right to make namespaces of its own (unshare --mount --pid --net)"
    return ""


def directory() -> Path | None:
    """The node's directory, within; None outside."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def cgroup(node: Path) -> str:
    """The control group that all of the node's pods are under."""
    return f"vault-csi-{node.name}"


def enter(node: Path, command: Sequence[str]) -> int:
    """Run the command within, and clear away what the node left in control groups. Returns its exit code.

    Nothing within outlives this process, however that ends: process 1 there holds the other end of a pipe, and ends
    the command where this end closes.
    """
    reading, writing = os.pipe()
    within = [*_unshare(), "--kill-child", "--", sys.executable, "-m", __name__, str(node), str(reading), *command]
    process = subprocess.Popen(within, pass_fds=[reading])
    os.close(reading)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # A terminal's Ctrl-C reached the command too: it ends in order.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE)
        return 130
    finally:
        os.close(writing)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE)
        process.kill()
        process.wait()
        clear(node)


def end_by_exception() -> None:
    """Let SIGTERM and SIGHUP end this process as SystemExit, which clears away; by default they would clear nothing."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))


def process_1(node: Path) -> str:
    """A pattern for `pgrep --full` that only the first process of that node matches."""
    return f"^{sys.executable} -m {__name__} {node} "


def clear(node: Path, patience: float = 10.0) -> None:
    """Remove the node's control groups; those of processes that were killed are busy for a moment."""
    deadline = time.monotonic() + patience
    # On machines with both versions runc makes one in that of version 2 too.
    hierarchies = [*_hierarchies(), _CGROUPS / "unified"]
    while left := [hierarchy / cgroup(node) for hierarchy in hierarchies if (hierarchy / cgroup(node)).is_dir()]:
        try:
            for top in left:
                for path, _, _ in os.walk(top, topdown=False):
                    os.rmdir(path)  # noqa: PTH106 -- a control group's files go with it
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _unshare() -> list[str]:
    return ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--mount-proc"]


def _hierarchies() -> list[Path]:
    """The roots of control groups: of each controller (version 1), or the one (version 2)."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS]
    return [each for each in _CGROUPS.iterdir() if each.is_dir() and not each.is_symlink() and each.name != "unified"]


def _set_up(node: Path) -> None:
    # The node's system directories are its own: sockets, logs, what plugins remember.
    for hidden in ("/run", "/var/log", "/var/lib"):
        _command("mount", "-t", "tmpfs", "-o", "mode=0755", "node", hidden)
    _command("ip", "link", "set", "lo", "up")
    # In place of kube-proxy: the addresses of two Services belong to this machine.
    for address in (api_server.CLUSTER_ADDRESS, VAULT_ADDRESS):
        _command("ip", "address", "add", f"{address}/32", "dev", "lo")
    _command("ip", "link", "add", "node0", "type", "veth", "peer", "name", "nowhere0")
    _command("ip", "address", "add", f"{ADDRESS}/24", "dev", "node0")
    for link in ("node0", "nowhere0"):
        _command("ip", "link", "set", link, "up")
    # The API server advertises the address of the default route, and ends where there is none.
    _command("ip", "route", "add", "default", "via", _NOWHERE, "dev", "node0")
    for hierarchy in _hierarchies():
        made = hierarchy / cgroup(node)
        made.mkdir()
        # Version 1 starts without any processor or memory node, and takes no process until it has some.
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (made / name).exists() and (hierarchy / name).exists():
                (made / name).write_text((hierarchy / name).read_text())


def _command(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"error: {' '.join(words)}: {done.stderr.strip()}")


def _reap_until_ended(command: Sequence[str], outside: int) -> int:
    """Run the command; in the meantime take the exit codes of processes whose parents are gone.

    `outside` is the pipe of `enter`: where its other end closes, the command is asked to end, and has half a minute.
    """
    # Were process 1 to end at Ctrl-C, all others would end with it, out of order.
    signal.signal(signal.SIGINT, lambda *_: None)
    process = os.posix_spawnp(command[0], list(command), os.environ)

    def watch() -> None:
        os.read(outside, 1)
        os.kill(process, signal.SIGTERM)
        time.sleep(_GRACE)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    while True:
        ended, status = os.wait()
        if ended == process:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    _node, _pipe, *_command_within = sys.argv[1:]
    # Not for the command: it must not keep this end open, nor see it.
    os.set_inheritable(int(_pipe), False)
    _set_up(Path(_node))
    os.environ[VARIABLE] = _node
    sys.exit(_reap_until_ended(_command_within, int(_pipe)))
