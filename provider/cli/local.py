"""What the commands for people at a desk share: who logs in, and files read with a clear error."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from provider import errors
from provider.base import secret
from provider.spec import attributes
from provider.vault import fixed_token


def add_identity(parser: argparse.ArgumentParser) -> None:
    """The two ways to be somebody without a cluster."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--token-file", type=Path, metavar="JWT", help="the service-account token to log in with")
    who.add_argument("--vault-token-env", metavar="NAME", help="skip the login: use the Vault token in this variable")


def session(variable: str | None, environment: Mapping[str, str]) -> fixed_token.FixedToken | None:
    """The session of --vault-token-env; None where a login is wanted.

    Raises:
        errors.SettingsError: the variable is not set.
    """
    if variable is None:
        return None
    token = environment.get(variable, "").strip()
    if not token:
        raise errors.SettingsError(f"the variable {variable} is not set", hint="export it, or log in first")
    return fixed_token.FixedToken(secret.Secret(token), f"${variable}")


def tokens(path: Path | None, audience: str) -> dict[str, str]:
    """The attribute with the service-account token of --token-file, as the driver would send it; none without."""
    if path is None:
        return {}
    token = {"token": text(path).strip(), "expirationTimestamp": ""}
    return {attributes.TOKENS: json.dumps({audience: token})}


def text(path: Path) -> str:
    """A file.

    Raises:
        errors.SettingsError: it cannot be read, or is no text.
    """
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.SettingsError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'no text'}") from error
