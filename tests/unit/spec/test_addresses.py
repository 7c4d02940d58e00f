"""Addresses of Vault: one or several, in one spelling, never with a password."""

import pytest

from provider.spec import addresses


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ("https://127.0.0.1:8200",)),
        (" , ", ("https://127.0.0.1:8200",)),
        ("https://vault:8200", ("https://vault:8200",)),
        ("https://vault:8200/", ("https://vault:8200",)),
        (" http://vault \n", ("http://vault",)),
        ("HTTPS://Vault.Example", ("https://vault.example",)),
        ("https://vault/behind//a/prefix/", ("https://vault/behind/a/prefix",)),
        ("https://vault:8200?x=1#y", ("https://vault:8200",)),
        ("https://[::1]:8200", ("https://[::1]:8200",)),
        ("http://vault_0.vault-internal:8200", ("http://vault_0.vault-internal:8200",)),
        ("https://a:1,https://b:2, https://a:1/", ("https://a:1", "https://b:2")),
        ("unix:///var/run/vault/agent.sock", ("unix:///var/run/vault/agent.sock",)),
        ("unix:///run/v@1.sock", ("unix:///run/v@1.sock",)),
    ],
)
def test_addresses_are_read_in_one_spelling(written: str, read: tuple[str, ...]) -> None:
    """Equal targets must be equal, so that they share their connections."""
    assert addresses.read(written) == read


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("vault", "starts with no http://"),
        ("vault:8200", "starts with no http://"),
        ("127.0.0.1:8200", "starts with no http://"),
        ("//vault", "starts with no http://"),
        ("https:vault", "starts with no http://"),
        ("ftp://vault", "starts with no http://"),
        ("https://", "no valid host and port"),
        ("https://:8200", "no valid host and port"),
        ("https://vault:port", "no valid host and port"),
        ("https://vault:99999", "no valid host and port"),
        ("https://vault:", "no valid host and port"),
        ("https://vault:0", "no valid host and port"),
        ("https://va|ult", "no valid host and port"),
        ("https://[::1", "no valid host and port"),
        ("https://va ult", "space or control character"),
        ("https://vault\n:8200", "space or control character"),
        ("https://vault/../x", "climbs out"),
        ("unix://relative.sock", "names no socket"),
        ("unix:///", "names no socket"),
        ("unix:///a.sock,https://vault", "write the socket alone"),
        ("unix:///a.sock,unix:///b.sock", "write the socket alone"),
    ],
)
def test_what_is_no_address_is_refused(written: str, message: str) -> None:
    """Each with what to write."""
    with pytest.raises(addresses.BadAddress) as caught:
        addresses.read(written)
    assert message in str(caught.value)
    assert "write" in str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "https://root:hunter2@vault:8200",
        "https://hunter2@vault:8200",
        "https://root:hun,ter2@vault:8200",
        "https://root:hunter2/@vault:8200",
        "https://root:hunter2?@vault:8200",
        "root:hunter2@vault",
        "https://ok:8200,https://root:hunter2@vault",
        "unix:///a.sock,https://root:hunter2@vault",
        "https://root:hunter2@va ult",
        "ftp://vault/?token=hunter2",
        "vault#hunter2",
    ],
)
def test_a_password_in_an_address_is_refused_and_never_shown(written: str) -> None:
    """The message reaches the pod's events, which many may read."""
    with pytest.raises(addresses.BadAddress) as caught:
        addresses.read(written)
    shown = f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    assert "hun" not in shown
    assert "ter2" not in shown
