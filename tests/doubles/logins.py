"""Mounts that need a session: by default a pod that brings its own service-account token."""

from collections.abc import Mapping

from provider import errors, model
from provider.base import secret
from provider.vault import client, failover, sessions, transport
from provider.vault.auth import kubernetes, method
from tests.doubles import remembering


def sources(
    login: model.Login,
    tokens: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    made: str = "",
) -> method.Sources:
    """What a call brings; `made` is the token that the API server makes, "" where it may not be asked."""

    async def request_token(audience: str) -> secret.Secret:
        assert made, f"no token for {audience!r} is to be requested"
        return secret.Secret(made)

    return method.Sources(login, _hidden(tokens or {}), _hidden(secrets or {}), request_token)


def caller(
    identity: sessions.Identity, cluster: failover.Cluster, jwt: str = "the-pods-token", *, deadline: float
) -> sessions.Caller:
    """A mount that logs in with `jwt`."""
    brought = sources(identity.login, made=jwt)
    return sessions.Caller(identity, cluster, kubernetes.Kubernetes(), brought, deadline, remembering.NOBODY)


def _hidden(texts: Mapping[str, str]) -> dict[str, secret.Secret]:
    return {name: secret.Secret(text) for name, text in texts.items()}


class Passphrase(method.Method):
    """An auth method that Vault does not have: a passphrase out of the nodePublishSecretRef, and no role."""

    name = "passphrase"
    description = "a passphrase auth method"
    secret_keys = ("passphrase",)

    async def credentials(self, sources: method.Sources) -> method.Credentials:
        if not sources.secrets:
            raise errors.IdentityError("the nodePublishSecretRef has no passphrase", hint="add it to that Secret")
        return sources.secrets

    async def log_in(
        self, vault: client.Client, login: model.Login, credentials: method.Credentials
    ) -> transport.Answer:
        return await vault.log_in(login.mount, credentials)

    def advice(self, refusal: method.Refusal) -> str:
        return f"write the passphrase of auth/{refusal.login.mount} into the nodePublishSecretRef"
