"""The seal: opens what it made, and nothing else."""

import subprocess
import sys

import pytest

from provider.base import secret
from provider.service.persistence import sealing

KEY = secret.Secret(bytes(range(32)))
BOOT = "5f1f6b2e-6d8e-4d0c-9a55-3c1a2e9f7b10"
PLAIN = b'{"password":"canary"}'


def seal(key: secret.Secret = KEY, boot: str = BOOT, form: int = 1) -> sealing.Seal:
    return sealing.Seal(key, boot, form)


def test_it_opens_what_it_sealed() -> None:
    """Also in another process with the same key and boot; and nothing of it is to be read."""
    sealed = seal().seal("a", PLAIN)
    assert seal().open("a", sealed) == PLAIN
    assert b"canary" not in sealed
    assert b"password" not in sealed


def test_no_two_are_alike() -> None:
    """The same text sealed twice does not show that it is the same."""
    assert seal().seal("a", PLAIN) != seal().seal("a", PLAIN)


@pytest.mark.parametrize(
    ("other", "name", "message"),
    [
        (seal(key=secret.Secret(b"k" * 32)), "a", "another HMAC key"),
        (seal(boot="another"), "a", "last boot"),
        (seal(form=2), "a", "another version"),
        (seal(), "b", "damaged"),
    ],
    ids=["key", "boot", "form", "name"],
)
def test_it_opens_nothing_else(other: sealing.Seal, name: str, message: str) -> None:
    """Another key, another boot, another version, another file's place: each is told."""
    with pytest.raises(sealing.Unreadable, match=message):
        other.open(name, seal().seal("a", PLAIN))


def test_no_bit_of_it_can_be_changed() -> None:
    """Wherever it is, header or content."""
    sealed = seal().seal("a", PLAIN)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(sealing.Unreadable):
            seal().open("a", bytes(changed))


def test_no_byte_of_it_can_be_missing_or_more() -> None:
    """Cut off anywhere, empty, or longer."""
    sealed = seal().seal("a", PLAIN)
    for length in range(len(sealed)):
        with pytest.raises(sealing.Unreadable):
            seal().open("a", sealed[:length])
    with pytest.raises(sealing.Unreadable):
        seal().open("a", sealed + b"x")


def test_the_boot_decides_about_the_key_too() -> None:
    """A header that claims another boot gets nobody anywhere: nonces of two boots never meet under one key."""
    one, other = seal().seal("a", PLAIN), seal(boot="another")
    header = other.seal("a", b"")[: -12 - 16]
    with pytest.raises(sealing.Unreadable, match="damaged"):
        other.open("a", header + one[len(header) :])


def test_a_key_that_can_be_guessed_seals_nothing() -> None:
    """Fewer than 16 bytes."""
    with pytest.raises(ValueError, match="guessed"):
        seal(key=secret.Secret(b"short"))


def test_who_seals_nothing_loads_nothing() -> None:
    """The whole daemon is there without the cryptography library."""
    message = subprocess.run(
        [sys.executable, "-c", "import provider.app, sys; print('cryptography' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert message.stdout == "False\n"
