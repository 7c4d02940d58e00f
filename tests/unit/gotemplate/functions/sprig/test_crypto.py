"""sprig's hashes, and what is refused: expected values are what sprig v3.3 gave."""

from typing import Any

import pytest

from provider.golang import failures
from tests.unit.gotemplate.functions.sprig import calls

CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("sha1sum", ("",), "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("sha1sum", ("abc",), "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("sha1sum", ("\xe9\udcff",), "bc6b49e55c6a0e188db0a75ccf9b4209875da7ce"),
    ("sha256sum", ("",), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("sha256sum", ("abc",), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ("sha256sum", ("\xe9\udcff",), "e6c36aed9f5fabb910f32716a3a202453f387faea316fa8502f205a3e1bb71bd"),
    (
        "sha512sum",
        ("",),
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    ),
    (
        "sha512sum",
        ("abc",),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    (
        "sha512sum",
        ("\xe9\udcff",),
        "2fc1682dc7c83188a00286984d317ccab9f2cadb251a87e14895022864ba2fb855fb2851a17885211509e3280c8acd58a69d58a932be63fb1de352484a55ba03",
    ),
    ("adler32sum", ("",), "1"),
    ("adler32sum", ("abc",), "38600999"),
    ("adler32sum", ("\xe9\udcff",), "77398636"),
]


@pytest.mark.parametrize(("name", "args", "expected"), CASES)
def test_gives_what_sprig_gives(name: str, args: tuple[Any, ...], expected: Any) -> None:
    """The result is sprig's, type and all."""
    assert calls.typed(calls.call(name, *args)) == calls.typed(expected)


REFUSED = [
    "ago",
    "bcrypt",
    "buildCustomCert",
    "decryptAES",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "randInt",
    "shuffle",
]


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_is_costly_or_changes_at_every_poll(name: str) -> None:
    """Such a function exists, whatever it is given, and fails when it is called."""
    with pytest.raises(failures.Failed, match="function is disabled"):
        calls.call(name, "password", 1)
