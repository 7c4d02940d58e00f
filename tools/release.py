"""`python -m tools.release VERSION`, which is `make release`: everything of a release but what others see.

Writes the version into its places, makes a section of CHANGELOG.md from the fragments, builds wheel and source
distribution into dist/ and checks what is in them, and prints the commands that commit and tag. With --draft all of it
happens in a copy of the tree.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools import distributions, versions

ROOT: Final = Path(__file__).parents[1]
_SECTION: Final = re.compile(r"^## ([0-9.]+) ", re.MULTILINE)
LEFT_BEHIND: Final = shutil.ignore_patterns(
    ".git", ".venv*", ".cache", ".*_cache", "__pycache__", "build", "dist", "*.egg-info"
)


class NotPossible(Exception):
    """Why there is no release, for people."""


def check(root: Path, version: str) -> None:
    """Check that a version can follow what was released.

    Raises:
        NotPossible: it cannot; says why.
    """
    try:
        wanted = versions.numbers(version)
    except ValueError as error:
        raise NotPossible(str(error)) from error
    released = _SECTION.findall((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    if version in released:
        raise NotPossible(f"{version} is in CHANGELOG.md: it has been released")
    if wanted < versions.numbers(versions.current(root)):
        raise NotPossible(f"{version} is older than {versions.current(root)}")


def section(changelog: str, version: str) -> str:
    """Return what a changelog says about a version, without the heading."""
    _, _, rest = changelog.partition(f"## {version} ")
    body = rest.partition("\n")[2]
    following = _SECTION.search(body)
    return body[: following.start() if following else None].strip()


def prepare(root: Path, version: str) -> str:
    """Do all of it in a tree, and return the text of the tag.

    Raises:
        NotPossible: says why; nothing is to be committed then.
    """
    check(root, version)
    versions.write(root, version)
    _run(root, sys.executable, "-m", "towncrier", "build", "--yes", "--version", version)
    dist = root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    try:
        built = distributions.build(root, dist)
    except distributions.BuildFailed as error:
        raise NotPossible(f"the build failed:\n{error}") from error
    if found := distributions.problems(root, built):
        raise NotPossible("\n".join(found))
    print(f"built and checked: dist/{built.wheel.name}, dist/{built.source.name}")
    changes = section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    return f"vault-csi-provider {version}\n\n{changes}\n"


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPossible(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _draft(version: str) -> None:
    with tempfile.TemporaryDirectory(prefix="vault-csi-release-") as directory:
        copy = Path(directory) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
        print(f"the text of the tag would be:\n\n{prepare(copy, version)}")
    print("A draft: nothing was changed.")


def _release(version: str) -> None:
    if _run(ROOT, "git", "status", "--porcelain"):
        raise NotPossible("there are changes that are not committed: commit or stash them first")
    text = ROOT / ".cache" / f"tag-{version}.txt"
    text.parent.mkdir(exist_ok=True)
    text.write_text(prepare(ROOT, version), encoding="utf-8")
    print(f"{text.relative_to(ROOT)}:\n\n{text.read_text(encoding='utf-8')}")
    print("Look at `git diff HEAD`, run `.ci/run`, then:\n")
    print(f'    git commit --all --message "Release {version}"')
    print(f"    git tag --annotate v{version} --cleanup=whitespace --file {text.relative_to(ROOT)}")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("version", metavar="VERSION")
    parser.add_argument("--draft", action="store_true", help="do it in a copy of the tree")
    arguments = parser.parse_args()
    try:
        (_draft if arguments.draft else _release)(arguments.version)
    except NotPossible as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
