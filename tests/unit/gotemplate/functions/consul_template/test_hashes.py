"""consul-template's hashes; the expected digits are what it prints."""

import pytest

from provider.golang import failures, limits
from provider.gotemplate.functions.consul_template import hashes
from tests.doubles import template_state


@pytest.mark.parametrize(
    ("name", "args", "digits"),
    [
        ("sha256Hex", ("abc",), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("sha256Hex", ("é",), "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
        ("sha256Hex", ("\udcff",), "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"),
        ("md5sum", ("abc",), "900150983cd24fb0d6963f7d28e17f72"),
        ("hmacSHA256Hex", ("msg", "key"), "2d93cbc1be167bcb1637a4a23cbff01a7878f0c50ee833954ea5221bb1b8c628"),
    ],
)
def test_hashes_are_of_the_bytes(name: str, args: tuple[str, ...], digits: str) -> None:
    """Bytes that are no UTF-8 count as they are."""
    assert hashes.TABLE.functions[name].call(template_state.build(), *args) == digits


def test_long_texts_are_paid_for() -> None:
    """A hash costs a step for a hundred bytes."""
    poor = template_state.build(limits.Limits(steps=100))
    with pytest.raises(failures.Exceeded, match="more than 100 steps"):
        hashes.TABLE.functions["sha256Hex"].call(poor, "a" * 20_000)
