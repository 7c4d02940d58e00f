"""A release, as far as it changes nothing for others."""

import shutil
from pathlib import Path

from tools import release, versions

ROOT = Path(__file__).parents[2]


def test_a_release_in_a_copy_of_the_tree(tmp_path: Path) -> None:
    """The version and the changelog are written, the fragments are gone, both distributions are built and checked."""
    root = tmp_path / "tree"
    shutil.copytree(ROOT, root, ignore=release.LEFT_BEHIND)
    (root / "changes" / "+something.fixed.md").write_text("Something that was broken works.\n")
    text = release.prepare(root, "98.7.6")

    assert versions.current(root) == "98.7.6"
    assert versions.missing(root) == []
    assert [path.name for path in (root / "changes").iterdir()] == ["README.md"]
    assert text.startswith("vault-csi-provider 98.7.6\n\n### ")
    assert "### Fixed\n\n" in text
    assert "- Something that was broken works.\n" in text
    assert text.partition("\n\n")[2].strip() in (root / "CHANGELOG.md").read_text()
    assert sorted(path.name for path in (root / "dist").iterdir()) == [
        "vault_csi_provider-98.7.6-py3-none-any.whl",
        "vault_csi_provider-98.7.6.tar.gz",
    ]
