"""Logs in with a service-account token of the pod, at mounts of both the kubernetes and the jwt auth method.

The two take the same request and differ in who checks the token: the cluster's API server, or Vault by the cluster's
public keys. The SPC need not say which of them is mounted.
"""

import base64
import binascii
import json

from provider import model
from provider.base import secret
from provider.vault import client, transport
from provider.vault.auth import method


class Kubernetes(method.Method):
    """The method of Vault's kubernetes and jwt mounts.

    It has no fingerprint: pod, service account and role say who logs in, and the tokens change every few minutes.
    """

    name = "kubernetes"
    description = "a kubernetes or jwt auth method"
    role_advice = "write the role of Vault's auth method that binds the pod's service account"
    options = ("audience", "default_audience")

    async def credentials(self, sources: method.Sources) -> method.Credentials:
        """Take the driver's token for the audience, or have the API server make one.

        The driver sends tokens by audience; where the SPC names none, its default one counts.
        """
        audience = sources.login.option("audience")
        token = sources.tokens.get(audience or sources.login.option("default_audience"))
        return {"jwt": token or await sources.request_token(audience)}

    async def log_in(
        self, vault: client.Client, login: model.Login, credentials: method.Credentials
    ) -> transport.Answer:
        """Send role and token."""
        return await vault.log_in(login.mount, {"role": login.role, "jwt": credentials["jwt"]})

    def advice(self, refusal: method.Refusal) -> str:
        """Say what to change of the role, the token's audience or the mount."""
        words, login, pod = refusal.words, refusal.login, refusal.pod
        audience = ", ".join(audiences(refusal.credentials["jwt"])) or "none"
        role = f"auth/{login.mount}/role/{login.role}"
        if "service account name not authorized" in words:
            return f"add {pod.service_account or 'the service account'} to bound_service_account_names of {role}"
        if "namespace not authorized" in words:
            return f"add {pod.namespace or 'the namespace'} to bound_service_account_namespaces of {role}"
        if "role" in words and ("invalid role name" in words or "could not be found" in words or "not found" in words):
            return f"create the role ({role}), or correct roleName"
        if "aud" in words:
            return (
                f"the token's audience is {audience}: set `audience` to what {role} wants, or the role's audience to "
                "the token's"
            )
        return (
            f"the token's audience is {audience}: compare with {role}; check that auth/{login.mount} exists and can "
            "verify this cluster's tokens (kubernetes_host, its CA, the reviewer's system:auth-delegator)"
        )


def audiences(jwt: secret.Secret) -> tuple[str, ...]:
    """Read the `aud` claim of a token, unverified; empty where it cannot be read. An audience is not secret."""
    parts = jwt.reveal().split(b".")
    if len(parts) != 3:
        return ()
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
        found = claims.get("aud", [])
    except (binascii.Error, ValueError, AttributeError):
        return ()
    listed = [found] if isinstance(found, str) else found
    return tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
