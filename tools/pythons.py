"""`python -m tools.pythons`, which is `make test-all`: the tests on every supported Python that this machine has.

Each has an environment of its own, `.venv-3.12` and so on, which stays for the next time. What pytest says is in
`.cache/test-3.12.log`; a line per version goes to the terminal.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_CLASSIFIER: Final = re.compile(r"Programming Language :: Python :: (3\.\d+)")


def supported() -> list[str]:
    """The versions that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [match.group(1) for each in project["classifiers"] if (match := _CLASSIFIER.fullmatch(each))]


def candidates(version: str, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield where an interpreter of this version may be: on the path, then among pyenv's, the newest first."""
    for directory in environment.get("PATH", "").split(os.pathsep):
        yield Path(directory) / f"python{version}"
    pyenv = Path(environment.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = [path for path in pyenv.glob(f"{version}.*") if path.name.removeprefix(f"{version}.").isdigit()]
    for path in sorted(installed, key=lambda path: int(path.name.rpartition(".")[2]), reverse=True):
        yield path / "bin" / "python"


def find(version: str, environment: Mapping[str, str]) -> Path | None:
    """Return the first interpreter that runs and is of this version: pyenv's shims may not run."""
    check = f"import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
    for path in candidates(version, environment):
        if path.is_file() and not subprocess.run([path, "-c", check], capture_output=True, check=False).returncode:
            return path
    return None


def _test(version: str, python: Path, arguments: str) -> bool:
    log = ROOT / ".cache" / f"test-{version}.log"
    log.parent.mkdir(exist_ok=True)
    command = ["make", f"VENV=.venv-{version}", f"PYTHON={python}", "test", f"ARGS={arguments}"]
    with log.open("w") as sink:
        done = subprocess.run(command, cwd=ROOT, stdout=sink, stderr=subprocess.STDOUT, check=False)
    lines = log.read_text().splitlines()
    closing = next((line.strip("= ") for line in reversed(lines) if re.search(r"\d+ (passed|failed|error)", line)), "")
    print(f"{version}  {'ok    ' if not done.returncode else 'FAILED'}  {closing or 'it was not run'}", flush=True)
    if done.returncode:
        for line in lines[-40:] if not closing else [line for line in lines if line.startswith(("FAILED", "ERROR"))]:
            print(f"      {line}")
        print(f"      all of it: {log.relative_to(ROOT)}", flush=True)
    return not done.returncode


def main() -> int:
    """Run the tests once per version; arguments go to pytest."""
    good = True
    for version in supported():
        python = find(version, os.environ)
        if python is None:
            print(f"{version}  skipped: there is no python{version} on the path, nor one of pyenv's", flush=True)
        else:
            good &= _test(version, python, " ".join(sys.argv[1:]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
