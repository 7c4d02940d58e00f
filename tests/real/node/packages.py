"""The parts of a node that Debian packages: unpacked beside the other programs, installed nowhere."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.real.servers import programs


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package.

    Attributes:
        name: of the package.
        folder: where its executables lie in it.
        needed: those that a node needs.
    """

    name: str
    folder: str
    needed: tuple[str, ...]

    @property
    def home(self) -> Path:
        """Where it is unpacked: outside the clone."""
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return Path(base) / "vault-csi-provider" / "debian" / self.name

    @property
    def executables(self) -> Path:
        """The directory with what is needed."""
        return self.home / self.folder

    @property
    def there(self) -> bool:
        """Whether it was unpacked."""
        return all(os.access(self.executables / name, os.X_OK) for name in self.needed)


CONTAINERD: Final = Package("containerd", "usr/bin", ("containerd", "containerd-shim-runc-v2", "ctr"))
RUNC: Final = Package("runc", "usr/sbin", ("runc",))
BUSYBOX: Final = Package("busybox-static", "bin", ("busybox",))
NETWORK: Final = Package("containernetworking-plugins", "usr/lib/cni", ("bridge", "host-local", "loopback"))

ALL: Final = (CONTAINERD, RUNC, BUSYBOX, NETWORK)


def missing() -> str:
    """Why packages cannot be had; "" where they are there or can be fetched."""
    absent = [package.name for package in ALL if not package.there]
    if absent and not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return f"Debian's packages {', '.join(absent)}, and there is no apt-get to fetch them with"
    return ""


def fetch(package: Package) -> None:
    """Unpack the package, if that was not done.

    Raises:
        programs.NotAvailable: it cannot be fetched, or lacks what is needed.
    """
    if package.there:
        return
    with tempfile.TemporaryDirectory() as directory:
        downloaded = _run(["apt-get", "download", package.name], directory)
        if downloaded.returncode:
            # A machine that was just made knows no packages yet.
            _run(["apt-get", "update"], directory)
            downloaded = _run(["apt-get", "download", package.name], directory)
        archives = list(Path(directory).glob("*.deb"))
        if not archives:
            raise programs.NotAvailable(f"apt-get download {package.name} failed:\n{downloaded.stdout[-2000:]}")
        shutil.rmtree(package.home, ignore_errors=True)
        package.home.mkdir(parents=True)
        _run(["dpkg-deb", "-x", str(archives[0]), str(package.home)], directory)
    if not package.there:
        raise programs.NotAvailable(
            f"the package {package.name} has no {', '.join(package.needed)} in {package.folder}"
        )


def _run(command: list[str], directory: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
