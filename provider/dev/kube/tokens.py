"""Service-account tokens: issued, and reviewed, as the API server does both."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from provider.base import clock

ISSUER: Final = "https://kubernetes.default.svc.cluster.local"

Found = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""Objects by (resource, namespace, name)."""


class Invalid(Exception):
    """A token that proves nothing; the text is what a review says of it."""


class Signer:
    """One RSA key pair, and the tokens made with it."""

    def __init__(self, issuer: str, time: clock.Clock) -> None:
        self.issuer = issuer
        self._time = time
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._public = self._key.public_key()
        digest = hashes.Hash(hashes.SHA256())
        digest.update(
            self._public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        self._kid = base64.urlsafe_b64encode(digest.finalize()).rstrip(b"=").decode()

    @property
    def public_key_pem(self) -> str:
        """The public key as PEM, for a jwt mount's jwt_validation_pubkeys."""
        return self._public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._public, as_dict=True)
        key.pop("key_ops", None)
        return {"keys": [{**key, "use": "sig", "kid": self._kid, "alg": "RS256"}]}

    def issue(
        self, account: Mapping[str, Any], pod: Mapping[str, Any] | None, audiences: Sequence[str], seconds: float
    ) -> tuple[str, int]:
        """A token and its end in seconds since the epoch. `account` and `pod` are the objects' metadata."""
        now = int(self._time.now())
        namespace, name = account["namespace"], account["name"]
        bound: dict[str, Any] = {"namespace": namespace, "serviceaccount": {"name": name, "uid": account["uid"]}}
        if pod is not None:
            bound["pod"] = {"name": pod["name"], "uid": pod["uid"]}
        end = now + int(seconds)
        claims = {
            "aud": list(audiences),
            "exp": end,
            "iat": now,
            "iss": self.issuer,
            "jti": str(uuid.uuid4()),
            "kubernetes.io": bound,
            "nbf": now,
            "sub": f"system:serviceaccount:{namespace}:{name}",
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid}), end

    def claims(self, token: str, found: Found) -> dict[str, Any]:
        """What a token says, if it is ours, in time, and its service account and pod are still there.

        Raises:
            Invalid: otherwise.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._public,
                algorithms=["RS256"],
                issuer=self.issuer,
                options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
        except jwt.InvalidTokenError as error:
            raise Invalid("invalid bearer token") from error
        if claims["exp"] <= self._time.now():
            raise Invalid("[invalid bearer token, service account token has expired]")
        bound = claims["kubernetes.io"]
        for resource, field in (("serviceaccounts", "serviceaccount"), ("pods", "pod")):
            meant = bound.get(field)
            if meant is None:
                continue
            there = found.get((resource, bound["namespace"], meant["name"]))
            if there is None and resource == "serviceaccounts":
                raise Invalid(f'[invalid bearer token, serviceaccounts "{meant["name"]}" not found]')
            if there is None or there["metadata"]["uid"] != meant["uid"]:
                raise Invalid("[invalid bearer token, service account token has been invalidated]")
        return claims


def review(signer: Signer, token: str, audiences: Sequence[str], found: Found) -> dict[str, Any]:
    """The `status` of a TokenReview."""
    try:
        claims = signer.claims(token, found)
    except Invalid as error:
        return {"user": {}, "error": str(error)}
    shared = [audience for audience in audiences if audience in claims["aud"]]
    if not shared:
        had, wanted = (" ".join(f'"{one}"' for one in names) for names in (claims["aud"], audiences))
        why = f"token audiences [{had}] is invalid for the target audiences [{wanted}]"
        return {"user": {}, "error": f"[invalid bearer token, {why}]"}
    bound = claims["kubernetes.io"]
    namespace = bound["namespace"]
    extra = {"authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"]}
    if pod := bound.get("pod"):
        extra["authentication.kubernetes.io/pod-name"] = [pod["name"]]
        extra["authentication.kubernetes.io/pod-uid"] = [pod["uid"]]
    return {
        "authenticated": True,
        "user": {
            "username": claims["sub"],
            "uid": bound["serviceaccount"]["uid"],
            "groups": ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"],
            "extra": extra,
        },
        "audiences": shared,
    }
