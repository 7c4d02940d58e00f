"""A session from a Vault token that exists already, for commands that run outside any cluster."""

from provider import errors
from provider.base import secret
from provider.vault import faults, sessions


class FixedToken:
    """A `sessions.Pool` of one token. `source` says where it came from, for error texts."""

    def __init__(self, token: secret.Secret, source: str) -> None:
        self._token = token
        self._source = source

    async def open(self, caller: sessions.Caller, *, dead: sessions.Session | None = None) -> sessions.Session:
        """Return the session of that token.

        Raises:
            errors.LoginRefused: Vault does not accept it.
        """
        if dead is not None:
            raise errors.LoginRefused(
                f"Vault at {caller.cluster.address} does not accept the token of {self._source}",
                status=403,
                hint="it may have expired: log in again",
            )
        identity = caller.identity
        return sessions.Session(self._token, "", faults.Context(caller.cluster.address, identity.login, identity.pod))
