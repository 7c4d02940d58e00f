"""What the README says is so."""

import json
import re
from pathlib import Path

import pytest

from provider.cli import flags, main
from provider.spec import attributes, check, manifests, parameters
from provider.vault.auth import registry

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]


def test_the_two_commands_stand_first() -> None:
    """Before anything else that can be typed."""
    assert re.findall(r"^    (\S.*?)(?:\s+#.*)?$", README, re.MULTILINE)[:2] == ["make demo", "make test"]


def test_its_manifest_is_understood_without_a_doubt() -> None:
    """The example SecretProviderClass has no error and no warning."""
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if manifests.KIND in block)
    found = manifests.read(block, "README.md")
    spec = check.build(
        attributes.parse(json.dumps(dict(found.parameters)), "{}", "420"),
        target_path="/target",
        defaults=parameters.Defaults(),
        dialect=found.dialect,
        auth_methods=registry.AuthMethods(),
    )
    assert spec.warnings == ()
    assert [wanted.name for wanted in spec.objects] == ["db-password", "tls.pem", "database.env"]


def test_the_flags_it_names_exist_with_the_defaults_it_gives() -> None:
    """Each row of its table."""
    known = {flag.name: flag.default for flag in flags.SERVE}
    rows = re.findall(r"^\| `-([a-z-]+)`(?:, `[A-Z_]+`)? \| (?:`([^`]*)`)? *\|", README, re.MULTILINE)
    assert len(rows) >= 7
    for name, default in rows:
        assert name in known
        assert default in (known[name], "https://127.0.0.1:8200")


def test_the_commands_it_names_exist() -> None:
    """`vault-csi-provider mount` and its like."""
    for name in re.findall(r"^    vault-csi-provider ([a-z]+)", README, re.MULTILINE):
        assert name in main.COMMANDS


def test_the_targets_it_names_exist() -> None:
    """Every `make x` is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"\bmake ([a-z][a-z-]+)`", page.read_text())) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    """No dead ends."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
