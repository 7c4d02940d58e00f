"""The wheel: what is in it, and that it works where nothing of the checkout can be seen."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import provider
from provider.dev import driver
from tests.doubles import clocks
from tools import distributions

ROOT = Path(__file__).parents[2]


class Installed:
    """The wheel in an environment of its own, with the dependencies of ours."""

    def __init__(self, directory: Path, wheel: Path) -> None:
        self.directory = directory
        environment = directory / "venv"
        self.python = environment / "bin" / "python"
        self.command = environment / "bin" / "vault-csi-provider"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        [packages] = environment.glob("lib/python*/site-packages")
        # A .pth file within that folder, such as the one of an editable installation, is not followed.
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        install = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(self.python)]
        subprocess.run([*install, "install", "--no-deps", "--no-index", str(wheel)], check=True)

    def run(self, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program where it cannot see the checkout."""
        return subprocess.run(
            [program, *arguments], cwd=self.directory, capture_output=True, text=True, check=False, env=_environment()
        )

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The daemon, with its socket in place."""
        process = await asyncio.create_subprocess_exec(
            *(self.command, f"-endpoint={self.directory}/vault.sock", "-health-addr="),
            cwd=self.directory,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(clocks.HANGS):
                while not (self.directory / "vault.sock").is_socket():
                    assert process.returncode is None
                    await asyncio.sleep(0.02)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            assert await process.wait() == 0


def _environment() -> dict[str, str]:
    led = ("VAULT_", "BAO_", "KUBE", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)}


def test_it_holds_the_package_and_nothing_else(tmp_path: Path) -> None:
    """Every module, the stubs and the marker of types; no dev servers nor their libraries, no tests, no documents."""
    built = distributions.build(ROOT, tmp_path)
    assert distributions.problems(ROOT, built) == []
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
        [metadata] = [wheel.read(name).decode() for name in names if name.endswith("/METADATA")]
    assert {"provider/py.typed", "provider/v1alpha1/service_pb2.pyi", "provider/app.py"} <= set(names)
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"provider"}
    assert not [name for name in names if name.startswith("provider/dev/")]
    assert "PyJWT" not in metadata


def test_a_file_too_many_or_too_few_is_noticed(tmp_path: Path) -> None:
    """In either of the two."""
    built = distributions.build(ROOT, tmp_path)
    with zipfile.ZipFile(built.wheel, "a") as wheel:
        wheel.writestr("tests/test_x.py", "")
    found = distributions.problems(ROOT, built)
    assert found == [f"{built.wheel.name}: tests/test_x.py does not belong there"]


async def test_it_works_where_it_is_installed(tmp_path: Path) -> None:
    """It tells its version, renders, and answers the driver; the dev servers are not there, and the demo says so."""
    installed = Installed(tmp_path, distributions.build(ROOT, tmp_path).wheel)
    command = installed.command
    version = json.loads(installed.run(command, "-version").stdout)
    assert version["gitVersion"] == f"v{provider.__version__}"

    (tmp_path / "t.ctmpl").write_text('{{ with secret "secret/data/db" }}{{ .Data.data.password }}{{ end }}')
    (tmp_path / "data.json").write_text(json.dumps({"secret/data/db": {"data": {"data": {"password": "p1"}}}}))
    rendered = installed.run(command, "render", "t.ctmpl", "--data", "data.json")
    assert (rendered.returncode, rendered.stdout, rendered.stderr) == (0, "p1", "")

    async with installed.serving():
        double = driver.DevDriver(tmp_path)
        answer = await double.version("vault")
        assert (answer.runtime_name, answer.runtime_version) == ("vault-csi-provider", provider.__version__)
        await double.close()

    demo = installed.run(command, "demo")
    assert (demo.returncode, demo.stdout) == (2, "")
    assert "run `make demo`" in demo.stderr
    dev = installed.run(installed.python, "-c", "import provider.dev")
    assert "No module named 'provider.dev'" in dev.stderr
