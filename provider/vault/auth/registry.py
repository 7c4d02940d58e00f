"""All auth methods, one row each."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from provider import model
from provider.base import secret
from provider.vault.auth import kubernetes, method

METHODS: Final[tuple[method.Method, ...]] = (kubernetes.Kubernetes(),)
"""Every method. The first serves SPCs that name none, and the auth mount that the provider's flags name."""


class AuthMethods:
    """The methods of this process, with the key of their fingerprints.

    The key is random and ends with the process: nobody can test guessed passwords against what -state-dir stores, not
    even a reader who can decrypt it. The price: after a restart, pods whose credentials come from a
    nodePublishSecretRef log in again, as if these had changed. Pods that log in with their tokens are not concerned.

    Args:
        methods: the rows.
    """

    def __init__(self, methods: Sequence[method.Method] = METHODS) -> None:
        self._methods = {each.name: each for each in methods}
        self._key = secret.Secret(secrets.token_bytes(32))
        self.default = methods[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all, the default first."""
        return tuple(self._methods)

    def find(self, name: str) -> method.Method | None:
        """The method of that name, if there is one."""
        return self._methods.get(name)

    def of(self, login: model.Login) -> method.Method:
        """The method of a login that an SPC asks for: it was found before, when the SPC was checked."""
        return self._methods[login.method]

    def fingerprint(self, chosen: method.Method, credentials: Mapping[str, secret.Secret]) -> str:
        """The fingerprint by `chosen` of the data of a nodePublishSecretRef."""
        return chosen.fingerprint(credentials, self._key)
