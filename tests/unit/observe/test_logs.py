"""Log lines: one format, redacted; libraries stay quiet."""

import io
import logging
from collections.abc import Iterator

import pytest

from provider.base import secret
from provider.observe import logs, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0abcdef.c2lnbmF0dXJl"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.setup("debug", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        f"token {JWT} refused",
        "hvs.CAESIJabcdefghijklmnop",
        "hvb.AAAAAQabcdefgh",
        "s.abcdefghijklmnopqrstuvwx",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE cut off",
        "https://user:pass@vault:8200 failed",
        "the canary-value-1 is here",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    """Tokens, keys, URL credentials and known values."""
    shown = redact.scrub(text, [secret.Secret("canary-value-1")])
    assert "<secret>" in shown
    for part in ("eyJ", "CAES", "AAAAAQ", "abcdefghijkl", "MIIE", "pass@", "canary"):
        assert part not in shown


def test_a_known_secret_is_taken_out_as_go_quotes_it() -> None:
    """Vault prints arguments by %q, with backslashes before quotes and line ends."""
    shown = redact.scrub(r'cannot use "CANARY \" quoted\nnew"', [secret.Secret('CANARY " quoted\nnew')])
    assert "CANARY" not in shown


def test_a_text_of_any_length_is_looked_at_only_so_far() -> None:
    """A hostile server cannot make redaction expensive."""
    assert len(redact.scrub("eyJ" * 1_000_000)) < 20_000


def test_ordinary_words_stay() -> None:
    """Paths, roles and short words are left alone."""
    text = "GET secret/data/db for role api-service at https://vault.example:8200"
    assert redact.scrub(text, [secret.Secret("a")]) == text


def test_one_line_has_no_control_characters_and_an_end() -> None:
    """Text of others cannot forge a second log line."""
    assert redact.one_line("a\nb\x1b[31m\tc", 100) == "a b [31m c"
    assert redact.one_line("x" * 50, 10) == "x" * 9 + "…"


def test_a_line_is_one_line_with_its_facts(lines: io.StringIO) -> None:
    """Facts are key=value, quoted where they hold spaces."""
    logging.getLogger("provider.x").info("did it", extra={"facts": {"a": 1, "b": 'two "words"\nand', "c": ""}})
    assert lines.getvalue().endswith('Z [INFO]  provider.x: did it a=1 b="two \\"words\\" and" c=""\n')


def test_a_traceback_is_redacted_too(lines: io.StringIO) -> None:
    """An exception that carries a token in its text shows none."""
    try:
        raise ValueError(JWT)
    except ValueError:
        logging.getLogger("provider.x").exception("oh")
    assert "ValueError" in lines.getvalue()
    assert "eyJ" not in lines.getvalue()


def test_libraries_stay_at_warning_at_every_level(lines: io.StringIO) -> None:
    """The Kubernetes client logs reply bodies at DEBUG; nobody sees them."""
    logs.setup("trace", lines)
    logging.getLogger("kubernetes.client.rest").debug("response body: secret")
    logging.getLogger("aiohttp").info("x")
    assert lines.getvalue() == ""
