"""Images without a builder: archives of one layer, as `docker save` writes them and `ctr images import` reads them.

The provider's image is made from a virtual environment, by the steps of the Dockerfile, on the Python that runs here.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import provider
from tests.real.node import packages
from tests.real.servers import programs

ROOT: Final = Path(__file__).parents[3]
PAUSE: Final = "docker.io/library/pause:test"
BUSYBOX: Final = "docker.io/library/busybox:1.37"
"""The tag that deploy/examples has, whatever Debian's version is."""

PROVIDER: Final = f"docker.io/library/vault-csi-provider:{provider.__version__}"

# As the Dockerfile leaves out of the bytecode, and what no server loads.
_UNUSED: Final = re.compile(
    r"(^|/)(test|tests|site-packages|ensurepip|idlelib|lib2to3|tkinter|turtledemo|config-[^/]*)$"
)


def make(directory: Path) -> list[Path]:
    """The archives of all images of a node.

    Raises:
        programs.NotAvailable: the environment of the provider could not be made.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return [
        _busybox(directory / "pause.tar", PAUSE, ["/bin/sleep", "infinity"]),
        _busybox(directory / "busybox.tar", BUSYBOX, ["/bin/sh"]),
        _provider(directory),
    ]


def _busybox(archive: Path, tag: str, entrypoint: list[str]) -> Path:
    binary = packages.BUSYBOX.executables / "busybox"
    applets = subprocess.run([str(binary), "--list"], capture_output=True, text=True, check=True).stdout.split()
    layer = archive.with_suffix(".layer")
    with tarfile.open(layer, "w") as tar:
        tar.add(binary, "bin/busybox", filter=_by_root)
        for applet in applets:
            if applet != "busybox":
                _link(tar, f"bin/{applet}", "busybox")
    return _pack(archive, tag, layer, {"Entrypoint": entrypoint, "Env": ["PATH=/bin"]})


def _provider(directory: Path) -> Path:
    environment, sources = directory / "venv", directory / "sources"
    sources.mkdir()
    for name in ("pyproject.toml", "requirements.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    # A build within the tree would leave files there, and later take them for its own.
    shutil.copytree(ROOT / "provider", sources / "provider", ignore=shutil.ignore_patterns("__pycache__"))
    install = [sys.executable, "-m", "pip", "--python", f"{environment}/bin/python", "--disable-pip-version-check"]
    install += ["--quiet", "install", "--no-compile", "--only-binary=:all:", "--constraint=requirements.lock", "."]
    compileall = [sys.executable, "-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash"]
    compileall += ["-x", "/kubernetes/(aio|client/(api|models))/", "-s", str(environment), "-p", "/venv"]
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(environment)],
        install,
        [*compileall, f"{environment}/lib"],
    ):
        done = subprocess.run(command, cwd=sources, capture_output=True, text=True, check=False)
        if done.returncode:
            raise programs.NotAvailable(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    interpreter = Path(f"{environment}/bin/python3").resolve()
    standard = Path(sysconfig.get_path("stdlib"))
    layer = directory / "provider.layer"
    with tarfile.open(layer, "w") as tar:
        tar.add(environment, "venv", filter=_by_root)
        tar.add(standard, str(standard).lstrip("/"), filter=_without_unused)
        tar.add(interpreter, str(interpreter).lstrip("/"), filter=_by_root)
        loaded = [interpreter, *standard.glob("lib-dynload/*.so"), *environment.rglob("*.so")]
        for library in sorted(_libraries(loaded)):
            tar.add(library.resolve(), str(library).lstrip("/"), filter=_by_root)
        _file(tar, "etc/passwd", b"root:x:0:0:root:/:/sbin/nologin\n")
    # By its interpreter: the script's first line names the place where it was made.
    command = ["/venv/bin/python3", "/venv/bin/vault-csi-provider"]
    settings = ["PATH=/venv/bin:/bin", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"]
    config = {"Entrypoint": command, "Env": settings, "User": "0:0", "WorkingDir": "/"}
    return _pack(directory / "provider.tar", PROVIDER, layer, config)


def _libraries(loaded: Iterable[Path]) -> set[Path]:
    """What the dynamic linker would load for them, and itself."""
    message = subprocess.run(["ldd", *map(str, loaded)], capture_output=True, text=True, check=False).stdout
    return {Path(each) for each in re.findall(r"(?:=> |^\t)(/\S+) \(0x", message, re.MULTILINE)}


def _pack(archive: Path, tag: str, layer: Path, config: Mapping[str, Any]) -> Path:
    with layer.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{digest}"]}
    described = {"architecture": machine, "os": "linux", "config": config, "rootfs": rootfs}
    listed = [{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]
    with tarfile.open(archive, "w") as tar:
        _file(tar, "config.json", json.dumps(described).encode())
        _file(tar, "manifest.json", json.dumps(listed).encode())
        tar.add(layer, "layer.tar")
    layer.unlink()
    return archive


def _file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    tar.addfile(entry)


def _by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def _without_unused(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if _UNUSED.search(entry.name) else _by_root(entry)
