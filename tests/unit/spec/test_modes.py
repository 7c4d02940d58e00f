"""File modes: every spelling that manifests use, and a word where it was surely not meant."""

import pytest

from provider.golang.yaml import compose
from provider.spec import modes


def mode_of(written: str) -> modes.Mode:
    root = compose.parse(f"[{written}]").root
    assert root is not None
    node = root.children[0]
    return modes.read(node.text, node.tag)


@pytest.mark.parametrize(
    ("written", "bits"),
    [
        ("0644", 0o644),
        ("0o644", 0o644),
        ("420", 0o644),
        ("0x1a4", 0o644),
        ("0b110100100", 0o644),
        ("420.0", 0o644),
        ("4.2e2", 0o644),
        ("4_20", 0o644),
        ('"0644"', 0o644),
        ("'0o644'", 0o644),
        ('"420"', 0o644),
        ("!!int '0644'", 0o644),
        ("0400", 0o400),
        ("0777", 0o777),
        ("256", 0o400),
        ("511", 0o777),
        ("0", None),
        ("0000", None),
        ('"0"', None),
        ("0.5", None),
    ],
)
def test_every_spelling_of_a_mode_is_read(written: str, bits: int | None) -> None:
    """Octal, decimal, float, quoted; 0 asks for the default; nothing to warn about."""
    assert mode_of(written) == modes.Mode(bits)


@pytest.mark.parametrize(
    ("written", "bits", "message"),
    [
        ("644", 644 & 0o777, "644 is decimal and gives the mode 0204; write 0644 if that was meant"),
        ("400", 0o620, "write 0400"),
        ("440", 0o670, "write 0440"),
        ("600", 600 & 0o777, "write 0600"),
        ("755", 755 & 0o777, "write 0755"),
        ("777", 777 & 0o777, "write 0777"),
        ('"644"', 644 & 0o777, "write 0644"),
        ("0999", 999 & 0o777, "more than nine bits, of which 0747 is kept"),
        ("0o1000", 0, "more than nine bits, of which 0000 is kept"),
        ("0100644", 0o644, "more than nine bits, of which 0644 is kept"),
        ("420.5", 0o644, "no whole number"),
    ],
)
def test_an_odd_mode_is_taken_and_warned_about(written: str, bits: int, message: str) -> None:
    """What Go takes is taken, its lowest nine bits kept; but somebody should look at it."""
    mode = mode_of(written)
    assert mode.bits == bits
    assert message in f"{mode.doubt}; {mode.fix}"


@pytest.mark.parametrize(
    "written",
    ["rw-r--r--", "true", "-1", "-0644", "''", ".inf", ".nan", "4294967296", "2024-01-02", "!!int x", "1e400"],
)
def test_what_is_no_mode_is_refused(written: str) -> None:
    """Words, negatives and what 32 bits do not hold."""
    with pytest.raises(modes.BadMode):
        mode_of(written)
