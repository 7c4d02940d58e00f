"""A real Postgres for tests, from the machine's own package, in a temporary directory on a loopback port."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.real.servers import processes

HOW_TO_GET: Final = "no Postgres: install the distribution's package (initdb and pg_ctl are used)"

_ADMIN: Final = "vault_admin"
_PASSWORD: Final = "only-for-tests"


@dataclass(frozen=True, slots=True)
class Running:
    """A Postgres process: where it listens, and a login that may create others."""

    host: str
    port: int
    admin: str
    password: str


def find() -> Path | None:
    """The directory with initdb and pg_ctl, the newest version first."""
    on_path = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
    candidates = [*([Path(on_path).parent] if on_path else []), *reversed(packaged)]
    return next((found for found in candidates if (found / "initdb").exists() and (found / "pg_ctl").exists()), None)


@contextlib.contextmanager
def running(programs: Path) -> Iterator[Running]:
    """Start it, and end it afterwards. As root it runs under the account `postgres`, for it refuses root."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(directory, "postgres")
    password, data, port = directory / "password", directory / "data", processes.free_port()
    password.write_text(_PASSWORD)
    password.chmod(0o644)

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, cwd=directory, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-A", "scram-sha-256", "-U", _ADMIN, f"--pwfile={password}", "--no-sync")
        options = f"-p {port} -h 127.0.0.1 -k {directory} -c fsync=off"
        run("pg_ctl", "-o", options, "-l", str(directory / "log"), "-w", "start")
        try:
            yield Running("127.0.0.1", port, _ADMIN, _PASSWORD)
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
