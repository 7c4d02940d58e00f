"""What every auth method provides, and what the call of a mount brings to log in with."""

import abc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from provider import model
from provider.base import secret
from provider.vault import client, transport
from provider.vault.auth import fingerprint

Credentials = Mapping[str, secret.Secret]
"""What one login shows to Vault, by name. No error text contains any of the values."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a login can take its credentials from.

    Attributes:
        login: what the SPC says of it.
        tokens: the pod's service-account tokens by audience, as the driver sent them.
        secrets: the method's own part of the nodePublishSecretRef, see `Method.secret_keys`.
        request_token: gets a token of the pod for an audience ("" for the default) from the API server. Raises
            `errors.IdentityError`.
    """

    login: model.Login
    tokens: Mapping[str, secret.Secret] = field(repr=False)
    secrets: Mapping[str, secret.Secret] = field(repr=False)
    request_token: Callable[[str], Awaitable[secret.Secret]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A login that Vault refused.

    Attributes:
        words: Vault's own, redacted; "" where there were none.
        login: what the SPC says of it.
        pod: who logged in.
        credentials: what was shown to Vault.
    """

    words: str
    login: model.Login
    pod: model.Pod
    credentials: Credentials = field(repr=False)


class Method(abc.ABC):
    """One auth method. It has no state: what it works on is handed in.

    Attributes:
        name: the value of vaultAuthMethod, and the path under auth/ where it is mounted unless the SPC says otherwise.
        description: what must be mounted there, for error texts.
        role_advice: what to write as roleName where that is missing; "" where a login needs no role.
        options: what it reads of the SPC besides role, mount and namespace: fields of `spec.parameters.TABLE`, or
            default_audience of the socket. The login carries them as `model.Login.options`.
        secret_keys: the keys of the nodePublishSecretRef that are its credentials. It gets to see no others, and those
            that are there decide about its fingerprint.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    role_advice: ClassVar[str] = ""
    options: ClassVar[tuple[str, ...]] = ()
    secret_keys: ClassVar[tuple[str, ...]] = ()

    def own(self, secrets: Mapping[str, secret.Secret]) -> Mapping[str, secret.Secret]:
        """The part of a nodePublishSecretRef that is this method's."""
        return {name: secrets[name] for name in self.secret_keys if name in secrets}

    def fingerprint(self, secrets: Mapping[str, secret.Secret], key: secret.Secret) -> str:
        """Return a text that changes with the credentials, "" for a method that takes none from outside the SPC.

        Sessions are told apart by pod, login and this text: a new credential never gets the session of an old one.

        Args:
            secrets: the data of the nodePublishSecretRef.
            key: for `fingerprint.of`.
        """
        return fingerprint.of(key, self.own(secrets)) if self.secret_keys else ""

    @abc.abstractmethod
    async def credentials(self, sources: Sources) -> Credentials:
        """Collect what a login needs. Called for each login, and only then.

        Raises:
            errors.IdentityError: something is missing; says what, and where to put it.
        """

    @abc.abstractmethod
    async def log_in(self, vault: client.Client, login: model.Login, credentials: Credentials) -> transport.Answer:
        """Send the login, and return Vault's answer, whatever its status."""

    @abc.abstractmethod
    def advice(self, refusal: Refusal) -> str:
        """Say in one sentence what to do about a refused login."""
