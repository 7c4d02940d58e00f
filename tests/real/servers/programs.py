"""The programs a test bed is made of: found, or built once with Go and kept outside the clone, by version.

    python -m tests.real build [NAME ...]     builds what is not there, showing progress
    python -m tests.real find                 says where each is

A program is looked for in its variable (VAULT_CSI_TEST_VAULT and so on), then in the user's cache directory. Building
takes minutes the first time, seconds where Go's build cache has it, and nothing where the program is kept.
"""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final


class NotAvailable(Exception):
    """A part of the bed is not there and cannot be made, or did not start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program.

    Attributes:
        name: of the executable.
        module: the Go module it is in.
        package: the package within the module, "" for the module itself.
        version: of the module.
        staging: the version of the modules that Kubernetes keeps within its own repository and requires as v0.0.0; ""
            for none.
    """

    name: str
    module: str
    package: str
    version: str
    staging: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that names a binary to use instead."""
        return f"VAULT_CSI_TEST_{self.name.upper().replace('-', '_')}"

    @property
    def path(self) -> str:
        """What `go build` is given."""
        return f"{self.module}/{self.package}" if self.package else self.module

    @property
    def home(self) -> Path:
        """Where it is kept: outside the clone, by version."""
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(base) / "vault-csi-provider" / f"{self.name}-{self.version.removeprefix('v')}"


def _kubernetes(name: str) -> Program:
    return Program(name, "k8s.io/kubernetes", f"cmd/{name}", "v1.36.3", staging="v0.36.3")


# 1.21.2 and later need an sdk that was never released.
VAULT: Final = Program("vault", "github.com/hashicorp/vault", "", "v1.21.1")
ETCD: Final = Program("etcd", "go.etcd.io/etcd/server/v3", "", "v3.6.16")
API_SERVER: Final = _kubernetes("kube-apiserver")
CONTROLLER_MANAGER: Final = _kubernetes("kube-controller-manager")
SCHEDULER: Final = _kubernetes("kube-scheduler")
KUBELET: Final = _kubernetes("kubelet")

SERVERS: Final = (VAULT, ETCD, API_SERVER)
"""What tests/real needs."""

NODE: Final = (*SERVERS, CONTROLLER_MANAGER, SCHEDULER, KUBELET)
"""What tests/real/node needs, beside the driver and Debian's packages."""


def find(program: Program) -> Path | None:
    """The program, if it is there.

    Raises:
        NotAvailable: the environment names one that is not there.
    """
    named = os.environ.get(program.variable)
    if named:
        if not os.access(named, os.X_OK):
            raise NotAvailable(f"{program.variable} names {named}, which is not an executable file")
        return Path(named)
    kept = program.home / program.name
    return kept if os.access(kept, os.X_OK) else None


def need(program: Program) -> Path:
    """The program.

    Raises:
        NotAvailable: it is not there; the text says how to get it.
    """
    found = find(program)
    if found is None:
        raise NotAvailable(how_to_get(program))
    return found


def how_to_get(program: Program) -> str:
    """What to do where it is missing."""
    return f"no {program.name}: run `python -m tests.real build {program.name}` (needs Go), or set {program.variable}"


def build(program: Program, progress: Callable[[str], None]) -> Path:
    """The program, built as a tool of a Go module of our own if it is not there. `progress` gets a line now and then.

    Raises:
        NotAvailable: no Go, or the build failed.
    """
    if found := find(program):
        return found
    go = shutil.which("go")
    if go is None:
        raise NotAvailable(
            f"building {program.name} needs Go, which is not on PATH; or set {program.variable} to a binary"
        )
    started = time.monotonic()
    with _alone(program.home):
        if found := find(program):  # built by another run while we waited
            return found
        module = program.home / "module"
        module.mkdir(exist_ok=True)
        progress(f"{program.name}: resolving {program.module} {program.version}")
        replaces = "".join(f"replace {name} => {name} {program.staging}\n" for name in _staging(go, program, module))
        lines = f"module servers-for-tests\n\ngo 1.25\n\n{replaces}\ntool {program.path}\n"
        module.joinpath("go.mod").write_text(lines)
        _go([go, "get", "-tool", f"{program.path}@{program.version}"], module, progress, program.name)
        progress(f"{program.name}: compiling; the first time takes minutes")
        made = program.home / f"{program.name}.new"
        _go([go, "build", "-o", str(made), program.path], module, progress, program.name)
        made.rename(program.home / program.name)
    progress(f"{program.name}: built in {time.monotonic() - started:.0f} s")
    return program.home / program.name


def describe(wanted: Sequence[Program]) -> str:
    """A line for each: where it is, or how to get it."""
    return "\n".join(f"{program.name:<24} {find(program) or how_to_get(program)}" for program in wanted)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One build at a time of one program on this machine."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _staging(go: str, program: Program, module: Path) -> list[str]:
    """The modules that its own go.mod replaces by folders of its repository."""
    if not program.staging:
        return []
    asked = [go, "mod", "download", "-json", f"{program.module}@{program.version}"]
    message = _output(asked, module)
    described = _output([go, "mod", "edit", "-json", message["GoMod"]], module)
    return [replaced["Old"]["Path"] for replaced in described["Replace"] or ()]


def _output(command: Sequence[str], module: Path) -> Any:
    done = subprocess.run(command, cwd=module, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return json.loads(done.stdout)


def _go(command: list[str], module: Path, progress: Callable[[str], None], name: str) -> None:
    last = started = time.monotonic()
    # No C compiler is asked for: nothing that tests need is in C.
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=module, env=environment, stdout=output, stderr=subprocess.STDOUT)
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1.0)
                break
            if time.monotonic() - last > 15:
                last = time.monotonic()
                progress(f"{name}: go {command[1]}, {last - started:.0f} s so far")
        if process.returncode:
            output.seek(0)
            raise NotAvailable(f"{' '.join(command)} failed:\n{output.read()[-2000:]}")
